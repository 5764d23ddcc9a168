"""Databases in which a step has acted, and people have said what they think of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from surestep.clock import wall_s
from surestep.review import Approvals, Earned, Reviewed
from surestep.review.rungs import Ladder, Requirement, Rung
from surestep.review.terms import declared
from surestep.storage import Store
from surestep.storage.rungs import RungRow
from surestep.testing.reviews_suite import an_action
from surestep.values import Decision
from surestep.verifiers.calibration import Tier, Tiers

LOW = Requirement(reviewed=20, error_rate=0.3)
LADDER = Ladder(approve_every_action=LOW, approve_by_tier=LOW, sampled_review=LOW, autonomous=LOW)
TIERS = Tiers((Tier(name="all", asking_usd=1.0, error_usd=10.0, error_share=0.0),))
EARNED = Earned(by_tier=Approvals(tiers=TIERS), ladder=LADDER)


async def acted(store: Store, rights: Iterable[bool | None], *, since: int = 0) -> None:
    """Have the step act once for each, and a reviewer say whether it was right; or nothing yet."""
    for number, right in enumerate(rights, start=since):
        row = an_action(number)
        await store.reviews.put(row)
        await store.reviews.settle([row.key])
        if right is not None:
            assert row.question is not None
            said = Decision("approve" if right else "reject", actor="ann")
            await store.answer(row.question.question_id, said)


async def stands(store: Store, rung: Rung, *, earned: Earned = EARNED) -> None:
    """Have the step declare its terms, and stand on a rung from now on."""
    await store.reviews.save_terms("decide", declared(earned, Reviewed(share=1.0)))
    history = await store.reviews.rungs("decide")
    entry = RungRow(
        step="decide",
        number=len(history) + 1,
        rung=int(rung),
        at=wall_s(),
        who="lead",
        what="started",
        why="a test",
    )
    assert await store.reviews.add_rung(entry)
    # What comes at the same moment is not known to have come since.
    await asyncio.sleep(1.0)

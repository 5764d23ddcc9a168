"""What a team of reviewers is asked for the time being, by what waits and arrives."""

from __future__ import annotations

import math
from dataclasses import dataclass

from surestep.clock import wall_s
from surestep.review.backpressure import Asking
from surestep.review.queueing import expected_wait_s
from surestep.review.remembered import Remembered
from surestep.review.team import SINCE_S, Team, spare_below
from surestep.review.terms import Terms, terms_of
from surestep.storage import Store

FOR_S = 5.0
"""For how long an answer holds, in seconds; queues of people change slowly beside that."""


@dataclass(frozen=True, slots=True)
class Relief:
    """What is spared people for the time being.

    Attributes:
        sampled: the share of reviews that is still drawn.
        spare_below: questions that may give way are not asked if less is at stake, in US dollars.
    """

    sampled: float = 1.0
    spare_below: float = -math.inf


_known: Remembered[Relief] = Remembered(FOR_S)


async def relief(store: Store, team: Team | None) -> Relief:
    """What a team is spared now; nothing where there is no team."""
    if team is None:
        return Relief()
    return await _known.get(store, team.name, lambda: _decided(store, team))


async def wait_s(store: Store, queue: str, *, priority: int) -> float | None:
    """How long a question that joins a queue now will wait, in seconds, as far as is known.

    `None` where no team is known to work through the queue.

    Args:
        store: the database.
        queue: the queue.
        priority: the question's; those of lower ones do not delay it.
    """
    for terms in (await terms_of(store)).values():
        staff = terms.staff
        if staff is not None and queue in staff.queues:
            ahead = await store.reviews.waiting(*staff.queues, priority=priority)
            return expected_wait_s(ahead, reviewers=staff.reviewers, service_s=staff.service_s)
    return None


async def _decided(store: Store, team: Team) -> Relief:
    # What was shed counts as arrived as well; else all would be let in again at once.
    now = wall_s()
    steps = [step for step, terms in (await terms_of(store)).items() if _works_for(terms, team)]
    lately = await store.reviews.lately(team.queues, steps, since=now - SINCE_S)
    waiting = await store.reviews.waiting(*team.queues)
    # Kept with the database, so that a new process does not open what others have just shut.
    kept = await store.reviews.asking(team.name)
    before = Asking() if kept is None else Asking(asked=kept[0], sampled=kept[1], at_s=kept[2])
    asking = team.asked(before, now=now, waiting=waiting, lately=lately)
    await store.reviews.save_asking(
        team.name, asked=asking.asked, sampled=asking.sampled, at=asking.at_s
    )
    return Relief(sampled=asking.sampled, spare_below=spare_below(asking, lately))


def _works_for(terms: Terms, team: Team) -> bool:
    return terms.staff is not None and terms.staff.name == team.name

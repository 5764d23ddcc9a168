"""Where a step stands on the ladder of autonomy: read, moved by people, and moved by alarms."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from surestep.clock import wall_s
from surestep.errors import InputError
from surestep.review.remembered import Remembered
from surestep.review.rungs import Rung
from surestep.review.terms import Terms
from surestep.storage import Store
from surestep.storage.actions import Taken
from surestep.storage.rungs import Move as Moved
from surestep.storage.rungs import RungRow
from surestep.values import NOTHING, Question

FOR_S = 5.0
"""For how long a run goes by the rung it has read, in seconds."""
JUDGED_S = 60.0
"""How often runs have the evidence looked at, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a step stands, and what is known of it since.

    Attributes:
        step: the step's path.
        rung: where it stands.
        since: since when, in seconds since the epoch.
        evidence: what is known since then, as plain JSON values.
        proposed: the rung it may be promoted to; `None` if it may not.
        reasons: what speaks for that, or what is missing for the next rung.
        history: how it came there.
    """

    step: str
    rung: Rung
    since: float
    evidence: Mapping[str, object]
    proposed: Rung | None
    reasons: tuple[str, ...]
    history: tuple[RungRow, ...]


_rungs: Remembered[Rung] = Remembered(FOR_S)
_judged: Remembered[None] = Remembered(JUDGED_S)


async def rung_of(store: Store, step: str, starts: Rung) -> Rung:
    """Where a step stands, as of some seconds ago at most."""

    async def read() -> Rung:
        history = await store.reviews.rungs(step)
        if not history:
            await _add(store, _entry(step, history, starts, "started", why="nothing is known yet"))
        return Rung(history[-1].rung) if history else starts

    return await _rungs.get(store, step, read)


async def standing(store: Store, step: str) -> Standing:
    """Where a step stands; demoted at once if what is known of it says so.

    Raises:
        InputError: the step's autonomy is not earned, or it never ran.
    """
    terms = Terms.of_dict((await store.reviews.terms()).get(step, {}))
    if terms.ladder is None:
        raise InputError(
            f"No step {step!r} of this database earns its autonomy.",
            remedy="Give it human=Earned(...), and let it run once; see `surestep autonomy`.",
        )
    history = await store.reviews.rungs(step)
    rung, since = _now(history, terms)
    taken = await store.reviews.taken(step, since=since)
    # In a thread, because numpy takes long to load and the loop has other runs to serve.
    found = await asyncio.to_thread(_found, rung, taken, terms)
    if found.at_once:
        why = "; ".join(found.reasons)
        entry = _entry(step, history, found.rung, "demoted", why=why, evidence=found.evidence)
        await _add(store, entry)
        # Its evidence starts anew there, so this ends at the first rung at the latest.
        return await standing(store, step)
    return Standing(
        step=step,
        rung=rung,
        since=since,
        evidence=found.evidence,
        proposed=found.rung if found.rung > rung else None,
        reasons=found.reasons,
        history=history,
    )


async def watch(store: Store, step: str) -> None:
    """Demote a step if what is known of it says so; looked at once a minute at most."""

    async def look() -> None:
        await standing(store, step)

    await _judged.get(store, step, look)


async def heed(store: Store, question: Question) -> None:
    """Have a step demoted at once, if what was just decided of it says so."""
    terms = Terms.of_dict((await store.reviews.terms()).get(question.step, {}))
    if terms.ladder is not None and question.decision is not None and question.kind != "help":
        await standing(store, question.step)


async def promote(store: Store, step: str, *, by: str, why: str = "") -> Standing:
    """Where a step stands once a person has let it climb one rung.

    Raises:
        InputError: it has not earned that, or earns no autonomy at all.
    """
    now = await standing(store, step)
    reasons = "; ".join(now.reasons)
    if now.proposed is None:
        raise InputError(
            f"Step {step!r} stays on {now.rung.words!r}: {reasons or 'it is the last rung'}.",
            remedy="Review more of what it does, and see `surestep autonomy`.",
        )
    entry = _entry(
        step,
        now.history,
        now.proposed,
        "promoted",
        who=by,
        why=why or reasons,
        evidence=now.evidence,
    )
    if not await _add(store, entry):
        raise InputError(
            f"Step {step!r} was moved by somebody else just now.",
            remedy="Look again: surestep autonomy.",
        )
    return await standing(store, step)


async def demote(store: Store, step: str, *, by: str, why: str, incident: bool = False) -> Standing:
    """Where a step stands once a person has taken it down one rung, or reported an incident.

    An incident takes it down to the approval of every action, if it stands above that.

    Raises:
        InputError: it earns no autonomy.
    """
    # An incident counts, whoever else has moved the step meanwhile.
    while True:
        now = await standing(store, step)
        lower = Rung(max(now.rung - 1, Rung.PERSON_LEADS))
        entry = _entry(
            step,
            now.history,
            min(now.rung, Rung.APPROVE_EVERY_ACTION) if incident else lower,
            "incident" if incident else "demoted",
            who=by,
            why=why,
            evidence=now.evidence,
        )
        if await _add(store, entry):
            return await standing(store, step)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    rung: Rung
    at_once: bool
    reasons: tuple[str, ...]
    evidence: Mapping[str, object]


def _found(rung: Rung, taken: Sequence[Taken], terms: Terms) -> _Found:
    # Imported here because numpy and scipy would slow down every graph that is imported.
    from surestep.review.autonomy import judged  # noqa: PLC0415
    from surestep.review.outcomes import evidence_of  # noqa: PLC0415

    evidence = evidence_of(rung, taken, terms)
    move = judged(rung, evidence, ladder=terms.ladder)
    return _Found(
        rung=move.rung, at_once=move.at_once, reasons=move.reasons, evidence=asdict(evidence)
    )


def _now(history: tuple[RungRow, ...], terms: Terms) -> tuple[Rung, float]:
    return (Rung(history[-1].rung), history[-1].at) if history else (terms.starts, 0.0)


def _entry(
    step: str,
    history: Sequence[RungRow],
    rung: Rung,
    what: Moved,
    *,
    why: str,
    who: str = "",
    evidence: Mapping[str, object] = NOTHING,
) -> RungRow:
    """The next entry of a step's history."""
    return RungRow(
        step=step,
        number=len(history) + 1,
        rung=int(rung),
        at=wall_s(),
        who=who,
        what=what,
        why=why,
        evidence=evidence,
    )


async def _add(store: Store, entry: RungRow) -> bool:
    """Whether a move is written down; not if somebody has moved the step since it was read."""
    added = await store.reviews.add_rung(entry)
    _rungs.forget(store, entry.step)
    return added

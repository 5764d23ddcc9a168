"""What people did, read from the audit that the store keeps of every question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from examples.refund_desk.desk import ticket_of
from examples.refund_desk.tiers import Kind
from surestep.storage import Store, Touch
from surestep.values import Question

DECISIONS = frozenset({"approve", "edit", "reject"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One question, and what became of it.

    Attributes:
        ticket: what it was about.
        kind: what it was to people.
        wait_s: how long until somebody took it, in seconds.
        decisions: all that were made; one, if all is well.
    """

    ticket: int
    kind: Kind
    wait_s: float
    decisions: tuple[str, ...]

    @property
    def found_wrong(self) -> bool:
        """Whether the agent had it wrong."""
        return "approve" not in self.decisions


async def looks(store: Store) -> list[Look]:
    """All questions of a day."""
    found = []
    for item in await store.items(status=None):
        question = item.question
        touches = await store.touches(question.question_id)
        look = Look(
            ticket=ticket_of(question),
            kind=_kind(question),
            wait_s=_at(touches, "claimed") - _at(touches, "asked"),
            decisions=tuple(one.what for one in touches if one.what in DECISIONS),
        )
        found.append(look)
    return found


def _kind(question: Question) -> Kind:
    if question.kind == "review":
        return Kind.SAMPLED
    return Kind.MUST if question.must else Kind.ASKED


def _at(touches: Sequence[Touch], what: str) -> float:
    return next(one.at for one in touches if one.what == what)

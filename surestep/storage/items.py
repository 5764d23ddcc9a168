"""A question as it lies in its queue: who holds it, until when, and when it is due."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields

from surestep.storage.dialect import Row
from surestep.storage.queues import LEASE_S
from surestep.storage.rows import QuestionStatus
from surestep.values import Decision, Question

_JSON = ("proposal", "verdicts", "allowed", "schema")
_NAMES = tuple(field.name for field in fields(Question))


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A question and where it stands in its queue.

    Attributes:
        question: the question.
        status: how it stands.
        queued_at: when it came into its queue, in seconds since the epoch.
        due_at: when the queue's SLA is over for it; `None` if the queue has none.
        escalates_to: the queue it goes to then; `None` if it stays.
        lease_s: how long a claim holds in its queue, in seconds.
        held_by: who claimed it last and has not given it back; `""` for nobody.
        held_until: when that claim runs out; `None` for nobody.
        assigned_to: the only reviewer it is offered to; `""` for anybody.
    """

    question: Question
    status: QuestionStatus
    queued_at: float
    due_at: float | None
    escalates_to: str | None
    lease_s: float
    held_by: str
    held_until: float | None
    assigned_to: str

    def holder(self, now: float) -> str:
        """Who holds a live lease of it at that time; `""` if nobody does."""
        live = self.held_until is not None and now < self.held_until
        return self.held_by if live else ""

    def left_s(self, now: float) -> float | None:
        """Seconds of its SLA that are left, negative once it is over; `None` without an SLA."""
        return None if self.due_at is None else self.due_at - now


def item_of(row: Row) -> Item:
    """The item of a row of the query `item` or `items`."""
    return Item(
        question=question_of(row),
        status=row["status"],
        queued_at=row["queued_at"],
        due_at=None if row["sla_s"] is None else row["queued_at"] + row["sla_s"],
        escalates_to=row["escalates_to"],
        lease_s=LEASE_S if row["lease_s"] is None else row["lease_s"],
        held_by=row["held_by"],
        held_until=row["held_until"],
        assigned_to=row["assigned_to"],
    )


def question_in(entry: object) -> Question:
    """A question from the plain JSON values it was kept as, without any answer."""
    assert isinstance(entry, Mapping)
    known = {**entry}
    known["verdicts"] = tuple(known.get("verdicts") or ())
    known["allowed"] = tuple(known["allowed"])
    known["decision"] = None
    return Question(**known)


def question_of(row: Row) -> Question:
    """The question of a row that has its columns, be there others too."""
    values = {name: row[name] for name in _NAMES}
    for name in _JSON:
        values[name] = None if row[name] is None else json.loads(row[name])
    values["verdicts"] = tuple(values["verdicts"])
    values["allowed"] = tuple(values["allowed"])
    values["must"] = bool(values["must"])
    values["decision"] = decision_of(row["decision"])
    return Question(**values)


def decision_of(text: str | None) -> Decision | None:
    """The decision of the text it is kept as."""
    return None if text is None else Decision(**json.loads(text))

"""Items as the list shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from surestep.review.amounts import amount_in
from surestep.storage import Item
from surestep.values import Question
from surestep.web import words

SOON_SHARE = 0.25
"""The share of its SLA below which what is left is called little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One item of the list.

    Attributes:
        question_id: its name.
        url: of its page.
        step: which step asks.
        kind: `approval`, `help` or `review`.
        queue: where it waits.
        reason: why it is asked.
        amount: what is at stake; `""` if that is not known.
        confidence: how likely it is right, calibrated if that is known; `""` if nobody says.
        priority: higher is offered first.
        age: how long ago it was asked.
        clock: what is left of its SLA, in words; `""` without one.
        urgency: `over`, `soon`, `ample`, or `""` without an SLA.
        holder: who works on it, or for whom it is; `""` for nobody.
        outcome: what was decided and by whom; `""` if it is open.
    """

    question_id: str
    url: str
    step: str
    kind: str
    queue: str
    reason: str
    amount: str
    confidence: str
    priority: int
    age: str
    clock: str
    urgency: str
    holder: str
    outcome: str


def row_of(item: Item, *, now: float) -> Row:
    """An item as the list shows it at a time, in seconds since the epoch."""
    asked = item.question
    clock, urgency = clock_of(item, now=now)
    sure = asked.confidence if asked.calibrated is None else asked.calibrated
    return Row(
        question_id=asked.question_id,
        url=url_of(asked.question_id),
        step=asked.step,
        kind=asked.kind,
        queue=asked.queue,
        reason=asked.reason,
        amount=words.money(stake_usd(asked)),
        confidence="" if sure is None else words.share(sure),
        priority=asked.priority,
        age=words.span(now - asked.asked_at),
        clock=clock,
        urgency=urgency,
        holder=item.holder(now) or (f"for {item.assigned_to}" if item.assigned_to else ""),
        outcome=outcome_of(item),
    )


def url_of(question_id: str) -> str:
    """Where the page of an item is."""
    return f"/items/{quote(question_id, safe='/')}"


def clock_of(item: Item, *, now: float) -> tuple[str, str]:
    """What is left of an item's SLA: in words, and how urgent that is."""
    left_s = item.left_s(now)
    if left_s is None or item.due_at is None or item.status != "open":
        return "", ""
    if left_s <= 0.0:
        return f"{words.span(-left_s)} over", "over"
    soon = left_s <= SOON_SHARE * (item.due_at - item.queued_at)
    return f"{words.span(left_s)} left", "soon" if soon else "ample"


def outcome_of(item: Item) -> str:
    """What was decided and by whom; `""` if nothing was."""
    decision = item.question.decision
    if decision is not None:
        return f"{PAST[decision.kind]} by {decision.actor or 'nobody known'}"
    return "" if item.status == "open" else item.status


PAST: Mapping[str, str] = {
    "approve": "approved",
    "edit": "edited",
    "reject": "rejected",
    "respond": "answered",
}


def at_stake(items: Iterable[Item]) -> float:
    """What the items are about together, in US dollars."""
    return sum(stake_usd(item.question) or 0.0 for item in items)


def stake_usd(question: Question) -> float | None:
    """What a question is about, in US dollars: as its policy said, else as its proposal does."""
    said = question.amount_usd
    return amount_in(question.proposal) if said is None else said

"""One item as its page shows it: values only, made from what the database holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from surestep.nodes.consequence import consequence
from surestep.storage import Item, Touch
from surestep.values import DecisionKind
from surestep.web import words
from surestep.web.changes import Change, changes
from surestep.web.reviewers import Reviewer
from surestep.web.rows import PAST, Row, row_of, stake_usd

MARKS = {"pass": "✓", "fail": "✗"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What one verifier said.

    Attributes:
        mark: a sign for it.
        status: `pass`, `fail` or `inconclusive`.
        verifier: its name.
        score: its own measure of quality; `""` if it has none.
        feedback: what it said.
    """

    mark: str
    status: str
    verifier: str
    score: str
    feedback: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of an item's history.

    Attributes:
        who: who did it; `surestep` for the run itself.
        what: what they did.
        note: what they said; `""` if nothing.
        at: when.
    """

    who: str
    what: str
    note: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an item stands for one reviewer.

    Attributes:
        status: `open`, `answered` or `closed`.
        words: who works on it, and for how long.
        mine: whether the reviewer does.
        free: whether the reviewer could take it.
        taken: whether somebody else does.
        decides: whether the reviewer may decide it, once it is free.
    """

    status: str
    words: str
    mine: bool
    free: bool
    taken: bool
    decides: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One item in full.

    Attributes:
        row: what the list shows of it.
        thread_id: the run that waits for it.
        visit: which visit of the step it is about.
        amount_usd: what is at stake; `None` if that is not known.
        approvers: how many people must approve.
        allowed: the decisions that fit.
        consequence: what approving does.
        checks: what the verifiers said.
        values: the proposal, key by key.
        edits: what a decided edit changed.
        message: what the decision said.
        history: everything that was done to it.
    """

    row: Row
    thread_id: str
    visit: int
    amount_usd: float | None
    approvers: int
    allowed: tuple[DecisionKind, ...]
    consequence: str
    checks: tuple[Check, ...]
    values: tuple[tuple[str, str], ...]
    edits: tuple[Change, ...]
    message: str
    history: tuple[Entry, ...]


def sheet_of(item: Item, touches: Sequence[Touch], *, now: float) -> Sheet:
    """An item with its history, at a time in seconds since the epoch."""
    asked, decision = item.question, item.question.decision
    update = None if decision is None else decision.update
    return Sheet(
        row=row_of(item, now=now),
        thread_id=asked.thread_id,
        visit=asked.visit,
        amount_usd=stake_usd(asked),
        approvers=asked.approvers,
        allowed=asked.allowed if asked.approvers == 1 else _by_several(asked.allowed),
        consequence=asked.approving or consequence(asked),
        checks=tuple(_check(verdict) for verdict in asked.verdicts),
        values=tuple((key, words.text_of(value)) for key, value in asked.proposal.items()),
        edits=() if update is None else changes(asked.proposal, update),
        message="" if decision is None else decision.message,
        history=tuple(_entry(touch) for touch in touches),
    )


def place_of(item: Item, reviewer: Reviewer, *, now: float) -> Place:
    """Where an item stands for a reviewer."""
    holder, mine = item.holder(now), item.holder(now) == reviewer.name
    free = not holder and item.assigned_to in ("", reviewer.name) and item.status == "open"
    left = "" if item.held_until is None else words.span(item.held_until - now)
    said = "Nobody works on it."
    if item.status != "open":
        said = "It is decided." if item.status == "answered" else "It was taken back."
    elif holder:
        said = f"It is yours for another {left}." if mine else f"{holder} works on it."
    elif item.assigned_to:
        said = f"It was handed to {'you' if free else item.assigned_to}."
    elif item.held_by == reviewer.name:
        said = "Your time with it has run out; it is free for anybody again."
    decides = reviewer.decides(item.question.queue)
    return Place(
        status=item.status,
        words=said,
        mine=mine,
        free=free and decides,
        taken=bool(holder) and not mine,
        decides=decides,
    )


def takes(item: Item, reviewer: Reviewer, *, now: float) -> bool:
    """Whether a reviewer holds an item, or could take it."""
    place = place_of(item, reviewer, now=now)
    return place.free or place.mine


def _by_several(allowed: tuple[DecisionKind, ...]) -> tuple[DecisionKind, ...]:
    """What is left where several people must agree: no single one may put words in."""
    return tuple(kind for kind in allowed if kind in ("approve", "reject"))


def _check(said: Mapping[str, object]) -> Check:
    status, score = str(said.get("status")), said.get("score")
    return Check(
        mark=MARKS.get(status, "?"),
        status=status,
        verifier=str(said.get("verifier") or "check"),
        score=f"{score:.2f}" if isinstance(score, float) else "",
        feedback=str(said.get("feedback") or ""),
    )


def _entry(touch: Touch) -> Entry:
    detail = touch.detail
    said = str(detail.get("note") or detail.get("message") or detail.get("why") or "")
    onward = ""
    if touch.what == "handed_on":
        to = f" for {detail['to']}" if detail.get("to") else ""
        onward = f" to {detail.get('queue')}{to}"
    return Entry(
        who=touch.who or "surestep",
        what=f"{PAST.get(touch.what, touch.what.replace('_', ' '))}{onward}",
        note=said,
        at=words.when(touch.at),
    )

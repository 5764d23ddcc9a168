"""Outputs that went on without a person, and what people said of them afterwards."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from surestep.storage import questions
from surestep.storage.dialect import Connection, Row
from surestep.storage.encode import columns, from_json, to_json
from surestep.storage.items import question_in, question_of
from surestep.values import Decision, Question


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRow:
    """An output that goes on without a person, drawn for review or not.

    Attributes:
        key: names the visit that made it.
        thread_id: the thread.
        run: which run of the thread, from 1.
        step: the step's path.
        visit: which visit of the step, from 1.
        at: when it settled, in seconds since the epoch.
        raw: the worker's confidence; `None` if it gave none.
        confidence: the calibrated probability that it is right.
        amount_usd: what is at stake, in US dollars; `None` if nobody knows.
        size: how long the output is, in characters of its JSON.
        chance: the probability with which it was to be drawn.
        full_chance: what that would have been without pressure on the reviewers.
        spared: whether a person would have been asked but for such pressure.
        origin: the checkpoints its superstep, and those around it, started from, by graph.
        question: what a reviewer is asked; `None` if it was not drawn.
    """

    key: str
    thread_id: str
    run: int
    step: str
    visit: int
    at: float
    raw: float | None
    confidence: float
    amount_usd: float | None
    size: int
    chance: float
    full_chance: float
    spared: bool = False
    origin: Mapping[str, str] = field(default_factory=dict)
    question: Question | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A settled output of a step, and what a person said of it, before or after.

    Attributes:
        key: names the visit that made it.
        run: names its run: the thread, and from its second run on the number.
        thread_id: the thread.
        number: which run of the thread, from 1.
        step: the step's path.
        visit: which visit of the step, from 1.
        at: when it settled, or a person was asked, in seconds since the epoch.
        raw: the worker's confidence; `None` if it gave none.
        confidence: the calibrated probability that it is right; `None` if nobody knows.
        amount_usd: what is at stake, in US dollars; `None` if nobody knows.
        size: how long the output is, in characters of its JSON.
        chance: the probability with which a person was to look at it.
        asked: whether a person was asked before it went on.
        drawn: whether a person was to look at it.
        right: what they said; `None` if nobody has said anything that tells.
        by: who said so.
    """

    key: str
    run: str
    thread_id: str
    number: int
    step: str
    visit: int
    at: float
    raw: float | None
    confidence: float | None
    amount_usd: float | None
    size: int
    chance: float
    asked: bool
    drawn: bool
    right: bool | None
    by: str


@dataclass(frozen=True, slots=True)
class Pending:
    """An output that may yet be taken back.

    Attributes:
        key: names the visit that made it.
        origin: the checkpoints its superstep, and those around it, started from, by graph.
    """

    key: str
    origin: Mapping[str, object]


def put(connection: Connection, row: ActionRow) -> None:
    """Keep an output that is not settled yet, in place of one of the same visit."""
    asked = row.question
    values = columns(row) | {
        "spared": int(row.spared),
        "origin": to_json(row.origin),
        "question_id": None if asked is None else asked.question_id,
        "question": None if asked is None else to_json(asked),
    }
    connection.run("put_action", values)


def drop(connection: Connection, keys: Collection[str]) -> None:
    """Forget outputs that have not settled."""
    with connection.transaction():
        for key in keys:
            connection.run("drop_action", {"key": key})


def pending(connection: Connection, thread_id: str) -> tuple[Pending, ...]:
    """The outputs of a thread that have not settled."""
    rows = connection.run("pending_actions", {"thread_id": thread_id})
    return tuple(Pending(row["key"], from_json(row["origin"])) for row in rows)


def settle(connection: Connection, keys: Collection[str], now: float) -> None:
    """Count outputs from now on, and ask reviewers about those that were drawn.

    Each counts, and is asked about, once, however often this is done.
    """
    with connection.transaction():
        for key in keys:
            row = connection.run("pending_action", {"key": key}).fetchone()
            if row is None:
                continue
            if row["question"] is not None:
                questions.add(connection, _question(row["question"], asked_at=now))
            connection.run("settle_action", {"key": key})


def taken(connection: Connection, step: str | None, since: float) -> tuple[Taken, ...]:
    """The settled outputs since some time, and those people decided on, in order."""
    # Merged here and not in SQL: what an answer says of an output is for Python to tell.
    values = {"step": step, "since": since}
    alone = [_alone(row) for row in connection.run("actions", values)]
    return tuple(sorted([*alone, *_asked(connection, values)], key=lambda one: one.at))


def recent_confidences(connection: Connection, step: str, limit: int) -> tuple[float, ...]:
    """The confidences of the last outputs that settled without a person."""
    rows = connection.run("recent_confidences", {"step": step, "limit": limit})
    return tuple(row["confidence"] for row in rows)


def _question(text: str, *, asked_at: float) -> Question:
    return replace(question_in(from_json(text)), asked_at=asked_at)


def _alone(row: Row) -> Taken:
    names = ("key", "thread_id", "step", "visit", "at", "raw", "confidence", "amount_usd")
    said = None if row["decision"] is None else Decision(**from_json(row["decision"]))  # type: ignore[arg-type]
    return Taken(
        **{name: row[name] for name in names},
        run=run_name(row["thread_id"], row["run"]),
        number=row["run"],
        size=row["size"],
        chance=row["chance"],
        asked=False,
        drawn=row["question_id"] is not None,
        right=None if said is None else said.kind == "approve",
        by="" if said is None else said.actor,
    )


def _asked(connection: Connection, values: Mapping[str, object]) -> list[Taken]:
    """What people decided before it went on: of each visit the first answer only.

    What came after it was made with their words.
    """
    found: dict[str, Taken] = {}
    for row in connection.run("approvals_decided", values):
        question = question_of(row)
        key = question.question_id.rpartition("/")[0]
        found.setdefault(key, _of_approval(key, question))
    return list(found.values())


def _of_approval(key: str, question: Question) -> Taken:
    said = question.decision
    assert said is not None
    number = key.removeprefix(f"{question.thread_id}/").partition("/")[0]
    known = question.calibrated is not None
    return Taken(
        key=key,
        run=run_name(question.thread_id, int(number) if number.isdigit() else 1),
        thread_id=question.thread_id,
        number=int(number) if number.isdigit() else 1,
        step=question.step,
        visit=question.visit,
        at=question.asked_at,
        raw=question.confidence,
        confidence=question.calibrated if known else question.confidence,
        amount_usd=question.amount_usd,
        size=len(to_json(question.proposal)),
        chance=1.0,
        asked=True,
        drawn=True,
        # Words alone neither approve of an output nor refuse it.
        right=None if said.kind == "respond" else said.kind == "approve",
        by=said.actor,
    )


def run_name(thread_id: str, number: int) -> str:
    """A run's name, as its record has it."""
    return thread_id if number <= 1 else f"{thread_id}/{number}"

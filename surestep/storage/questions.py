"""Questions to people, with an append-only audit of every touch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from surestep.errors import AnswerRefused
from surestep.storage.dialect import Connection, Row
from surestep.storage.encode import columns, from_json, to_json
from surestep.storage.items import Item, decision_of, item_of, question_of
from surestep.storage.rows import Touch
from surestep.values import Decision, Question


def ask(connection: Connection, question: Question) -> Question:
    """The stored question: this one if it is new, else the one that is there already."""
    with connection.transaction():
        add(connection, question)
        return question_of(_row(connection, question.question_id))


def add(connection: Connection, question: Question) -> None:
    """Store a question, unless it is there already; the caller's transaction holds it."""
    values = {name: value for name, value in columns(question).items() if name != "decision"}
    values |= {name: to_json(values[name]) for name in ("proposal", "verdicts", "allowed")}
    values["schema"] = None if question.schema is None else to_json(question.schema)
    if connection.run("add_question", values).rowcount:
        touch(
            connection,
            Touch(question_id=question.question_id, what="asked", at=question.asked_at),
        )


def answer(connection: Connection, question_id: str, decision: Decision, now: float) -> Question:
    """The question after the decision, which it carries unless more approvals are needed.

    Raises:
        AnswerRefused: if the decision does not fit, or is not its actor's to make now; nothing
            is stored then.
    """
    with connection.transaction():
        row = connection.run("item_to_change", {"question_id": question_id}).fetchone()
        if row is None:
            raise AnswerRefused(
                question_id,
                f"No question {question_id!r} is known.",
                remedy="List the open ones with `surestep threads`.",
            )
        question = question_of(row)
        _check(question, row["status"], decision)
        _check_holder(item_of(row), decision.actor, connection.now(now))
        enough = _is_enough(connection, question, decision)
        touch(connection, _touch_of(question_id, decision))
        if not enough:
            # The next approver is somebody else, who has to find it free.
            connection.run("free_question", {"question_id": question_id})
            return question
        stored = to_json(decision)
        connection.run("decide_question", {"question_id": question_id, "decision": stored})
        return replace(question, decision=decision_of(stored))


def one(connection: Connection, question_id: str) -> Question | None:
    """The question, if there is one."""
    row = _find(connection, question_id)
    return None if row is None else question_of(row)


def listed(
    connection: Connection, thread_id: str | None, status: str | None, queue: str | None
) -> tuple[Question, ...]:
    """The questions that fit, by priority, then oldest first."""
    values = {"thread_id": thread_id, "status": status, "queue": queue}
    return tuple(question_of(row) for row in connection.run("questions", values))


def close(
    connection: Connection, question_id: str, why: str, at: float, *, answered: bool = False
) -> None:
    """Take an open question back, or also one that is answered; others stay as they are."""
    statement = "withdraw_question" if answered else "close_question"
    with connection.transaction():
        if connection.run(statement, {"question_id": question_id}).rowcount:
            touch(
                connection,
                Touch(question_id=question_id, what="closed", at=at, detail={"why": why}),
            )


def is_closed(connection: Connection, question_id: str) -> bool:
    """Whether a question has been taken back."""
    row = _find(connection, question_id)
    return row is not None and row["status"] == "closed"


def touches(connection: Connection, question_id: str) -> tuple[Touch, ...]:
    """Everything that was done to a question, in order."""
    rows = connection.run("touches", {"question_id": question_id})
    return tuple(Touch(**{**dict(row), "detail": from_json(row["detail"])}) for row in rows)


def _check(question: Question, status: str, decision: Decision) -> None:
    """Refuse a decision the question does not take.

    Raises:
        AnswerRefused: with what does not fit.
    """
    name = question.question_id
    if status != "open":
        raise AnswerRefused(
            name, f"Question {name!r} is {status}, not open.", remedy="Nothing is left to do here."
        )
    if decision.kind not in question.allowed:
        raise AnswerRefused(
            name,
            f"Question {name!r} does not take {decision.kind!r}.",
            remedy=f"Choose one of: {', '.join(question.allowed)}.",
        )
    if decision.kind == "edit" and not isinstance(decision.update, Mapping):
        raise AnswerRefused(
            name,
            f"The edit of question {name!r} has {decision.update!r:.80} for an update.",
            remedy="Give the edited update as an object of channels and values.",
        )
    if question.approvers > 1 and decision.kind in ("edit", "respond"):
        # Otherwise one person's words would go on under the promise of several people's.
        raise AnswerRefused(
            name,
            f"Question {name!r} needs {question.approvers} people, so no single one may "
            f"{decision.kind}.",
            remedy="Approve it, or reject it with feedback.",
        )


def _check_holder(item: Item, actor: str, now: float) -> None:
    """Refuse a decision that somebody else, or nobody before a new claim, may make.

    Raises:
        AnswerRefused: with who may.
    """
    name = item.question.question_id
    if item.held_by and item.holder(now) != actor:
        lapsed = "" if item.holder(now) else ", whose lease has run out"
        raise AnswerRefused(
            name,
            f"Question {name!r} is claimed by {item.held_by!r}{lapsed}; "
            f"{actor!r} cannot decide it.",
            remedy=f"Claim it first: surestep inbox claim {name}.",
        )
    if item.assigned_to not in ("", actor):
        raise AnswerRefused(
            name,
            f"Question {name!r} was handed on to {item.assigned_to!r}; {actor!r} cannot decide it.",
            remedy=f"Hand it on again: surestep inbox handoff {name} --to NAME.",
        )


def _is_enough(connection: Connection, question: Question, decision: Decision) -> bool:
    """Whether the decision settles the question, whoever has approved it before.

    Raises:
        AnswerRefused: if several people are needed and this one is nameless or no new one.
    """
    if question.approvers == 1 or decision.kind != "approve":
        return True
    given = connection.run("approvals", {"question_id": question.question_id})
    before = {row["who"] for row in given}
    if not decision.actor or decision.actor in before:
        who = f"{decision.actor!r} has approved already" if decision.actor else "no name given"
        raise AnswerRefused(
            question.question_id,
            f"Question {question.question_id!r} needs {question.approvers} different people: "
            f"{who}.",
            remedy="Let somebody else approve it, under a name of their own.",
        )
    return len(before) + 1 >= question.approvers


def _find(connection: Connection, question_id: str) -> Row | None:
    return connection.run("question", {"question_id": question_id}).fetchone()


def _row(connection: Connection, question_id: str) -> Row:
    row = _find(connection, question_id)
    assert row is not None
    return row


def _touch_of(question_id: str, decision: Decision) -> Touch:
    return Touch(
        question_id=question_id,
        who=decision.actor,
        what=decision.kind,
        at=decision.decided_at,
        detail={"update": decision.update, "message": decision.message},
    )


def touch(connection: Connection, entry: Touch) -> None:
    """Append an entry to the audit; the caller's transaction holds it."""
    connection.run("touch", columns(entry) | {"detail": to_json(entry.detail)})

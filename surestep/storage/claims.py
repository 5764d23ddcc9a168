"""Who works on which question: claims with a lease, one transaction each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from surestep.errors import ClaimRefused
from surestep.storage.dialect import Connection
from surestep.storage.items import Item, item_of
from surestep.storage.questions import touch
from surestep.storage.rows import Touch


def one(connection: Connection, question_id: str) -> Item | None:
    """The question with its place in its queue, if there is one."""
    row = connection.run("item", {"question_id": question_id}).fetchone()
    return None if row is None else item_of(row)


def listed(
    connection: Connection, queue: str | None, status: str | None, due_by: float | None
) -> tuple[Item, ...]:
    """The items that fit, as they would be offered: by priority, then by deadline, then by age."""
    rows = connection.run("items", {"queue": queue, "status": status, "due_by": due_by})
    return tuple(map(item_of, rows))


def claim(
    connection: Connection,
    question_id: str,
    reviewer: str,
    lease_s: float | None,
    now: float,
) -> Item:
    """The item, held by the reviewer from now on; by whoever holds it already, for longer.

    Raises:
        ClaimRefused: if it is not open, somebody else holds it, or it was handed to another.
    """
    with connection.transaction():
        item = _open(connection, question_id)
        now = connection.now(now)
        if item.holder(now) not in ("", reviewer):
            raise ClaimRefused(
                question_id,
                f"Question {question_id!r} is claimed by {item.held_by!r}.",
                remedy="Take another one, or wait until it is released or the lease runs out.",
            )
        if item.assigned_to not in ("", reviewer):
            raise ClaimRefused(
                question_id,
                f"Question {question_id!r} was handed on to {item.assigned_to!r}.",
                remedy=f"Hand it on again: surestep inbox handoff {question_id} --to {reviewer}.",
            )
        return _held(connection, item, reviewer, lease_s, now)


def offer(
    connection: Connection,
    queue: str,
    reviewers: Sequence[str],
    lease_s: float | None,
    now: float,
) -> Item | None:
    """The next item of a queue, claimed for whom of the reviewers has been without for longest.

    `None` if there is none that any of them may take.
    """
    with connection.transaction():
        now = connection.now(now)
        for reviewer in _in_turn(connection, reviewers):
            values = {"queue": queue, "reviewer": reviewer, "now": now}
            row = connection.run("offer", values).fetchone()
            if row is not None:
                return _held(connection, item_of(row), reviewer, lease_s, now)
    return None


def renew(
    connection: Connection,
    question_id: str,
    reviewer: str,
    lease_s: float | None,
    now: float,
) -> Item:
    """The item, held by its holder for longer.

    Raises:
        ClaimRefused: if the reviewer holds no live lease of it.
    """
    with connection.transaction():
        item = _open(connection, question_id)
        now = connection.now(now)
        _check_held(item, reviewer, item.holder(now))
        return _held(connection, item, reviewer, lease_s, now)


def release(connection: Connection, question_id: str, reviewer: str, note: str, now: float) -> Item:
    """The item, back in its queue.

    Raises:
        ClaimRefused: if the reviewer is not who claimed it last.
    """
    with connection.transaction():
        item = _open(connection, question_id)
        now = connection.now(now)
        _check_held(item, reviewer, item.held_by)
        # Whom it was handed on to has given it back as well: anybody may take it.
        connection.run("free_question", {"question_id": question_id})
        detail = {"note": note}
        given = Touch(question_id=question_id, what="released", who=reviewer, at=now, detail=detail)
        return _touched(connection, given)


def hand_on(
    connection: Connection,
    question_id: str,
    *,
    by: str,
    queue: str | None,
    to: str | None,
    note: str,
    expected_queue: str | None,
    now: float,
) -> Item:
    """The item, in another queue or for another reviewer, and claimed by nobody.

    Raises:
        ClaimRefused: if somebody else holds it, or it is no longer in the expected queue.
    """
    with connection.transaction():
        item = _open(connection, question_id)
        now = connection.now(now)
        before = item.question.queue
        if item.holder(now) not in ("", by):
            raise ClaimRefused(
                question_id,
                f"Question {question_id!r} is claimed by {item.held_by!r}.",
                remedy="Only they can hand it on before they release it or their lease runs out.",
            )
        if expected_queue not in (None, before):
            raise ClaimRefused(
                question_id,
                f"Question {question_id!r} is in queue {before!r}, not {expected_queue!r}.",
                remedy="Look where it is now: surestep inbox list.",
            )
        after = queue or before
        values = {
            "question_id": question_id,
            "queue": after,
            # Whom it is handed to in the same queue has no more time for that.
            "queued_at": item.queued_at if after == before else now,
            "assigned_to": to or "",
        }
        _lapsed(connection, item, now)
        connection.run("place", values)
        detail = {"from": before, "queue": after, "to": to or "", "note": note}
        handed = Touch(question_id=question_id, what="handed_on", who=by, at=now, detail=detail)
        return _touched(connection, handed)


def _open(connection: Connection, question_id: str) -> Item:
    """The item, which nobody else changes before this transaction ends."""
    row = connection.run("item_to_change", {"question_id": question_id}).fetchone()
    item = None if row is None else item_of(row)
    if item is None or item.status != "open":
        problem = "not known" if item is None else f"{item.status}, not open"
        raise ClaimRefused(
            question_id,
            f"Question {question_id!r} is {problem}.",
            remedy="See what is open: surestep inbox list.",
        )
    return item


def _check_held(item: Item, reviewer: str, holder: str) -> None:
    if holder != reviewer:
        name = item.question.question_id
        raise ClaimRefused(
            name,
            f"{reviewer!r} does not hold question {name!r}"
            + (f"; {holder!r} does." if holder else "."),
            remedy=f"Claim it first: surestep inbox claim {name}.",
        )


def _held(
    connection: Connection,
    item: Item,
    reviewer: str,
    lease_s: float | None,
    now: float,
) -> Item:
    name, until = item.question.question_id, now + (lease_s or item.lease_s)
    what = "renewed" if item.holder(now) == reviewer else "claimed"
    _lapsed(connection, item, now)
    values = {"question_id": name, "held_by": reviewer, "held_until": until}
    connection.run("hold", values)
    taken = Touch(question_id=name, what=what, who=reviewer, at=now, detail={"until": until})
    touch(connection, taken)
    return replace(item, held_by=reviewer, held_until=until)


def _lapsed(connection: Connection, item: Item, now: float) -> None:
    """Write down that a lease has run out, once somebody else gets what was held."""
    if item.held_by and not item.holder(now):
        assert item.held_until is not None
        name = item.question.question_id
        touch(
            connection,
            Touch(question_id=name, what="expired", who=item.held_by, at=item.held_until),
        )


def _touched(connection: Connection, entry: Touch) -> Item:
    """The item as it is after what was done to it, once that is in the audit."""
    touch(connection, entry)
    found = one(connection, entry.question_id)
    assert found is not None
    return found


def _in_turn(connection: Connection, reviewers: Sequence[str]) -> Sequence[str]:
    """Who has been without for longest first; of those who never had any, the first named."""
    if len(reviewers) == 1:
        return reviewers
    return sorted(reviewers, key=lambda who: _last_claim(connection, who))


def _last_claim(connection: Connection, who: str) -> int:
    row = connection.run("last_claim", {"who": who}).fetchone()
    assert row is not None
    return int(row["seq"])

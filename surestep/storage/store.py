"""The store: an asynchronous face over one database, safe to use from any loop or thread."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from surestep.budgets import checked
from surestep.clock import wall_s
from surestep.errors import InputError
from surestep.storage import claims, deeds, effects, questions, queues, threads
from surestep.storage import events as events_sql
from surestep.storage.dialect import Connection
from surestep.storage.events import EventQueue, Redactor
from surestep.storage.items import Item
from surestep.storage.lane import Lane, Work
from surestep.storage.places import database_at
from surestep.storage.queues import Queue
from surestep.storage.reviews import Reviews
from surestep.storage.rows import (
    Deed,
    DeedStatus,
    EffectRow,
    Event,
    Loss,
    QuestionStatus,
    ThreadRow,
    Touch,
)
from surestep.storage.runners import Runners
from surestep.values import Decision, Question, Spent

T = TypeVar("T")


class Store:
    """Threads, events, questions and the effect journal, in an SQLite file or in Postgres.

    **Thread-safe, loop-independent.** Several processes may use one database; a writer that finds
    an SQLite file locked waits up to 30 s. Leases run by the clock of the Postgres server, or of
    the machine an SQLite file is on. What an awaited method wrote is committed when it returns and
    survives a killed process; effects survive a power cut too. Reads see every event emitted
    before them. Every method raises `StoreError` if the database fails or the store is closed.

    Redaction covers events, which are kept to be read. Questions and the effect journal, like
    checkpoints, are what a run goes on from, and are kept as they are.

    Attributes:
        url: the database, as it was given.
        reviews: what went on without a person, and what people said of it afterwards.
        runners: which run goes on with a thread.
    """

    def __init__(self, lane: Lane, url: str, redact: Redactor | None) -> None:
        self.url = url
        self._lane = lane
        self._queue = EventQueue(redact)
        self.reviews = Reviews(lane)
        self.runners = Runners(lane)

    @classmethod
    def open(cls, database: str | Path, *, redact: Redactor | None = None) -> Store:
        """A store over `database`, made or brought up to date where needed.

        Args:
            database: path of an SQLite file, made with its folder if missing, or the URL of a
                Postgres database, `postgresql://...`, in which it gets a schema of its own.
            redact: gets an event's data as plain JSON values and returns what may be stored.
                If it raises, the event is stored without its data.

        Raises:
            StoreError: if the database cannot be reached or written, is not ours or of a newer
                version, or the package for Postgres is not installed.
        """
        url = str(database)
        return cls(Lane(database_at(database)), url, redact)

    async def save_thread(self, row: ThreadRow) -> None:
        """Insert the thread's row, or merge it into the one there as `ThreadRow` says."""
        now = wall_s()
        stamped = replace(row, created_at=row.created_at or now, updated_at=row.updated_at or now)
        await self._lane.run(lambda connection: threads.save(connection, stamped))

    async def thread(self, thread_id: str) -> ThreadRow | None:
        """The thread's row, or `None` if nobody has started it."""
        return await self._lane.run(lambda connection: threads.one(connection, thread_id))

    async def threads(self, *, status: str | None = None, limit: int = 50) -> tuple[ThreadRow, ...]:
        """The newest threads first; only those of a status, if one is given."""
        return await self._lane.run(lambda connection: threads.newest(connection, status, limit))

    def emit(self, event: Event) -> None:
        """Have an event stored, without waiting for it.

        Its data is redacted and encoded here and now, so later changes to it do not show.
        It is written within milliseconds; `flush` says when.
        """
        if self._queue.add(event):
            self._lane.post(self._queue.drain)

    async def flush(self) -> None:
        """Return once every event emitted so far is committed."""
        await self._lane.run(self._queue.drain)

    async def events(
        self, thread_id: str, *, after: int = 0, kinds: Collection[str] | None = None
    ) -> tuple[Event, ...]:
        """The thread's events in order.

        Args:
            thread_id: the thread.
            after: only events with a `seq` above this.
            kinds: only events of these kinds; `None` means all.
        """
        return await self._after_events(
            lambda connection: events_sql.events(connection, thread_id, after, kinds)
        )

    async def spent(self, thread_id: str) -> Spent:
        """What the thread's `model_call` events add up to; times are those of its row."""
        return await self._after_events(lambda connection: events_sql.spent(connection, thread_id))

    async def _after_events(self, work: Work[T]) -> T:
        """What work comes to that finds every event emitted before it."""

        def drained(connection: Connection) -> T:
            self._queue.drain(connection)
            return work(connection)

        return await self._lane.run(drained)

    async def ask(self, question: Question) -> Question:
        """The stored question, with its decision if it is answered already.

        Asking again under the same `question_id` changes nothing. An `asked_at` of 0.0 becomes
        the present time.
        """
        stamped = replace(question, asked_at=question.asked_at or wall_s())
        return await self._lane.run(lambda connection: questions.ask(connection, stamped))

    async def answer(self, question_id: str, decision: Decision) -> Question:
        """The question after the decision, all in one transaction.

        Where several approvers are needed, approvals of different actors are collected, and
        the decision is set with the last one needed; one rejection decides at once. A
        `decided_at` of 0.0 becomes the present time.

        Raises:
            AnswerRefused: if the question is unknown or not open, does not take the decision, or
                has been claimed and its actor holds no live lease of it; it stays as it was.
        """
        now = wall_s()
        stamped = replace(decision, decided_at=decision.decided_at or now)
        return await self._lane.run(
            lambda connection: questions.answer(connection, question_id, stamped, now)
        )

    async def question(self, question_id: str) -> Question | None:
        """The question, or `None` if it was never asked."""
        return await self._lane.run(lambda connection: questions.one(connection, question_id))

    async def questions(
        self,
        thread_id: str | None = None,
        *,
        status: QuestionStatus | None = "open",
        queue: str | None = None,
    ) -> tuple[Question, ...]:
        """The questions that fit, highest priority first, then oldest; `None` means any."""
        return await self._lane.run(
            lambda connection: questions.listed(connection, thread_id, status, queue)
        )

    async def close_question(self, question_id: str, why: str) -> None:
        """Take back an open question, so that it can no longer be answered."""
        at = wall_s()
        await self._lane.run(lambda connection: questions.close(connection, question_id, why, at))

    async def withdraw_question(self, question_id: str, why: str) -> None:
        """Take back a question, be it answered or not: what it was about is gone."""
        at = wall_s()
        await self._lane.run(
            lambda connection: questions.close(connection, question_id, why, at, answered=True)
        )

    async def is_closed(self, question_id: str) -> bool:
        """Whether a question has been taken back."""
        return await self._lane.run(lambda connection: questions.is_closed(connection, question_id))

    async def touches(self, question_id: str) -> tuple[Touch, ...]:
        """Who did what to a question and when, in order."""
        return await self._lane.run(lambda connection: questions.touches(connection, question_id))

    async def item(self, question_id: str) -> Item | None:
        """The question with its place in its queue, or `None` if it was never asked."""
        return await self._lane.run(lambda connection: claims.one(connection, question_id))

    async def items(
        self,
        *,
        queue: str | None = None,
        status: QuestionStatus | None = "open",
        due_by: float | None = None,
    ) -> tuple[Item, ...]:
        """The items that fit, as they would be offered; `None` means any.

        That is by priority, then by when their queue's SLA is over, then by age.

        Args:
            queue: only of this queue.
            status: only those that stand so.
            due_by: only those whose SLA is over then, in seconds since the epoch.
        """
        return await self._lane.run(
            lambda connection: claims.listed(connection, queue, status, due_by)
        )

    async def claim(self, question_id: str, reviewer: str, lease_s: float | None = None) -> Item:
        """The question, held by the reviewer; by whoever holds it already, for longer.

        Until the lease has run out nobody else can decide it, and after that nobody before
        claiming it again.

        Args:
            question_id: the question.
            reviewer: who is to hold it.
            lease_s: for how long, in seconds; default: what its queue says, else 900.0.

        Raises:
            ClaimRefused: if it is not open, somebody else holds it, or it was handed to another.
            InputError: for an empty name or a lease that is not above 0.
        """
        # Read before the turn for the database comes: that can shorten a lease, never prolong it.
        now, who = wall_s(), _named(reviewer)
        lease_s = _lease(lease_s)
        return await self._lane.run(
            lambda connection: claims.claim(connection, question_id, who, lease_s, now)
        )

    async def offer(self, queue: str, *reviewers: str, lease_s: float | None = None) -> Item | None:
        """The next item of a queue, claimed; `None` if there is none these reviewers may take.

        Of several reviewers, the one who has been without a new item for longest gets it. Nobody
        is offered what somebody else holds, was handed to another, or they have approved.

        Raises:
            InputError: for an empty name or a lease that is not above 0.
        """
        now, names = wall_s(), tuple(map(_named, reviewers))
        lease_s = _lease(lease_s)
        return await self._lane.run(
            lambda connection: claims.offer(connection, queue, names, lease_s, now)
        )

    async def renew(self, question_id: str, reviewer: str, lease_s: float | None = None) -> Item:
        """The question, held by its holder for longer; arguments as in `claim`.

        Raises:
            ClaimRefused: if the reviewer holds no live lease of it.
            InputError: for an empty name or a lease that is not above 0.
        """
        now, who = wall_s(), _named(reviewer)
        lease_s = _lease(lease_s)
        return await self._lane.run(
            lambda connection: claims.renew(connection, question_id, who, lease_s, now)
        )

    async def release(self, question_id: str, reviewer: str, *, note: str = "") -> Item:
        """The question, given back to its queue, where it keeps its place, for anybody to take.

        Raises:
            ClaimRefused: if the reviewer is not who claimed it last.
        """
        now = wall_s()
        return await self._lane.run(
            lambda connection: claims.release(connection, question_id, reviewer, note, now)
        )

    async def hand_on(
        self,
        question_id: str,
        *,
        by: str,
        queue: str | None = None,
        to: str | None = None,
        note: str = "",
        expected_queue: str | None = None,
    ) -> Item:
        """The question, in another queue or for another reviewer, and claimed by nobody.

        Args:
            question_id: the question.
            by: who hands it on; `""` for no person.
            queue: where to; its clock starts anew there. Default: where it is.
            to: the only reviewer who may take it; default: anybody.
            note: for whoever takes it; kept in the audit.
            expected_queue: the queue it must still be in; default: any.

        Raises:
            ClaimRefused: if it is not open, somebody else holds it, or it is in another queue.
        """
        now = wall_s()
        return await self._lane.run(
            lambda connection: claims.hand_on(
                connection,
                question_id,
                by=by,
                queue=queue,
                to=to,
                note=note,
                expected_queue=expected_queue,
                now=now,
            )
        )

    async def save_queues(self, *known: Queue) -> None:
        """Keep what holds for these queues, in place of what held; others stay as they are.

        Raises:
            PlanError: if questions would escalate in a circle; nothing is kept then.
        """
        await self._lane.run(lambda connection: queues.save(connection, known))

    async def queues(self) -> tuple[Queue, ...]:
        """The queues something is kept about, by name; others have no SLA."""
        return await self._lane.run(queues.known)

    async def begin_effect(
        self, key: str, *, thread_id: str, step: str, visit: int, intent: Mapping[str, object]
    ) -> EffectRow:
        """The journal's row under `key`, on the disk when this returns.

        A row with `fresh` false was begun earlier: the effect may have happened.
        """
        row = EffectRow(
            key=key,
            thread_id=thread_id,
            step=step,
            visit=visit,
            status="begun",
            intent=intent,
            begun_at=wall_s(),
        )
        return await self._after_events(lambda connection: effects.begin(connection, row))

    async def finish_effect(self, key: str, result: Mapping[str, object]) -> None:
        """Journal what came of the effect; the first result stays if there are two.

        Raises:
            StoreError: also if no effect was begun under `key`.
        """
        at = wall_s()
        await self._lane.run(lambda connection: effects.finish(connection, key, result, at))

    async def effect(self, key: str) -> EffectRow | None:
        """The journal's row under `key`, or `None` if the effect was never begun."""
        return await self._lane.run(lambda connection: effects.one(connection, key))

    async def begin_deed(self, deed: Deed) -> None:
        """Journal that a reversible effect is about to happen; on the disk when this returns.

        Whatever stood under its key before is replaced, but for how often that was stuck.
        """
        await self._after_events(lambda connection: deeds.begin(connection, deed))

    async def finish_deed(self, key: str, result: bytes) -> None:
        """Journal what a reversible effect came to."""
        await self._lane.run(lambda connection: deeds.finish(connection, key, result))

    async def mark_deed(self, key: str, status: DeedStatus) -> None:
        """Journal what is becoming of a reversible effect; on the disk when this returns."""
        await self._lane.run(lambda connection: deeds.mark(connection, key, status))

    async def move_deed(self, key: str, *, superstep: int, checkpoint_id: str) -> None:
        """Have a reversible effect belong to another superstep, and be kept no longer."""
        await self._lane.run(
            lambda connection: deeds.move(connection, key, superstep, checkpoint_id)
        )

    async def deed(self, key: str) -> Deed | None:
        """The reversible effect under `key`, or `None` if none was begun."""
        return await self._lane.run(lambda connection: deeds.one(connection, key))

    async def deeds(self, thread_id: str, run: int, *, since: int) -> tuple[Deed, ...]:
        """A run's reversible effects that are not undone, the last to end first.

        Args:
            thread_id: the thread.
            run: which run of it.
            since: the first superstep that counts.
        """
        return await self._lane.run(
            lambda connection: deeds.standing(connection, thread_id, run, since)
        )

    async def lose(self, losses: Collection[Loss], *, kept: Collection[str]) -> None:
        """Journal, at once, outputs refused for good and the keys of effects to be kept."""
        await self._lane.run(lambda connection: deeds.lose(connection, losses, kept))

    async def loss(self, thread_id: str, token: str, checkpoint_id: str) -> bytes | None:
        """What is kept of an output that was refused for good; `None` if it was not."""
        return await self._lane.run(
            lambda connection: deeds.loss(connection, thread_id, token, checkpoint_id)
        )

    @property
    def closed(self) -> bool:
        """Whether the store is closed."""
        return self._lane.closed

    async def aclose(self) -> None:
        """Commit what was emitted and close the database; a second call does nothing."""
        await asyncio.to_thread(self.close)

    def close(self) -> None:
        """The same as `aclose`, for use outside of a loop; blocks until it is done."""
        self._lane.close(self._queue.drain)


def _named(reviewer: str) -> str:
    if not reviewer.strip():
        raise InputError(f"Reviewer {reviewer!r} has no name.", remedy="Say who is to hold it.")
    return reviewer


def _lease(lease_s: float | None) -> float | None:
    return None if lease_s is None else checked.positive("lease_s", lease_s, unit="seconds")

"""From what was typed to a run: the graph, the database, the thread, the session."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import get_type_hints
from uuid import uuid4

from surestep.budgets.limits import SLO
from surestep.budgets.plan import Plan
from surestep.cli.answering import open_questions
from surestep.cli.answers import answer_all, switch_of
from surestep.cli.drive import drive
from surestep.cli.faults import INTERRUPTED
from surestep.cli.inputs import check_keys, read_input
from surestep.cli.job import Face, Job, OnQuestion, Result
from surestep.cli.lines import Lines
from surestep.cli.options import chosen_database, existing_store, user_name
from surestep.cli.screen import Screen
from surestep.cli.target import load
from surestep.errors import InputError, TargetError, UnknownThread
from surestep.graph import VerifiedApp, VerifiedGraph
from surestep.graph.session import Wishes
from surestep.graph.stores import store_at
from surestep.storage import Store, ThreadRow, checkpointer, shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was typed, as `surestep run --help` and `surestep resume --help` describe it."""

    target: str | None
    given: str | None = None
    words: tuple[str, ...] = ()
    thread_id: str | None
    answers: tuple[str, ...] = ()
    resumes: bool = False
    plan: str | None
    slo: tuple[str, ...]
    max_waste_usd: float | None = None
    max_unsettled: int | None = None
    wait_s: float = 0.0
    on_question: OnQuestion | None
    switches: tuple[str, ...]
    actor: str | None
    database: str | None
    json: bool


async def execute(request: Request) -> int:
    """The exit code of a run or a resume.

    Raises:
        SurestepError: something does not fit; nothing has run.
    """
    terminal = sys.stdin.isatty() and sys.stdout.isatty() and not request.json
    on_question = _on_question(request.on_question, terminal=terminal)
    try:
        result = await perform(replace(request, on_question=on_question), _face(terminal=terminal))
    except asyncio.CancelledError:
        # A worker that blocks a thread is waited for, unless Ctrl-C comes again.
        signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
        raise
    return result.exit_code


async def perform(request: Request, face: Face) -> Result:
    """How a run or a resume stands at its end, watched by a face of the caller's.

    Raises:
        SurestepError: something does not fit; nothing has run.
    """
    wishes = Wishes(
        slo=SLO.of_words(request.slo) if request.slo else None,
        plan=Plan.read(request.plan) if request.plan else None,
        max_waste_usd=request.max_waste_usd,
        max_unsettled=request.max_unsettled,
        wait_s=request.wait_s,
    )
    row = await _row(request) if request.resumes else None
    target = request.target or _target_of(row)
    graph = await load(target)
    async with _opened(graph, request.database) as (app, store, database):
        job = Job(
            app=app,
            store=store,
            thread_id=request.thread_id or uuid4().hex[:8],
            given=None,
            wishes=replace(wishes, target=target),
            switches=tuple(switch_of(word, app.definition.specs) for word in request.switches),
            on_question=request.on_question or "queue",
            actor=request.actor or user_name(),
        )
        job = replace(job, resume_words=resume_words(job, database))
        job = await (_resumed(job, request, row) if row else _fresh(job, request))
        return await drive(job, face)


async def _fresh(job: Job, request: Request) -> Job:
    """The job with its input, if that fits and the thread is free to take it.

    Raises:
        InputError: one of them is not so.
    """
    graph = job.app.definition.graph
    fields = graph.schemas[graph.input_schema]
    hints = get_type_hints(graph.input_schema)
    texts = {name for name in fields if hints.get(name) is str}
    given = read_input(request.given, request.words, texts=texts)
    check_keys(given, fields)
    known = await job.store.thread(job.thread_id)
    if known is not None and known.status not in ("succeeded", "failed"):
        raise InputError(
            f"Thread {job.thread_id!r} has not ended: it is {known.status}.",
            remedy=f"Go on with it: {job.resume_words}; or choose another --thread.",
        )
    return replace(job, given=given)


async def _resumed(job: Job, request: Request, row: ThreadRow) -> Job:
    """The job, with what was answered on the command line.

    Raises:
        InputError: the thread cannot go on.
        AnswerRefused: an answer does not fit; all questions stay open.
    """
    state = await job.app.aget_state(job.config)
    if state.created_at is None:
        return await _again(job, row)
    values = await answer_all(job, await open_questions(job), request.answers)
    return replace(job, values=values)


async def _again(job: Job, row: ThreadRow) -> Job:
    """The job of a thread that was killed before its input was saved: started once more.

    Raises:
        InputError: what is stored of the input was redacted.
    """
    starts = await job.store.events(job.thread_id, kinds={"run_started"})
    given = starts[-1].data.get("input") if starts else None
    if job.app.definition.redact is not None or not isinstance(given, dict):
        raise InputError(
            f"Thread {job.thread_id!r} was stopped before its input was saved.",
            remedy="Start it again with `surestep run` and the same --thread.",
        )
    wishes = job.wishes
    kept = replace(
        wishes,
        slo=wishes.slo or (None if row.slo is None else SLO.of_dict(row.slo)),
        plan=wishes.plan or (None if row.plan is None else Plan.of_toml(row.plan)),
    )
    return replace(job, given=given, wishes=kept)


@asynccontextmanager
async def _opened(
    graph: VerifiedGraph | VerifiedApp, option: str | None
) -> AsyncIterator[tuple[VerifiedApp, Store, str]]:
    """The graph as an app over its database."""
    own = graph.definition.database if isinstance(graph, VerifiedApp) else None
    database = chosen_database(option, own)
    async with checkpointer(database) as saver:
        if isinstance(graph, VerifiedApp):
            app = graph.bound(checkpointer=saver, database=database)
        else:
            app = graph.compile(checkpointer=saver, database=database)
        store = store_at(database, redact=app.definition.redact)
        assert store is not None
        yield app, store, database


async def _row(request: Request) -> ThreadRow:
    """The row of the thread to resume.

    Raises:
        UnknownThread: there is none.
    """
    database = chosen_database(request.database)
    store = existing_store(database)
    row = await store.thread(request.thread_id or "") if store else None
    if row is None:
        raise UnknownThread(request.thread_id or "", where=shown(database))
    return row


def _target_of(row: ThreadRow | None) -> str:
    if row is None or row.target is None:
        raise TargetError(
            f"Thread {row.thread_id if row else ''!r} was not started by `surestep run`, so its "
            "graph is not known.",
            remedy="Name it with --target.",
        )
    return row.target


def _on_question(asked: OnQuestion | None, *, terminal: bool) -> OnQuestion:
    """What to do about questions: as asked for, else what the place allows.

    Raises:
        InputError: a person is to be asked where nobody can be.
    """
    if asked == "ask" and not terminal:
        raise InputError(
            "--on-question is ask, and there is no terminal to ask in.",
            remedy="Choose fail, queue or approve.",
        )
    return asked or ("ask" if terminal else "fail")


def resume_words(job: Job, database: str) -> str:
    """The command that goes on with a thread later; a password is not repeated in it."""
    elsewhere = [] if chosen_database(None) == database else ["--db", shown(database)]
    return shlex.join(["surestep", "resume", job.thread_id, *elsewhere])


def _face(*, terminal: bool) -> Face:
    return Screen() if terminal else Lines()

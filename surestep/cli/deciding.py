"""A decision from the terminal: checked, stored, and its run gone on with."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from surestep.cli.starting import Request, execute
from surestep.cli.target import load
from surestep.clock import now_s
from surestep.errors import AnswerRefused
from surestep.graph import VerifiedApp
from surestep.graph.door import edit_check
from surestep.review import parse_answer
from surestep.review.answers import EditCheck
from surestep.review.standing import heed
from surestep.storage import Store, ThreadRow
from surestep.values import Question

PASSES = 2
"""How often a run is gone on with: again, if the last answer came in while it was going on."""

WAIT_S = 10.0
"""How long to wait for somebody else's resume of the same thread, in seconds."""

ENDING_S = 2.0
"""How long a run that stops for people may take from its last look for answers to its end."""

_POLL_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """What was typed, as `surestep inbox decide --help` describes it."""

    question_id: str
    answer: Mapping[str, object]
    actor: str
    target: str | None
    database: str | None
    json: bool


async def decided(store: Store, wanted: Deciding) -> Question:
    """The question after the decision; it may need further approvers.

    Raises:
        AnswerRefused: the decision does not fit, or is not this person's to make.
    """
    name = wanted.question_id
    item = await store.item(name)
    if item is None:
        raise AnswerRefused(
            name, f"No question {name!r} is known.", remedy="See what waits: surestep inbox list."
        )
    target = wanted.target or _target(await store.thread(item.question.thread_id))
    check = None
    if wanted.answer["type"] == "edit":
        check = await _check(item.question, target)
    answer = {**wanted.answer, "actor": wanted.actor}
    question = await store.answer(name, parse_answer(item.question, answer, check=check))
    await heed(store, question)
    return question


async def is_free(store: Store, thread_id: str) -> bool:
    """Whether no run goes on with a thread; one that may be just ending is waited for.

    A run that goes on looks for its answers itself, but for one that comes in as it ends.
    """
    ends = now_s() + ENDING_S
    while await store.runners.busy(thread_id):
        if now_s() >= ends:
            return False
        await asyncio.sleep(_POLL_S)
    return True


async def gone_on(
    store: Store,
    question: Question,
    wanted: Deciding,
    *,
    run: Callable[[Request], Awaitable[int]] = execute,
) -> int:
    """The exit code of the run, once it has gone on as far as it can.

    Args:
        store: the database.
        question: what was decided.
        wanted: the decision, with where the graph and the database are.
        run: resumes once; by default in the terminal.

    Raises:
        SurestepError: it cannot go on; the decision is kept.
    """
    code = 0
    if not question.awaited:
        return code
    for _ in range(PASSES):
        code = await run(
            Request(
                target=wanted.target,
                thread_id=question.thread_id,
                resumes=True,
                plan=None,
                slo=(),
                on_question="queue",
                switches=(),
                actor=wanted.actor,
                database=wanted.database,
                json=wanted.json,
                wait_s=WAIT_S,
            )
        )
        row = await store.thread(question.thread_id)
        waits = row is not None and row.status in ("waiting", "escalated")
        opened = await store.questions(question.thread_id)
        if not waits or any(one.awaited for one in opened):
            break
    return code


async def _check(question: Question, target: str | None) -> EditCheck | None:
    """Says what is wrong with an edit, by the schema of its step.

    Raises:
        AnswerRefused: there is a schema, and nobody knows the graph that has it.
    """
    if target is None:
        if question.schema is None:
            return None
        raise AnswerRefused(
            question.question_id,
            f"The edit of {question.question_id!r} cannot be checked: its graph is not known.",
            remedy="Name it with --target.",
        )
    graph = await load(target)
    definition = graph.definition if isinstance(graph, VerifiedApp) else graph.compile().definition
    spec = definition.specs.get(question.step)
    check: EditCheck | None = None if spec is None else edit_check(spec)
    return check


def _target(row: ThreadRow | None) -> str | None:
    return None if row is None else row.target

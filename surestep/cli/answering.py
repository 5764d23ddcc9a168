"""Open questions of a thread, and answers to them, checked before they are stored."""

from __future__ import annotations

import json
from collections.abc import Mapping

from surestep.cli.job import Job
from surestep.errors import AnswerRefused
from surestep.graph.door import edit_check
from surestep.nodes.people.answered import question_of
from surestep.review import is_ours, parse_answer
from surestep.storage.encode import to_json
from surestep.values import Decision, Question

FOREIGN = "the graph itself interrupts and waits for a value"


async def open_questions(job: Job) -> tuple[Question, ...]:
    """What the thread waits for; an interrupt of the user's own is one too, without a step.

    A question somebody has answered meanwhile, in the database, is not among them.
    """
    state = await job.app.aget_state(job.config)
    found = []
    for one in state.interrupts:
        if not is_ours(one.value):
            found.append(_foreign(job.thread_id, one.id, one.value))
            continue
        question = question_of(one.value["question"])
        stored = await job.store.question(question.question_id)
        if stored is None or stored.decision is None:
            found.append(question)
    return tuple(found)


def is_foreign(question: Question) -> bool:
    """Whether a question is an interrupt of the user's own, which takes any value."""
    return not question.step


def decision_of(job: Job, question: Question, answer: Mapping[str, object]) -> Decision:
    """The decision an answer makes.

    Raises:
        AnswerRefused: the answer does not fit the question.
    """
    spec = job.app.definition.specs.get(question.step)
    check = None if spec is None else edit_check(spec)
    return parse_answer(question, {**answer, "actor": job.actor}, check=check)


async def submit(job: Job, question: Question, answer: Mapping[str, object]) -> Question:
    """The question after an answer to it was stored; it may need further approvers.

    Raises:
        AnswerRefused: the answer does not fit, and the question stays open.
    """
    decision = decision_of(job, question, answer)
    await job.store.ask(question)
    return await job.store.answer(question.question_id, decision)


def foreign_value(question: Question, answer: Mapping[str, object]) -> object:
    """What an interrupt of the user's own is resumed with.

    Raises:
        AnswerRefused: the answer holds no value.
    """
    if "update" in answer:
        return answer["update"]
    if "message" in answer:
        return answer["message"]
    raise AnswerRefused(
        question.question_id,
        f"Interrupt {question.question_id!r} takes a value, not {answer.get('type')!r}.",
        remedy='Answer with respond:"text" or edit:@file.json.',
    )


def _foreign(thread_id: str, interrupt_id: str, value: object) -> Question:
    shown = json.loads(to_json(value))
    return Question(
        question_id=interrupt_id,
        thread_id=thread_id,
        step="",
        visit=1,
        reason=FOREIGN,
        proposal=shown if isinstance(shown, dict) else {"value": shown},
        allowed=("respond", "edit"),
    )

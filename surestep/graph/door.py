"""Answers at the door: looked at, and refused if need be, before the run goes on.

An answer reaches the graph as a fact the person's node looks up, not as LangGraph's resume
value: so a stale or doubled answer can never land on the next question.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from langgraph.types import Command, Interrupt

from surestep.clock import wall_s
from surestep.errors import AnswerRefused
from surestep.nodes.live import Live
from surestep.nodes.people.answered import question_of
from surestep.nodes.spec import StepSpec
from surestep.review import is_ours, parse_answer
from surestep.review.hitl import QUESTION_ID
from surestep.values import Decision, Question


async def admit(
    command: Command[Any],
    interrupts: tuple[Interrupt, ...],
    specs: Mapping[str, StepSpec],
    live: Live,
) -> Command[Any] | None:
    """What is left of a command once its answers to our questions have been taken in.

    Args:
        command: a command with a resume value.
        interrupts: what the thread waits for.
        specs: the steps, by path.
        live: the run, which gets the answers.

    Raises:
        AnswerRefused: an answer fits no open question; all questions stay open.
    """
    ours = {one.id: question_of(one.value["question"]) for one in interrupts if is_ours(one.value)}
    if not ours and interrupts:
        return command
    answers, rest = _by_interrupt(command.resume, interrupts, ours)
    decided = [(ours[key], _decision(ours[key], raw, specs)) for key, raw in answers.items()]
    for question, decision in decided:
        await take(question, decision, live)
    if not (rest or command.update or command.goto):
        return None
    resume = {"resume": rest} if rest else {}
    return Command(graph=command.graph, update=command.update, goto=command.goto, **resume)


async def prefetch(interrupts: tuple[Interrupt, ...], live: Live) -> None:
    """Take in what people have answered in the database while nothing was running."""
    for question_id in (one.value[QUESTION_ID] for one in interrupts if is_ours(one.value)):
        decision = await live.answer_to(question_id)
        if decision is not None:
            live.answers[question_id] = decision


async def take(question: Question, decision: Decision, live: Live) -> None:
    """Write a decision down, and have the run act on it.

    Raises:
        AnswerRefused: the question has been answered or closed meanwhile, or needs more
            approvers than a run without a database can tell apart.
    """
    if live.store is not None:
        await live.store.ask(question)
        answered = await live.store.answer(question.question_id, decision)
        if answered.decision is not None:
            live.answers[question.question_id] = answered.decision
        return
    if question.approvers > 1:
        raise AnswerRefused(
            question.question_id,
            f"Question {question.question_id!r} needs {question.approvers} approvers, and "
            "without a database one cannot be told from another.",
            remedy="Compile with database=....",
        )
    live.answers[question.question_id] = decision


def _decision(question: Question, raw: object, specs: Mapping[str, StepSpec]) -> Decision:
    spec = specs.get(question.step)
    parsed = parse_answer(question, raw, check=None if spec is None else edit_check(spec))
    return Decision(
        parsed.kind,
        update=parsed.update,
        message=parsed.message,
        actor=parsed.actor,
        decided_at=wall_s(),
    )


def edit_check(spec: StepSpec) -> Any:
    """Says what is wrong with an edit of this step, by its schema; `""` if nothing is."""
    schema = spec.schema

    def check(update: Mapping[str, object]) -> str:
        return "; ".join(schema.validate(update)) if schema is not None else ""

    return check


def _by_interrupt(
    resume: Any, interrupts: tuple[Interrupt, ...], ours: Mapping[str, Question]
) -> tuple[dict[str, object], dict[str, object]]:
    """Answers by interrupt id: to our questions, and to the user's own interrupts."""
    ids = {one.id for one in interrupts}
    names = {question.question_id: key for key, question in ours.items()}
    if isinstance(resume, Mapping) and resume and set(resume) <= ids | set(names):
        by_id = {names.get(str(key), str(key)): value for key, value in resume.items()}
        answers = {key: value for key, value in by_id.items() if key in ours}
        return answers, {key: value for key, value in by_id.items() if key not in ours}
    if _names_questions(resume):
        stale = sorted(str(key) for key in resume if key not in ids and key not in names)
        raise AnswerRefused(
            stale[0],
            f"No open question {stale[0]!r} on this thread.",
            remedy=f"Open are: {', '.join(names) or 'none'}.",
        )
    if len(ids) != 1:
        raise AnswerRefused(
            "",
            f"One answer came in, and {len(ids)} questions are open.",
            remedy=f"Send {{id: answer}} with these ids: {', '.join(names) or 'none are open'}.",
        )
    return {next(iter(ids)): resume}, {}


def _names_questions(resume: Any) -> bool:
    """Whether a resume value is a map from ids, rather than one answer."""
    if not isinstance(resume, Mapping) or not resume:
        return False
    return all(isinstance(value, (Mapping, list, tuple)) for value in resume.values()) and not (
        {"decisions", "type", "kind"} & set(resume)
    )

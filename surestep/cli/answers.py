"""Answers and switches as they are written on a command line."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from surestep.cli.answering import decision_of, foreign_value, is_foreign, submit
from surestep.cli.inputs import parse_json, read_object
from surestep.cli.job import Job, Switch
from surestep.errors import AnswerRefused, InputError
from surestep.values import Question

FORM = 'Write ID=approve, ID=reject:"why", ID=edit:@file.json or ID=respond:"text".'
_ANSWER = re.compile(
    r"(?P<name>.+?)=(?P<kind>approve|reject|edit|respond)(?::(?P<rest>.*))?", re.DOTALL
)
MODES = {"off": "off", "on": "serial", "serial": "serial"}


def read_answer(text: str) -> tuple[str, dict[str, object]]:
    """The question's id and the answer that `ID=KIND` or `ID=KIND:REST` says.

    Raises:
        InputError: it has another form, or the JSON of an edit is broken.
    """
    match = _ANSWER.fullmatch(text)
    if match is None:
        raise InputError(f"--answer {text!r} cannot be read.", remedy=FORM)
    name, kind, rest = match["name"], match["kind"], match["rest"]
    if kind == "edit" and rest is not None:
        return name, {"type": kind, "update": read_object(rest, what=f"The edit of {name}")}
    answer: dict[str, object] = {"type": kind}
    if rest is not None:
        answer["message"] = _text(rest, name)
    elif kind in ("edit", "respond"):
        raise InputError(f"--answer {text!r} says nothing.", remedy=FORM)
    return name, answer


async def answer_all(
    job: Job, questions: Sequence[Question], texts: Sequence[str]
) -> dict[str, object]:
    """Values for interrupts of the user's own, by id; other answers are stored.

    Nothing is stored before all of them are known to fit.

    Raises:
        InputError: one cannot be read.
        AnswerRefused: one fits no open question.
    """
    opened = {question.question_id: question for question in questions}
    answers = dict(read_answer(text) for text in texts)
    values: dict[str, object] = {}
    for name, answer in answers.items():
        if name not in opened:
            raise AnswerRefused(
                name,
                f"No question {name!r} is open on thread {job.thread_id!r}.",
                remedy=f"Open are: {', '.join(opened) or 'none'}.",
            )
        if is_foreign(opened[name]):
            values[name] = foreign_value(opened[name], answer)
        else:
            decision_of(job, opened[name], answer)
    for name in answers.keys() - values.keys():
        await submit(job, opened[name], answers[name])
    return values


def switch_of(word: str, steps: Collection[str]) -> Switch:
    """The switch that `STEP=off` or `STEP=on` says.

    Raises:
        InputError: it has another form, or the graph has no such step.
    """
    step, _, mode = word.rpartition("=")
    if mode not in MODES or step not in steps:
        raise InputError(
            f"--switch {word!r} names no step and mode.",
            remedy=f"Write STEP=off or STEP=on; the steps are: {', '.join(steps)}.",
        )
    return Switch(step=step, mode=MODES[mode], why="--switch", by="the command line")


def _text(rest: str, name: str) -> str:
    """The text after the colon: a JSON string, or as it stands."""
    if not rest.startswith('"'):
        return rest
    value = parse_json(rest, f"The answer to {name}")
    return value if isinstance(value, str) else rest

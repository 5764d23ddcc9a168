"""A judge role's verdicts: accept or reject the candidate, at rates that depend on the truth."""

from __future__ import annotations

import json
from collections.abc import Mapping

from pydantic import JsonValue

from surestep.rehearsal.answer import Answer, Call
from surestep.rehearsal.draw import task_rate
from surestep.rehearsal.scenario import JudgeRole
from surestep.rehearsal.worker import WorkerAnswerer


class JudgeAnswerer:
    """Answers for one judge role, knowing what the judged worker's truth is."""

    def __init__(self, role: JudgeRole, judged: WorkerAnswerer) -> None:
        self.role = role
        self.judged = judged

    def answer(self, call: Call) -> Answer:
        """The verdict on the candidate in the prompt, with the probability that it is right."""
        role = self.role
        good = self._is_right(self.judged.truth(call.task), call.groups.get("candidate", ""))
        mean = role.accept_ok if good else role.accept_bad
        rate = task_rate(call.world.at(role.name, call.task, good), mean, role.correlation)
        accepts = call.draws.uniform("accept") < rate
        judged_rate = self.judged.error_rate(call.world, call.task)
        return Answer(
            value=role.accept if accepts else role.reject,
            alternative=role.reject if accepts else role.accept,
            confidence=verdict_confidence(role, accepts=accepts, error_rate=judged_rate),
            right=accepts == good,
            candidate_right=good,
            rejects=not accepts,
        )

    def _is_right(self, truth: JsonValue, candidate: str) -> bool:
        if self.role.right is not None:
            return self.role.right(truth, candidate)
        return same(truth, candidate, field=self.role.field)


def verdict_confidence(role: JudgeRole, *, accepts: bool, error_rate: float) -> float:
    """Probability that a verdict is right, by Bayes from what comes before the verdict.

    Args:
        role: whose `accept_ok` and `accept_bad` apply.
        accepts: the verdict.
        error_rate: probability that the candidate is wrong before anyone judged it.
    """
    said_of_right = role.accept_ok if accepts else 1.0 - role.accept_ok
    said_of_wrong = role.accept_bad if accepts else 1.0 - role.accept_bad
    right, wrong = (1.0 - error_rate) * said_of_right, error_rate * said_of_wrong
    if right + wrong == 0.0:
        return 0.5
    return (right if accepts else wrong) / (right + wrong)


def same(truth: JsonValue, candidate: str, *, field: str = "") -> bool:
    """Whether a candidate, as a prompt quotes it, says what the truth says.

    JSON is compared as JSON, texts without regard to case and spacing, numbers as numbers; an
    object candidate may have more keys than the truth, and one with a single key stands for
    its value where the truth is no object.

    Args:
        truth: the right answer.
        candidate: the text of the candidate.
        field: the key of an object candidate that holds the answer; `""`: all of it.
    """
    said: object = _parsed(candidate)
    if isinstance(said, Mapping) and field:
        said = said.get(field)
        truth = truth.get(field, truth) if isinstance(truth, dict) else truth
    elif isinstance(said, Mapping) and len(said) == 1 and not isinstance(truth, dict):
        (said,) = said.values()
    return _agree(truth, said)


def _parsed(text: str) -> object:
    try:
        value: object = json.loads(text)
    except ValueError:
        return text
    return value


def _agree(truth: object, said: object) -> bool:
    if isinstance(truth, dict):
        return isinstance(said, dict) and all(
            key in said and _agree(value, said[key]) for key, value in truth.items()
        )
    if isinstance(truth, list):
        return (
            isinstance(said, list)
            and len(said) == len(truth)
            and all(_agree(a, b) for a, b in zip(truth, said, strict=True))
        )
    return _plain(truth) == _plain(said)


def _plain(value: object) -> str:
    """A scalar in the one form in which equal answers are equal."""
    text = " ".join(str(value).split()).casefold()
    try:
        return repr(float(text))
    except ValueError:
        return text

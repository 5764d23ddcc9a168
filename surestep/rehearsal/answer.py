"""What a role says to one request: the vocabulary of all kinds of roles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from pydantic import JsonValue

from surestep.rehearsal.draw import Draws


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request as its role sees it.

    Attributes:
        task: which task it is about.
        groups: everything the role's pattern captured.
        model: the model's name in the request.
        repeat: how often this very request came before.
        world: the draws of the whole scenario.
        draws: the draws of this repeat of this request.
    """

    task: str
    groups: Mapping[str, str]
    model: str
    repeat: int
    world: Draws
    draws: Draws


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a role says.

    Attributes:
        value: the answer.
        alternative: what it would have said otherwise; log-probabilities are split between
            the two where they part.
        confidence: the true probability that the answer is right, in [0, 1].
        right: whether it is; `None` where nobody knows.
        candidate_right: of a judge, whether the candidate it judged is right.
        rejects: of a judge, whether the verdict is a rejection; its number in
            `confidence.field` is then the complement, as a score of the candidate.
    """

    value: JsonValue
    alternative: JsonValue = None
    confidence: float = 1.0
    right: bool | None = None
    candidate_right: bool | None = None
    rejects: bool = False


class Answerer(Protocol):
    """A role made ready to answer, its files read."""

    def answer(self, call: Call) -> Answer:
        """What the role says; equal calls get equal answers.

        Raises:
            InputError: the role knows nothing of the task.
        """

"""Outputs whose truth is known, with how sure the worker was of them."""

from __future__ import annotations

from dataclasses import dataclass

from surestep.budgets import checked
from surestep.errors import PlanError


@dataclass(frozen=True, slots=True)
class Labelled:
    """One output whose truth is known.

    Attributes:
        score: the raw confidence: a probability, a log-probability, the agreement of samples, a
            judge's score; any finite number that is larger for surer outputs.
        right: whether the output was right.
        chance: the probability with which it was chosen to be judged, in (0, 1]; it counts
            1 / chance times, so that outputs judged more readily do not count for more.

    Raises:
        PlanError: for a score that is no finite number, or a chance outside (0, 1].
    """

    score: float
    right: bool
    chance: float = 1.0

    def __post_init__(self) -> None:
        checked.finite("score", self.score, remedy="Give a finite number.")
        chance("chance", self.chance)


def chance(name: str, value: object) -> float:
    """`value` as a probability above 0.

    Raises:
        PlanError: if it is anything else.
    """
    number = checked.rate(name, value)
    if number == 0.0:
        raise PlanError(
            f"{name} is {value!r}, but it was chosen.",
            remedy="Give the probability it was chosen with, which is above 0.",
        )
    return number

"""The shapes a calibrator may take, each of which gives two probabilities for a score.

They are evaluated without numpy, because a run asks for one confidence at a time.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from surestep.budgets import checked
from surestep.errors import PlanError


@dataclass(frozen=True, slots=True)
class Sigmoid:
    """Platt's curve: 1 / (1 + exp(slope · score + intercept)).

    Attributes:
        slope: negative if surer outputs are right more often.
        intercept: of the exponent.
    """

    slope: float
    intercept: float

    def bounds(self, score: float) -> tuple[float, float]:
        """The probability, twice."""
        exponent = self.slope * score + self.intercept
        # The other form of the same number, because exp overflows beyond 709.
        tail = math.exp(-abs(exponent))
        right = (tail if exponent >= 0.0 else 1.0) / (1.0 + tail)
        return right, right


@dataclass(frozen=True, slots=True)
class Ramps:
    """Isotonic regression: straight lines between points, level beyond the outermost.

    Attributes:
        scores: in ascending order.
        right: P(right) at each.
    """

    scores: tuple[float, ...]
    right: tuple[float, ...]

    def bounds(self, score: float) -> tuple[float, float]:
        """The probability, twice."""
        after = bisect_left(self.scores, score)
        if after in {0, len(self.scores)}:
            right = self.right[max(after - 1, 0)]
        else:
            low, high = self.scores[after - 1], self.scores[after]
            part = (score - low) / (high - low)
            right = self.right[after - 1] + part * (self.right[after] - self.right[after - 1])
        return right, right


@dataclass(frozen=True, slots=True)
class Steps:
    """Venn-Abers: isotonic regression with the output itself added, once as wrong, once as right.

    Attributes:
        scores: in ascending order.
        low: P(right) if it were wrong, from each score up to the next; 0 below the first.
        high: P(right) if it were right, from the score before, up to each; 1 above the last.
    """

    scores: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    def bounds(self, score: float) -> tuple[float, float]:
        """The two probabilities, one of which is calibrated whatever the distribution."""
        below, above = bisect_right(self.scores, score), bisect_left(self.scores, score)
        return (
            self.low[below - 1] if below else 0.0,
            self.high[above] if above < len(self.scores) else 1.0,
        )


Curve: TypeAlias = Sigmoid | Ramps | Steps


def sigmoid(values: Mapping[str, object]) -> Sigmoid:
    """Platt's curve from plain values.

    Raises:
        PlanError: for a missing or unknown key, or what is no finite number.
    """
    checked.keys("curve", values, required=("slope", "intercept"))
    slope, intercept = (
        checked.finite(name, values[name], remedy="Give a finite number.")
        for name in ("slope", "intercept")
    )
    return Sigmoid(slope, intercept)


def ramps(values: Mapping[str, object]) -> Ramps:
    """An isotonic curve from plain values.

    Raises:
        PlanError: for a missing or unknown key, or columns that do not fit.
    """
    return Ramps(*_columns(values, "right"))


def steps(values: Mapping[str, object]) -> Steps:
    """A Venn-Abers curve from plain values.

    Raises:
        PlanError: for a missing or unknown key, or columns that do not fit.
    """
    return Steps(*_columns(values, "low", "high"))


def _columns(values: Mapping[str, object], *probabilities: str) -> list[tuple[float, ...]]:
    """The scores, in ascending order, and as many of each probability."""
    checked.keys("curve", values, required=("scores", *probabilities))
    scores = tuple(
        checked.finite("scores", one, remedy="Give finite numbers.")
        for one in _list("scores", values["scores"])
    )
    if not scores or any(one >= other for one, other in pairwise(scores)):
        raise PlanError("scores are not in ascending order.", remedy="Sort them, without doubles.")
    columns = [scores]
    for name in probabilities:
        columns.append(tuple(checked.rate(name, one) for one in _list(name, values[name])))
        if len(columns[-1]) != len(scores):
            raise PlanError(
                f"{name} has {len(columns[-1])} entries for {len(scores)} scores.",
                remedy="Give one for each.",
            )
    return columns


def _list(name: str, value: object) -> list[object]:
    if not isinstance(value, list | tuple):
        raise PlanError(f"{name} is {value!r}.", remedy="Give a list of numbers.")
    return list(value)

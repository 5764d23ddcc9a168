"""Inductive Venn-Abers predictors: two probabilities, one of which is calibrated for certain.

Vovk and Petej, UAI 2014. The isotonic regressions with one output added, at every score at once,
by the walk along the convex minorant of Vovk, Petej and Fedorova, NIPS 2015, §3 and Appendix A.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np

from surestep.budgets.fitting.hierarchy import Floats
from surestep.verifiers.calibration.curves import Steps
from surestep.verifiers.calibration.isotonic import turns
from surestep.verifiers.calibration.outcomes import Outcomes

_Point: TypeAlias = tuple[float, float]


def fit(outcomes: Outcomes) -> Steps:
    """The steps of both probabilities, whatever the distribution of scores.

    The output asked about weighs as much as one of the outcomes, equally weighted.
    """
    high = _added_as_right(outcomes.weight, outcomes.right)
    # Mirrored, what is wrong is what is right, and scores run the other way.
    wrong = outcomes.weight - outcomes.right
    low = 1.0 - _added_as_right(outcomes.weight[::-1], wrong[::-1])[::-1]
    ends = turns(low, high)
    columns = (outcomes.score, low.clip(0.0, 1.0), high.clip(0.0, 1.0))
    scores, low_, high_ = (tuple(column[ends].tolist()) for column in columns)
    return Steps(scores, low_, high_)


def _added_as_right(weight: Floats, right: Floats) -> Floats:
    """The regression's value at each score, if one more output there were right."""
    x = np.concatenate([[-1.0, 0.0], np.cumsum(weight)])
    y = np.concatenate([[-1.0, 0.0], np.cumsum(right)])
    points: list[_Point] = list(zip(x.tolist(), y.tolist(), strict=True))
    return np.fromiter(_slopes(points, _minorant(points)), dtype=float, count=len(weight))


def _minorant(points: list[_Point]) -> list[_Point]:
    """The corners of the greatest convex minorant, from right to left."""
    corners: list[_Point] = []
    for point in points:
        while len(corners) > 1 and _turn(corners[-2], corners[-1], point) <= 0.0:
            corners.pop()
        corners.append(point)
    return corners[::-1]


def _slopes(points: list[_Point], corners: list[_Point]) -> Iterator[float]:
    """The slope at each score, as the added output moves from the first score to the last."""
    for x, y in points[2:]:
        first, second = corners[-1], corners[-2]
        yield (second[1] - first[1]) / (second[0] - first[0])
        # What lies before the added output stands one lower, and one to the left.
        here = (x - 1.0, y - 1.0)
        if _turn(first, here, second) <= 0.0:
            continue
        corners.pop()
        while len(corners) > 1 and _turn(here, corners[-1], corners[-2]) <= 0.0:
            corners.pop()
        corners.append(here)


def _turn(first: _Point, second: _Point, third: _Point) -> float:
    """Above 0 for a turn to the left."""
    return (second[0] - first[0]) * (third[1] - second[1]) - (second[1] - first[1]) * (
        third[0] - second[0]
    )

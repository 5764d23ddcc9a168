"""Labelled outputs as arrays, one entry for each distinct score; refused if they say too little."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from surestep.budgets.fitting.hierarchy import Floats
from surestep.budgets.fitting.table import sums
from surestep.errors import TooFewOutcomes
from surestep.verifiers.calibration.labelled import Labelled

LEAST = 50
"""Outcomes below which nothing is fitted: a rate of 0.9 is then known to ± 0.08 at best."""
LEAST_OF_EACH = 5
"""Right and wrong outcomes, each, below which nothing is fitted: a curve needs both ends."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Outcomes by distinct score, in ascending order of score.

    Weights add up to the number of equally weighted outcomes they are worth, (Σw)² / Σw² (Kish
    1965), so that whatever is added to them, a prior or the output asked about, counts as one.

    Attributes:
        score: the distinct scores.
        weight: the weight at each.
        right: the weight of what was right at each.
        count: how many outcomes there are.
        wrong: how many of them were wrong.
    """

    score: Floats
    weight: Floats
    right: Floats
    count: int
    wrong: int

    @property
    def worth(self) -> float:
        """How many equally weighted outcomes these are worth."""
        return float(self.weight.sum())

    @classmethod
    def of(cls, labelled: Sequence[Labelled]) -> Outcomes:
        """The outcomes of labelled outputs.

        Raises:
            TooFewOutcomes: for fewer than 50, counted by their worth, fewer than 5 right ones, or
                fewer than 5 wrong ones.
        """
        weights = np.array([1.0 / one.chance for one in labelled])
        right = np.array([one.right for one in labelled], dtype=float)
        wrong = len(labelled) - int(right.sum())
        worth = weights.sum() ** 2 / (weights @ weights) if labelled else 0.0
        if worth < LEAST or wrong < LEAST_OF_EACH or len(labelled) - wrong < LEAST_OF_EACH:
            raise TooFewOutcomes(
                len(labelled), wrong, worth=float(worth), least=LEAST, least_of_each=LEAST_OF_EACH
            )
        # Not to the number of outcomes: a prior of one would then weigh less than one of them.
        weights *= worth / weights.sum()
        score, place = np.unique([one.score for one in labelled], return_inverse=True)
        return cls(
            score=score,
            weight=sums(place, weights),
            right=sums(place, weights * right),
            count=len(labelled),
            wrong=wrong,
        )

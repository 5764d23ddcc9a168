"""The monotone curve closest to outcomes (Zadrozny and Elkan, KDD 2002)."""

from __future__ import annotations

import numpy as np
from scipy.optimize import isotonic_regression

from surestep.budgets.fitting.hierarchy import Floats
from surestep.budgets.fitting.table import Ints
from surestep.verifiers.calibration.curves import Ramps
from surestep.verifiers.calibration.outcomes import Outcomes


def fit(outcomes: Outcomes) -> Ramps:
    """Isotonic regression of right on score; sharp, and overconfident at both ends."""
    right = isotonic_regression(outcomes.right / outcomes.weight, weights=outcomes.weight).x
    ends = turns(right)
    # Sums of weights leave rounding errors beyond 0 and 1.
    return Ramps(tuple(outcomes.score[ends].tolist()), tuple(right[ends].clip(0, 1).tolist()))


def turns(*columns: Floats) -> Ints:
    """The places of columns whose neighbours are not all the same: the others say nothing new."""
    same = np.ones(len(columns[0]) - 1, dtype=bool)
    for column in columns:
        same &= np.diff(column) == 0.0
    inside = np.append(False, same) & np.append(same, False)
    return np.flatnonzero(~inside)

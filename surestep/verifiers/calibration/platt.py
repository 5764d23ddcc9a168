"""A sigmoid through outcomes: Platt 1999, as Lin, Lin and Weng (Machine Learning 68, 2007) fit it.

Newton's method with backtracking on the cross-entropy, against targets drawn in from 0 and 1.
"""

from __future__ import annotations

import numpy as np

from surestep.budgets.fitting.hierarchy import Floats
from surestep.verifiers.calibration.curves import Sigmoid
from surestep.verifiers.calibration.outcomes import Outcomes

_STEPS = 100
_SHORTEST = 1e-10
_GRADIENT = 1e-9
_RIDGE = 1e-12


def fit(outcomes: Outcomes) -> Sigmoid:
    """The sigmoid of largest likelihood; two parameters, so it makes do with few outcomes.

    It falls where surer outputs were right less often, which isotonic curves never do.
    """
    right = outcomes.right.sum()
    wrong = outcomes.worth - right
    # Targets of Platt's §2.2: one further outcome of each kind, by Laplace's rule.
    targets = outcomes.right * (right + 1.0) / (right + 2.0)
    targets += (outcomes.weight - outcomes.right) / (wrong + 2.0)
    # Scores of unit scale, because log-probabilities and shares differ by orders of magnitude.
    middle, scale = _scale(outcomes)
    slope, intercept = _newton((outcomes.score - middle) / scale, outcomes.weight, targets)
    return Sigmoid(slope / scale, intercept - slope * middle / scale)


def _scale(outcomes: Outcomes) -> tuple[float, float]:
    middle = float(np.average(outcomes.score, weights=outcomes.weight))
    spread = float(np.average((outcomes.score - middle) ** 2, weights=outcomes.weight)) ** 0.5
    return middle, spread or 1.0


def _newton(scores: Floats, weights: Floats, targets: Floats) -> tuple[float, float]:
    share = targets.sum() / weights.sum()
    design = np.stack([scores, np.ones_like(scores)])
    at = np.array([0.0, np.log((1.0 - share) / share)])
    loss = _loss(at @ design, weights, targets)
    for _ in range(_STEPS):
        right = 1.0 / (1.0 + np.exp(at @ design))
        gradient = design @ (targets - weights * right)
        if np.abs(gradient).max() < _GRADIENT:
            break
        curvature = (design * (weights * right * (1.0 - right))) @ design.T + _RIDGE * np.eye(2)
        step, length = np.linalg.solve(curvature, gradient), 1.0
        while (new := _loss((at - length * step) @ design, weights, targets)) > loss:
            length /= 2.0
            if length < _SHORTEST:
                return float(at[0]), float(at[1])
        at, loss = at - length * step, new
    return float(at[0]), float(at[1])


def _loss(exponents: Floats, weights: Floats, targets: Floats) -> float:
    """The cross-entropy, in the form of Lin et al.'s §3 that neither overflows nor cancels."""
    return float(np.logaddexp(0.0, exponents) @ weights - (weights - targets) @ exponents)

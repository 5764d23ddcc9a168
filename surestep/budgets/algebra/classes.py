"""Kinds of tasks: how a step's success differs from task to task."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from surestep.budgets.algebra.law import Floats
from surestep.budgets.profiled import StepProfile

NODES = 8
"""Classes that stand for a spread: exact for every polynomial of P(right) up to degree 15."""

SAME = 1e-9
"""Spreads this near to 0 or 1 are taken for that: the difference is below any use."""


@dataclass(frozen=True, slots=True)
class Class:
    """One kind of task.

    Attributes:
        share: share of all tasks that are of this kind.
        success: P(an output is right) on such a task.
    """

    share: float
    success: float


def difficulties(step: StepProfile) -> tuple[Class, ...]:
    """The classes that stand for the step's tasks: one if every task is alike.

    With a spread s, P(right) is taken to vary as Beta(a, b), a = success * (1/s - 1) and
    b = (1 - success) * (1/s - 1), so that the outcomes of two attempts at one task correlate
    by s. The classes are the nodes of its Gauss-Jacobi quadrature: whatever is decided within
    15 samples and attempts is a polynomial of P(right), and thus comes out exact.
    """
    successes, shares = beta_nodes(step.success, step.spread, NODES)
    return tuple(map(Class, shares.tolist(), successes.tolist()))


@lru_cache(maxsize=4096)
def beta_nodes(mean: float, spread: float, nodes: int) -> tuple[Floats, Floats]:
    """Points and weights of the Gauss quadrature of a beta distribution on [0, 1].

    Golub and Welsch, Calculation of Gauss quadrature rules, Math. Comp. 23 (1969), with the
    recurrence of the Jacobi polynomials.

    Args:
        mean: its mean.
        spread: its variance over mean * (1 - mean); 0 is a point, 1 only 0 and 1.
        nodes: how many points.
    """
    if spread < SAME or mean in {0.0, 1.0} or nodes == 1:
        return np.array([mean]), np.ones(1)
    if spread > 1.0 - SAME:
        return np.array([0.0, 1.0]), np.array([1.0 - mean, mean])
    total = 1.0 / spread - 1.0
    alpha, beta = (1.0 - mean) * total - 1.0, mean * total - 1.0
    n = np.arange(1, nodes)
    twice = 2.0 * n + alpha + beta
    diagonal = np.empty(nodes)
    diagonal[0] = (beta - alpha) / total
    diagonal[1:] = (beta - alpha) * (beta + alpha) / (twice * (twice + 2.0))
    squares = np.empty(nodes - 1)
    # The general term is 0/0 here if alpha + beta is -1.
    squares[0] = 4.0 * (1.0 + alpha) * (1.0 + beta) / (total**2 * (total + 1.0))
    m, at = n[1:], twice[1:]
    squares[1:] = 4.0 * m * (m + alpha) * (m + beta) * (m + alpha + beta)
    squares[1:] /= at**2 * (at**2 - 1.0)
    points, vectors = np.linalg.eigh(np.diag(diagonal) + np.diag(np.sqrt(squares), -1))
    # Rounding can put a node a hair outside of [0, 1].
    return np.clip((1.0 + points) / 2.0, 0.0, 1.0), np.square(vectors[0])


def moved(rates: Floats, mean: float, target: float) -> Floats:
    """Rates of the given mean, moved to another: successes shrunk alike, or failures alike."""
    if target <= mean:
        return rates * (target / mean) if mean > 0.0 else rates
    return 1.0 - (1.0 - rates) * ((1.0 - target) / (1.0 - mean))

"""Kinds of tasks stand for a spread of difficulty exactly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import betabinom, binom

from surestep.budgets import StepProfile
from surestep.budgets.algebra import difficulties
from surestep.budgets.algebra.classes import beta_nodes, moved

means, spreads = st.floats(0.001, 0.999), st.floats(0.001, 0.999)


def _shape(mean: float, spread: float) -> tuple[float, float]:
    total = 1.0 / spread - 1.0
    return mean * total, (1.0 - mean) * total


@settings(deadline=None)
@given(means, spreads)
def test_eight_classes_give_every_moment_up_to_the_fifteenth(mean: float, spread: float) -> None:
    """P(all of n attempts are right), against the exact beta-binomial."""
    a, b = _shape(mean, spread)
    classes = difficulties(StepProfile(success=mean, spread=spread))
    for n in range(1, 16):
        exact = np.prod([(a + i) / (a + b + i) for i in range(n)])
        found = sum(one.share * one.success**n for one in classes)
        assert found == pytest.approx(exact, rel=1e-9, abs=1e-12)


@settings(deadline=None)
@given(means, spreads, st.integers(1, 15))
def test_eight_classes_give_the_exact_beta_binomial(mean: float, spread: float, n: int) -> None:
    """P(k of n attempts are right), for each k."""
    points, shares = beta_nodes(mean, spread, 8)
    counts = np.arange(n + 1)
    found = binom(n, points[:, None]).pmf(counts).T @ shares
    assert found == pytest.approx(betabinom(n, *_shape(mean, spread)).pmf(counts), abs=1e-9)


@settings(deadline=None)
@given(means, spreads)
def test_two_attempts_at_a_task_correlate_by_the_spread(mean: float, spread: float) -> None:
    """As a step's profile says."""
    points, shares = beta_nodes(mean, spread, 8)
    variance = shares @ np.square(points - mean)
    assert variance / (mean * (1.0 - mean)) == pytest.approx(spread, rel=1e-6)


@pytest.mark.parametrize(
    ("success", "spread", "kinds"),
    [(0.9, 0.0, {0.9: 1.0}), (0.9, 1.0, {0.0: 0.1, 1.0: 0.9}), (1.0, 0.3, {1.0: 1.0})],
)
def test_extreme_spreads_have_plain_classes(
    success: float, spread: float, kinds: dict[float, float]
) -> None:
    """All tasks alike, or each always right or always wrong."""
    found = difficulties(StepProfile(success=success, spread=spread))
    assert {one.success: one.share for one in found} == pytest.approx(kinds)


@settings(deadline=None)
@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=6), st.floats(0.0, 1.0))
def test_moved_rates_have_the_mean_asked_for_and_stay_rates(
    values: list[float], target: float
) -> None:
    """Whichever way they are moved."""
    rates = np.array(values)
    found = moved(rates, float(rates.mean()), target)
    assert found.min() >= -1e-12
    assert found.max() <= 1.0 + 1e-12
    if 1e-3 < rates.mean() < 1.0 - 1e-3:
        assert found.mean() == pytest.approx(target, abs=1e-9)

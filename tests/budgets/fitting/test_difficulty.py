"""How much tasks differ, told from repeats."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from surestep.budgets.fitting.difficulty import SIGNIFICANT, fit, of_units


def beta_binomial(mean: float, spread: float, *, units: int, times: int) -> np.ndarray:
    """Hits of units whose rates vary, `times` trials each."""
    rng = np.random.default_rng(1)
    total = (1.0 - spread) / spread
    return rng.binomial(times, rng.beta(mean * total, (1.0 - mean) * total, size=units)).astype(
        float
    )


@pytest.mark.parametrize("spread", [0.1, 0.4, 0.8])
def test_a_spread_is_found_again(spread: float) -> None:
    """Within its error."""
    hits = beta_binomial(0.7, spread, units=1500, times=4)
    found = fit(hits, np.full(1500, 4.0))
    error = math.sqrt(spread * (1.0 - spread) / found.spread_trials)
    assert abs(found.spread - spread) < 4.0 * error < 0.2


def test_independent_trials_are_not_said_to_be_alike() -> None:
    """Their spread is next to 0 and no test rejects them."""
    hits = np.random.default_rng(2).binomial(5, 0.6, size=400).astype(float)
    found = fit(hits, np.full(400, 5.0))
    assert found.spread < 0.05
    assert found.p_value > SIGNIFICANT


def test_the_test_of_independence_rejects_as_often_as_it_says() -> None:
    """At 5 % of the sets of independent trials at most, within its error."""
    rng = np.random.default_rng(3)
    p_values = [
        fit(rng.binomial(4, 0.7, size=60).astype(float), np.full(60, 4.0)).p_value
        for _ in range(300)
    ]
    assert np.mean(np.array(p_values) < 0.05) < 0.05 + 3.0 * math.sqrt(0.05 * 0.95 / 300)


def test_repeats_that_are_copies_count_once() -> None:
    """However often each task is repeated."""
    hits = np.array([5.0, 0.0] * 20)
    assert fit(hits, np.full(40, 5.0)).trials == pytest.approx(40.0, rel=0.05)


def test_without_repeats_nothing_is_known_of_the_spread() -> None:
    """And every trial counts in full."""
    found = fit(np.array([1.0, 0.0, 1.0]), np.ones(3))
    assert (found.trials, found.spread_trials) == (3.0, 0.0)


def test_few_tasks_that_never_fail_are_no_proof_however_often_repeated() -> None:
    """Nothing then says that tasks are alike."""
    assert fit(np.full(10, 5.0), np.full(10, 5.0)).trials < 25.0


@pytest.mark.parametrize(("tasks", "times"), [(10, 5), (30, 3)])
def test_what_few_repeated_tasks_show_is_not_believed_too_much(tasks: int, times: int) -> None:
    """The lower end of 90 % lies above the truth in 8 % of all samples at most."""
    rng = np.random.default_rng(6)
    rates = rng.beta(0.9, 0.1, size=(300, tasks))
    above = 0
    for hits in rng.binomial(times, rates).astype(float):
        found = fit(hits, np.full(tasks, float(times)))
        right = found.rate * found.trials
        above += beta.ppf(0.05, right, found.trials - right + 1.0) > 0.9
    assert above <= 0.08 * 300


def test_two_classes_are_seen_where_there_are_two() -> None:
    """Half of the tasks at 0.3, half at 0.7, which no beta distribution looks like."""
    rng = np.random.default_rng(4)
    hits = rng.binomial(60, np.repeat([0.3, 0.7], 100)).astype(float)
    classes = fit(hits, np.full(200, 60.0), compare=True).classes
    assert classes is not None
    assert sorted([classes.first, classes.second]) == pytest.approx([0.3, 0.7], abs=0.02)
    assert classes.share == pytest.approx(0.5, abs=0.02)


def test_a_beta_distribution_is_not_taken_for_two_classes() -> None:
    """One parameter more has to pay."""
    hits = beta_binomial(0.6, 0.2, units=300, times=10)
    assert fit(hits, np.full(300, 10.0), compare=True).classes is None


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 6), st.floats(0.0, 1.0)), min_size=1, max_size=12))
def test_worth_lies_between_units_and_trials(units: list[tuple[int, float]]) -> None:
    """And every figure is finite and in its range."""
    trials = np.array([float(n) for n, _ in units])
    found = fit(np.round(trials * [share for _, share in units]), trials)
    assert len(units) - 1e-6 <= found.trials <= trials.sum() + 1e-6
    assert 0.0 <= found.spread <= 1.0
    assert 0.0 <= found.p_value <= 1.0


def test_weights_stand_for_repeats() -> None:
    """An outcome that counts twice is as good as two."""
    twice = of_units(np.array([1.0, 0.0]), np.array([2.0, 1.0]), np.array([0, 1]))
    assert twice.rate == pytest.approx(2.0 / 3.0)

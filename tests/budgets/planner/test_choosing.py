"""Choosing one option per step: exact, bounded, and never outside its limits."""

from __future__ import annotations

import numpy as np
import pytest

from surestep.budgets.planner.choose import choose
from surestep.budgets.planner.chosen import Stop
from surestep.budgets.planner.cuts import tightened
from surestep.budgets.planner.duals import duals
from surestep.budgets.planner.table import Table
from tests.budgets.planner.tables import brute, every, table

SEEDS = range(60)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_choice_is_as_good_as_the_best_of_all(seed: int) -> None:
    """Without a gap allowed it equals brute force, and its bound says so."""
    it = table(seed)

    chosen = choose(it, gap=0.0)

    assert chosen.value == pytest.approx(brute(it), rel=1e-12)
    assert chosen.bound <= brute(it) + 1e-12
    assert chosen.gap == pytest.approx(0.0, abs=1e-9) or chosen.options is None


@pytest.mark.parametrize("seed", SEEDS)
def test_a_choice_keeps_its_limits_and_is_worth_what_it_says(seed: int) -> None:
    """The options it names, not only their value, fit."""
    it = table(seed)

    chosen = choose(it)

    if chosen.options is None:
        assert chosen.stop is Stop.INFEASIBLE
    else:
        assert it.fits(chosen.options)
        assert it.value(chosen.options) == pytest.approx(chosen.value, rel=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_integer_programme_takes_over_exactly(seed: int) -> None:
    """With no allowance to search, HiGHS comes to the same."""
    it = table(seed)

    assert choose(it, gap=0.0, allowance=0).value == pytest.approx(brute(it), rel=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_selection_is_below_the_bound(seed: int) -> None:
    """Prices bound every selection that keeps the limits, with cuts or without."""
    it = table(seed)
    best = brute(it)

    assert duals(it).bound <= best + 1e-9
    assert tightened(it)[1].bound <= best + 1e-9


@pytest.mark.parametrize("seed", SEEDS)
def test_a_cut_loses_no_selection(seed: int) -> None:
    """Whatever keeps the limits keeps those that follow from them."""
    it = table(seed)

    sharper, _ = tightened(it)

    assert all(sharper.fits(one) for one in every(it) if it.fits(one))


def test_the_bound_is_that_of_the_relaxed_problem() -> None:
    """Half of each of two options is worth half of each."""
    it = Table.of([[1.0, 0.0]], [np.array([[0.0, 2.0]])], np.array([1.0]))

    found = duals(it)

    assert found.bound == pytest.approx(0.5)
    assert found.prices == pytest.approx([0.5])
    assert found.mixture == pytest.approx(np.array([[0.5, 0.5]]))


def test_an_option_that_is_counted_is_bounded_as_counted() -> None:
    """Three minutes each, seven minutes in all: two steps, not two and a third."""
    steps = 5
    weights = [np.array([[0.0, 3.0]])] * steps
    it = Table.of([[1.0, 0.0]] * steps, weights, np.array([7.0]))

    assert duals(it).bound == pytest.approx(5.0 - 7.0 / 3.0)
    assert tightened(it)[1].bound == pytest.approx(3.0)


def test_a_large_problem_is_proved_to_its_gap() -> None:
    """Two hundred steps with two limits, far beyond enumeration."""
    rng = np.random.default_rng(1)
    values = np.sort(rng.random((200, 8)), axis=1)
    weights = np.sort(rng.random((2, 200, 8)), axis=2)[..., ::-1]
    limits = 0.4 * weights.max(axis=2).sum(axis=1)

    chosen = choose(Table(values, weights, limits, np.ones(values.shape, dtype=bool)))

    assert chosen.stop is Stop.PROVED
    assert chosen.gap <= 1e-3 + 1e-9

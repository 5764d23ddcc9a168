"""Choosing one option per step: exact, bounded, and never outside its limits."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog

from surestep.budgets.planner.selection.choose import choose
from surestep.budgets.planner.selection.chosen import Stop
from surestep.budgets.planner.selection.duals import Simplex, duals
from surestep.budgets.planner.selection.relaxation import Relaxation
from surestep.budgets.planner.selection.table import Table
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
    """Prices bound every selection that keeps the limits."""
    it = table(seed)

    assert duals(it).bound <= brute(it) + 1e-9


@pytest.mark.parametrize("seed", SEEDS)
def test_the_bound_is_that_of_a_linear_programme(seed: int) -> None:
    """HiGHS comes to the same where mixtures of options keep the limits, and to none elsewhere."""
    it = table(seed)

    assert duals(it).bound == pytest.approx(mixed(it), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_cut_loses_no_selection(seed: int) -> None:
    """Whatever keeps the limits keeps those that follow from them."""
    it = table(seed)

    sharper = sharpened(it).table

    assert all(sharper.fits(one) for one in every(it) if it.fits(one))


@pytest.mark.parametrize("seed", SEEDS)
def test_going_on_with_fewer_options_comes_to_the_same_as_beginning_anew(seed: int) -> None:
    """A part's bound does not depend on where the search for it began."""
    it = table(seed)
    open_ = np.random.default_rng(seed).random(it.live.shape) < 0.7
    open_[np.arange(len(open_)), it.live.sum(axis=1) - 1] = True

    simplex = Simplex(it)
    part = simplex.solve(simplex.solve().basis, open_=open_)

    assert part.bound == pytest.approx(Simplex(it).solve(open_=open_).bound, rel=1e-7, abs=1e-9)


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
    assert duals(sharpened(it).table).bound == pytest.approx(3.0)


def sharpened(it: Table) -> Relaxation:
    """The relaxed problem after two rounds of cuts."""
    relaxation = Relaxation(it)
    for _ in range(2):
        relaxation.sharpened(relaxation.solve())
    return relaxation


def mixed(it: Table) -> float:
    """The least value of a mixture of options that keeps all limits; infinite if none does."""
    steps, options = it.values.shape
    answer = linprog(
        it.values.ravel(),
        A_ub=it.weights.reshape(-1, steps * options) if len(it.limits) else None,
        b_ub=it.room if len(it.limits) else None,
        A_eq=np.kron(np.eye(steps), np.ones(options)),
        b_eq=np.ones(steps),
    )
    return float(answer.fun) if answer.status == 0 else np.inf


def test_a_large_problem_is_proved_to_its_gap() -> None:
    """Two hundred steps with two limits, far beyond enumeration."""
    rng = np.random.default_rng(1)
    values = np.sort(rng.random((200, 8)), axis=1)
    weights = np.sort(rng.random((2, 200, 8)), axis=2)[..., ::-1]
    limits = 0.4 * weights.max(axis=2).sum(axis=1)

    chosen = choose(Table(values, weights, limits, np.ones(values.shape, dtype=bool)))

    assert chosen.stop is Stop.PROVED
    assert chosen.gap <= 1e-3 + 1e-9

"""The frontier, the reasons of a plan, and what to measure next."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from surestep.budgets import SLO
from surestep.budgets.planner.explain import explain
from surestep.budgets.planner.frontier import frontier, sweep
from surestep.budgets.planner.measure import measure_next
from surestep.budgets.planner.planning import plan
from tests.budgets.planner.tables import profile


def test_a_sweep_finds_the_frontier_of_all_selections() -> None:
    """Every selection is matched, to within a cell, by one that was found."""
    rng = np.random.default_rng(3)
    loss, time, cost = rng.random((3, 5, 4))
    steps, live = np.arange(5), np.ones((5, 4), dtype=bool)
    every = np.array(list(itertools.product(range(4), repeat=5)))

    found = sweep(loss, time, cost, live, cells=400)

    sums, got = (
        np.stack([one[steps, these].sum(axis=1) for one in (loss, time, cost)], axis=1)
        for these in (every, found)
    )
    slack = np.array([1e-12, 5 * np.ptp(sums[:, 1]) / 400, 5 * np.ptp(sums[:, 2]) / 400])
    assert all(np.any(np.all(got <= one + slack, axis=1)) for one in sums)


def test_no_plan_on_the_frontier_beats_another() -> None:
    """In reliability, mean latency and cost at once."""
    found = [it.predicted for it in frontier(profile()) if it.predicted]
    rows = [(-it.success.value, it.latency_mean_s.value, it.cost_usd.value) for it in found]

    assert len(rows) > 10
    for one, other in itertools.permutations(rows, 2):
        assert not all(a < b - 1e-9 for a, b in zip(one, other, strict=True))


def test_the_frontier_keeps_limits() -> None:
    """Those of the SLO hold for each of its plans."""
    found = frontier(profile(), SLO(reliability=0.9, cost_usd=9.0))

    assert found
    assert all(it.predicted and it.predicted.success.value >= 0.9 for it in found)
    assert all(it.predicted and it.predicted.cost_usd.value <= 9.0 for it in found)


def test_each_step_is_explained() -> None:
    """What it was given, what came next, and what going without would do."""
    slo = SLO(reliability=0.95)

    explained = explain(profile(), slo)

    assert explained.plan.steps == plan(profile(), slo).steps
    assert [one.step for one in explained.steps] == ["s0", "s1", "s2", "s3"]
    checked = [one for one in explained.steps if one.without]
    assert checked
    assert all(one.without and one.without.success < 0.0 for one in checked)
    assert all(one.without and one.without.cost_usd < 0.0 for one in checked)


def test_a_limit_that_binds_has_a_price() -> None:
    """A little more of the target costs about its price; slack is worth nothing."""
    prices = explain(profile(8), SLO(reliability=0.9, latency_mean_s=100.0)).prices

    assert prices["reliability"] > 0.0
    assert prices["latency_s"] == pytest.approx(0.0, abs=1e-9)


def test_labels_are_worth_most_where_least_is_known() -> None:
    """A step seen seldom holds the plan back more than one seen often."""
    known = profile(2, trials=2000.0)
    steps = {**known.steps, "s0": profile(1, trials=40.0).steps["s0"]}

    found = measure_next(known.with_steps(steps), SLO(cost_usd=8.0), runs=(200,))

    assert found[0].step == "s0"
    assert found[0].gain > 0.0


def test_stated_rates_need_no_measurement() -> None:
    """Nothing about them is open."""
    assert measure_next(profile(2), SLO(reliability=0.9)) == ()

"""Limits on the time through a graph: on every way, whatever is chosen."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from surestep.budgets.planner.selection.choose import choose
from surestep.budgets.planner.selection.chosen import Chosen, Stop
from surestep.budgets.planner.selection.clocks import Clocked
from surestep.budgets.planner.selection.paths import Shape
from surestep.budgets.planner.selection.programme import programme
from surestep.budgets.planner.selection.table import Table

DIAMOND = {"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"]}


def test_the_longest_way_goes_through_the_slower_branch() -> None:
    """Its length is the sum along it."""
    shape = Shape.of(DIAMOND, [])
    times = np.array([1.0, 2.0, 5.0, 1.0])

    length, way = shape.longest(times, times)

    assert length == pytest.approx(7.0)
    assert [step for step, _ in way] == [0, 2, 3]


def test_a_barrier_waits_for_verdicts_and_others_do_not() -> None:
    """A verdict that takes long holds up what lasts, and the end."""
    advance, settled = np.array([1.0, 1.0, 1.0]), np.array([4.0, 1.0, 1.0])
    chain = {"a": [], "b": ["a"], "c": ["b"]}

    assert Shape.of(chain, []).longest(advance, settled)[0] == pytest.approx(4.0)
    assert Shape.of(chain, ["c"]).longest(advance, settled)[0] == pytest.approx(5.0)


def problem(seed: int) -> tuple[Table, Clocked, Shape]:
    """A small graph of choices with a limit on time and one on cost."""
    rng = np.random.default_rng(seed)
    names = [str(number) for number in range(5)]
    after = {
        name: [early for early in names[:place] if rng.random() < 0.5]
        for place, name in enumerate(names)
    }
    shape = Shape.of(after, [name for name in names if rng.random() < 0.2])
    values, cost, advance = rng.random((3, 5, 3))
    settled = advance + rng.random((5, 3)) * (rng.random((5, 3)) < 0.5)
    quick = shape.longest(advance.min(axis=1), settled.min(axis=1))[0]
    slow = shape.longest(advance.max(axis=1), settled.max(axis=1))[0]
    limits = np.array([0.6 * cost.max(axis=1).sum()])
    table = Table(values, cost[None], limits, np.ones((5, 3), dtype=bool))
    return table, Clocked(advance, settled, quick + 0.4 * (slow - quick)), shape


def brute(table: Table, clock: Clocked, shape: Shape) -> float:
    """The least value that keeps the limit on every way."""
    steps = np.arange(5)
    fitting = [
        table.value(options)
        for options in map(np.array, itertools.product(range(3), repeat=5))
        if table.fits(options)
        and shape.longest(clock.advance[steps, options], clock.settled[steps, options])[0]
        <= clock.room
    ]
    return min(fitting, default=np.inf)


@pytest.mark.parametrize("seed", range(40))
def test_the_best_selection_keeps_the_limit_on_every_way(seed: int) -> None:
    """Ways are added as they are broken, and the result is that of all of them."""
    table, clock, shape = problem(seed)

    chosen = choose(table, [clock], shape, gap=0.0)

    assert chosen.value == pytest.approx(brute(table, clock, shape), rel=1e-9)


@pytest.mark.parametrize("seed", range(15))
def test_the_programme_with_starts_keeps_the_limit_on_every_way(seed: int) -> None:
    """Its variables for when each step starts stand for all ways at once."""
    table, clock, shape = problem(seed)
    unknown = Chosen(None, np.inf, -np.inf, Stop.LIMIT)

    chosen = programme(table, unknown, gap=0.0, limit_s=60.0, clocks=[clock], shape=shape)

    assert chosen.value == pytest.approx(brute(table, clock, shape), rel=1e-5)

"""The best selection whose longest way through the graph keeps its limits.

A graph has too many ways to list, so limits on their lengths are added as they are broken: first
by relaxed solutions, which settles most of them at the price of a linear programme each, then by
selections. What bounds the value with some ways bounds it with all.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from surestep.budgets.planner.choose import ALLOWANCE, choose
from surestep.budgets.planner.chosen import Chosen, Stop
from surestep.budgets.planner.clocks import Clocked
from surestep.budgets.planner.duals import duals
from surestep.budgets.planner.paths import Shape
from surestep.budgets.planner.programme import programme
from surestep.budgets.planner.table import Choices, Floats, Table

_MOST_WAYS = 400
_PROGRAMME_S = 60.0
# Where several ways count, searches prove little, but still find good selections and ways.
_QUICK = 3000


def choose_timed(
    table: Table, clocks: Sequence[Clocked], shape: Shape, *, gap: float = 1e-3
) -> Chosen:
    """The selection with the smallest value that keeps the table's limits and those on time.

    Args:
        table: the problem but for time.
        clocks: the limits on time.
        shape: the graph.
        gap: the share of the value by which the selection may miss the optimum.
    """
    if not clocks:
        return choose(table, gap=gap)
    longer = with_ways(table, clocks, shape)
    several = len(longer.limits) > len(table.limits) + len(clocks)
    allowance = _QUICK if several else ALLOWANCE
    chosen = choose(longer, gap=gap, programme_s=0.0, allowance=allowance)
    while chosen.options is not None:
        broken = _with_broken(longer, clocks, shape, _exactly(table, chosen.options))
        if broken is longer:
            break
        longer = broken
        chosen = choose(longer, gap=gap, programme_s=0.0, allowance=allowance)
    if chosen.stop is not Stop.LIMIT:
        return chosen
    # With the starts of all steps as variables, every way is in the programme at once.
    return programme(
        table.without(_hopeless(longer, chosen, gap)),
        chosen,
        gap=gap,
        limit_s=_PROGRAMME_S,
        clocks=clocks,
        shape=shape,
    )


def _exactly(table: Table, options: Choices) -> Floats:
    """A selection as a mixture of itself."""
    mixture = np.zeros_like(table.values)
    mixture[np.arange(len(mixture)), options] = 1.0
    return mixture


def _hopeless(table: Table, known: Chosen, gap: float) -> NDArray[np.bool_]:
    """The options that no selection has which is better than a known one by more than a gap."""
    found = duals(table)
    charged = table.values + np.tensordot(found.prices, table.weights, axes=1)
    spare = known.value - gap * abs(known.value) - found.bound
    return np.asarray(charged - charged.min(axis=1, keepdims=True) > spare)


def with_ways(table: Table, clocks: Sequence[Clocked], shape: Shape) -> Table:
    """The table with the ways that relaxed solutions break, until none does."""
    while len(table.limits) < _MOST_WAYS:
        longer = _with_broken(table, clocks, shape, duals(table).mixture)
        if longer is table:
            break
        table = longer
    return table


def _with_broken(table: Table, clocks: Sequence[Clocked], shape: Shape, mixture: Floats) -> Table:
    for clock in clocks:
        weights = clock.broken(shape, mixture)
        # A relaxed solution may break limits it knows of: then there is none that keeps them.
        if weights is not None and not np.any(np.all(table.weights == weights, axis=(1, 2))):
            table = table.with_rows(weights[None], np.array([clock.limit]))
    return table

"""The integer programme that takes over what a search could not prove in its allowance."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array

from surestep.budgets.planner.selection.chosen import Chosen, Stop
from surestep.budgets.planner.selection.clocks import Clocked
from surestep.budgets.planner.selection.paths import Shape
from surestep.budgets.planner.selection.table import Choices, Table

_INFEASIBLE = 2


def programme(
    table: Table,
    known: Chosen,
    *,
    gap: float,
    limit_s: float,
    clocks: Sequence[Clocked] = (),
    shape: Shape | None = None,
) -> Chosen:
    """The best selection by HiGHS, or the one already known if that is as good.

    Args:
        table: the problem, perhaps without options that could not beat what is known.
        known: the best selection so far, and its bound.
        gap: the share of the value by which the selection may miss the optimum.
        limit_s: seconds after which it stops with what it has.
        clocks: limits on the time through a graph, for which it starts every step.
        shape: that graph.
    """
    options, value, bound = known.options, known.value, known.bound
    if options is not None:
        # What does not beat the known one by more than the gap is not worth looking for.
        table = table.with_rows(table.values[None], np.array([value - gap * abs(value)]))
    found: Choices | None = None
    # HiGHS breaks limits by up to a millionth; what it finds just above one is looked for again
    # a little below, while the bound of the first time stays.
    for margin in (0.0, 2e-6):
        found, lowest = _solved(table, clocks, shape, gap=gap, limit_s=limit_s, margin=margin)
        if margin == 0.0:
            bound = max(bound, lowest if options is None else min(value - gap * abs(value), lowest))
        if found is None or table.fits(found):
            break
    if found is not None and table.fits(found) and table.value(found) < value:
        options, value = found, table.value(found)
    stop = _stop(value, bound, gap)
    return replace(known, options=options, value=value, bound=min(bound, value), stop=stop)


def _solved(
    table: Table,
    clocks: Sequence[Clocked],
    shape: Shape | None,
    *,
    gap: float,
    limit_s: float,
    margin: float,
) -> tuple[Choices | None, float]:
    """What HiGHS finds with all limits a share `margin` lower, and its bound."""
    step, option = np.nonzero(table.live)
    starts = len(clocks) * len(table.live) if shape else 0
    timed = _timed(step, option, clocks, shape) if shape else []
    with unprinted():
        answer = milp(
            np.append(table.values[step, option], np.zeros(starts)),
            constraints=[*_constraints(table, starts, margin), *timed],
            integrality=np.append(np.ones(len(step)), np.zeros(starts)),
            bounds=Bounds(0.0, np.append(np.ones(len(step)), np.full(starts, np.inf))),
            options={"mip_rel_gap": gap, "time_limit": limit_s},
        )
    bound = answer.mip_dual_bound if answer.mip_dual_bound is not None else -np.inf
    if answer.x is None:
        return None, np.inf if answer.status == _INFEASIBLE else bound
    taken = answer.x[: len(step)] > 0.5
    found = np.full(len(table.live), -1)
    found[step[taken]] = option[taken]
    return found, bound


@contextmanager
def unprinted() -> Iterator[None]:
    """A context in which what is written to the standard output goes to the standard error.

    HiGHS leaves a line of debugging there, below Python, which would end up in what `--json`
    prints.
    """
    with os.fdopen(os.dup(1), "wb") as kept:
        os.dup2(2, 1)
        try:
            yield
        finally:
            os.dup2(kept.fileno(), 1)


def _constraints(table: Table, starts: int, margin: float) -> list[LinearConstraint]:
    step, option = np.nonzero(table.live)
    steps, choices = len(table.live), len(step)
    one_each = coo_array((np.ones(choices), (step, np.arange(choices))), shape=(steps, choices))
    found = [LinearConstraint(_beside(one_each, starts), 1.0, 1.0)]
    if len(table.limits):
        limited = coo_array(table.weights[:, step, option])
        room = table.room - margin * np.maximum(np.abs(table.limits), 1e-12)
        found.append(LinearConstraint(_beside(limited, starts), ub=room))
    return found


def _timed(
    step: Choices, option: Choices, clocks: Sequence[Clocked], shape: Shape
) -> list[LinearConstraint]:
    starts, found = len(shape.after), []
    for place, clock in enumerate(clocks):
        matrix, least = clock.starts(shape, step, option, first=len(step) + place * starts)
        matrix.resize((len(least), len(step) + len(clocks) * starts))
        found.append(LinearConstraint(matrix.tocsr(), lb=least))
    return found


def _beside(matrix: coo_array, starts: int) -> csr_array:
    """The matrix with columns of zeros for the starts."""
    matrix.resize((matrix.shape[0], matrix.shape[1] + starts))
    return matrix.tocsr()


def _stop(value: float, bound: float, gap: float) -> Stop:
    if value == bound == np.inf:
        return Stop.INFEASIBLE
    return Stop.PROVED if value - bound <= gap * abs(value) + 1e-9 * abs(value) else Stop.LIMIT

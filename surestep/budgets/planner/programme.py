"""The integer programme that takes over what a search could not prove in its allowance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from surestep.budgets.planner.chosen import Chosen, Stop
from surestep.budgets.planner.table import Table

_LIMIT_S = 60.0
_INFEASIBLE = 2


def programme(table: Table, known: Chosen, *, gap: float, limit_s: float = _LIMIT_S) -> Chosen:
    """The best selection by HiGHS, or the one already known if that is as good.

    Args:
        table: the problem; what is known already need not be in it.
        known: the best selection so far, and its bound.
        gap: the share of the value by which the selection may miss the optimum.
        limit_s: seconds after which it stops with what it has.
    """
    step, option = np.nonzero(table.live)
    one_each = coo_array((np.ones(len(step)), (step, np.arange(len(step)))))
    scale = np.maximum(np.abs(table.limits), 1e-12)
    answer = milp(
        table.values[step, option],
        constraints=[
            LinearConstraint(one_each.tocsr(), 1.0, 1.0),
            LinearConstraint(
                table.weights[:, step, option] / scale[:, None], ub=table.room / scale
            ),
        ],
        integrality=np.ones(len(step)),
        bounds=Bounds(0.0, 1.0),
        options={"mip_rel_gap": gap, "time_limit": limit_s},
    )
    lowest = np.inf if answer.status == _INFEASIBLE else answer.mip_dual_bound
    bound = max(known.bound, min(known.value - gap * abs(known.value), lowest or -np.inf))
    options, value = known.options, known.value
    if answer.x is not None:
        mine = np.full(len(table.live), -1)
        taken = answer.x > 0.5
        mine[step[taken]] = option[taken]
        if table.fits(mine) and table.value(mine) < value:
            options, value = mine, table.value(mine)
    return replace(
        known, options=options, value=value, bound=min(bound, value), stop=_stop(value, bound, gap)
    )


def _stop(value: float, bound: float, gap: float) -> Stop:
    if value == bound == np.inf:
        return Stop.INFEASIBLE
    return Stop.PROVED if value - bound <= gap * abs(value) + 1e-9 * abs(value) else Stop.LIMIT

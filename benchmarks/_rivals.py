"""The planner's problem put to HiGHS and to CP-SAT, as plainly as it can be put."""

from __future__ import annotations

import importlib
import importlib.util
import time
from typing import Any

import numpy as np
from _choices import Instance
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from surestep.budgets.planner.selection.programme import unprinted

SCALE = 10**6
WORKERS = 2


def highs(it: Instance, *, gap: float, limit_s: float) -> float:
    """Seconds `scipy.optimize.milp` takes, or `limit_s` if it is not done by then.

    One binary per option and, but on a chain, one start per step.
    """
    steps, options = it.table.values.shape
    graph = not it.shape.chain
    step, option = np.divmod(np.arange(steps * options), options)
    width = steps * options + (steps if graph else 0)
    one_each = coo_array((np.ones(len(step)), (step, np.arange(len(step)))), shape=(steps, width))
    limited = it.table if graph else it.chained
    rows = np.zeros((len(limited.limits), width))
    rows[:, : len(step)] = limited.weights.reshape(len(limited.limits), -1)
    constraints = [
        LinearConstraint(one_each.tocsr(), 1.0, 1.0),
        LinearConstraint(rows, ub=limited.limits),
    ]
    if graph:
        matrix, least = it.clock.starts(it.shape, step, option, first=len(step))
        constraints.append(LinearConstraint(matrix.tocsr(), lb=least))
    whole = np.arange(width) < len(step)
    started = time.perf_counter()
    with unprinted():
        answer = milp(
            np.append(it.table.values.ravel(), np.zeros(width - len(step))),
            constraints=constraints,
            integrality=whole.astype(int),
            bounds=Bounds(0.0, np.where(whole, 1.0, np.inf)),
            options={"mip_rel_gap": gap, "time_limit": limit_s},
        )
    took = time.perf_counter() - started
    return took if answer.status == 0 else max(took, limit_s)


def cp_sat(it: Instance, *, gap: float, limit_s: float) -> float | None:
    """Seconds CP-SAT takes, its figures whole multiples of a millionth; `None` without OR-Tools."""
    if importlib.util.find_spec("ortools") is None:
        return None
    cp_model: Any = importlib.import_module("ortools.sat.python.cp_model")
    model = cp_model.CpModel()
    steps, options = it.table.values.shape
    taken = [[model.new_bool_var("") for _ in range(options)] for _ in range(steps)]
    for row in taken:
        model.add_exactly_one(row)
    flat = [one for row in taken for one in row]
    limited = it.chained if it.shape.chain else it.table
    for weights, limit in zip(limited.weights, limited.limits, strict=True):
        model.add(cp_model.LinearExpr.weighted_sum(flat, _whole(weights)) <= int(limit * SCALE))
    if not it.shape.chain:
        _start(model, cp_model, it, taken)
    model.minimize(cp_model.LinearExpr.weighted_sum(flat, _whole(it.table.values)))
    solver = cp_model.CpSolver()
    solver.parameters.relative_gap_limit = gap
    solver.parameters.max_time_in_seconds = limit_s
    solver.parameters.num_workers = WORKERS
    started = time.perf_counter()
    status = solver.solve(model)
    took = time.perf_counter() - started
    return took if status == cp_model.OPTIMAL else max(took, limit_s)


def _start(model: Any, cp_model: Any, it: Instance, taken: list[list[Any]]) -> None:
    horizon = int(it.clock.limit * SCALE)
    starts = [model.new_int_var(0, horizon, "") for _ in taken]
    for late, after in enumerate(it.shape.after):
        lasting = cp_model.LinearExpr.weighted_sum(taken[late], _whole(it.clock.settled[late]))
        model.add(starts[late] + lasting <= horizon)
        for early in after:
            times = _whole(it.clock.advance[early])
            before = cp_model.LinearExpr.weighted_sum(taken[early], times)
            model.add(starts[late] >= starts[early] + before)


def _whole(figures: np.ndarray[Any, Any]) -> list[int]:
    return [round(float(one) * SCALE) for one in figures.ravel()]

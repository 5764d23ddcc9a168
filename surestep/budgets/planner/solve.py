"""The best plan of a problem: what was found, why the search ended, how far off it can be."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from surestep.budgets.planner.figures import Figures
from surestep.budgets.planner.polish import closed, polished
from surestep.budgets.planner.problem import Problem
from surestep.budgets.planner.relaxed import relaxed, relaxed_clocks, swiftest
from surestep.budgets.planner.selection.choose import choose
from surestep.budgets.planner.selection.chosen import Stop
from surestep.budgets.planner.selection.table import Table
from surestep.budgets.planner.steering import Steering

GAP = 1e-3
_ROUNDS = 12
_HALVINGS = 14
# Up to so many selections, each bisected problem is closed.
_SMALL = 5000


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What came of a search for the best plan.

    Attributes:
        figures: the best selection found, and what it comes to; `None` if none is known that
            keeps all limits.
        bound: no selection that keeps the limits has a smaller objective; for the reliability
            that is -ln of it.
        stop: why the search ended.
        rounds: how often the stand-ins were steered.
    """

    figures: Figures | None
    bound: float
    stop: Stop
    rounds: int

    @property
    def gap(self) -> float:
        """How far from optimal it can be, as a share of its objective; infinite without one."""
        if self.figures is None:
            return math.inf
        value = self.figures.objective
        distance = value - self.bound
        return max(0.0, distance / abs(value)) if distance > 1e-9 * abs(value) + 1e-12 else 0.0


def solve(problem: Problem, *, gap: float = GAP, refine: bool = True) -> Result:
    """The best plan of a problem.

    Exact, to the gap asked for, where everything adds up: chains whose limits are on means.
    Otherwise linear stand-ins are steered until the exact figures keep the limits, the plan is
    polished by exchanging options, and the bound is that of an easier problem; small problems
    are then closed by looking at every selection that could be better.

    Args:
        problem: what is chosen among.
        gap: the share of the objective by which each linear problem may miss its optimum.
        refine: whether to polish and close, where the linear problems do not settle it.
    """
    if problem.aims.objective.startswith("latency") and not _sums_up(problem):
        return _quickest(problem, gap)
    steering = Steering(problem)
    easier = choose(
        relaxed(problem, steering.values), relaxed_clocks(problem), problem.shape, gap=gap
    )
    if easier.options is None:
        return Result(None, easier.bound, easier.stop, 0)
    first = Figures(problem, easier.options)
    if first.keeps and first.objective <= easier.value * (1.0 + 1e-9) + 1e-12:
        return Result(first, easier.bound, easier.stop, 0)
    best, rounds = _steered(steering, first, gap)
    bound = easier.bound
    if refine:
        best = best or _rescued(steering, gap)
        best = polished(best, steering) if best else None
        best, bound = closed(best, problem, bound)
    if best is None:
        return Result(None, bound, Stop.INFEASIBLE if bound == math.inf else Stop.LIMIT, rounds)
    proved = best.objective - bound <= gap * abs(best.objective) + 1e-12
    return Result(best, bound, Stop.PROVED if proved else Stop.LIMIT, rounds)


def _steered(steering: Steering, first: Figures, gap: float) -> tuple[Figures | None, int]:
    """The best selection met while the stand-ins are steered, and the number of rounds."""
    problem = first.problem
    best = first if first.keeps else None
    steering.learn(first)
    for rounds in range(1, _ROUNDS + 1):
        chosen = choose(steering.table(), steering.clocks(), problem.shape, gap=gap)
        if chosen.options is None:
            if not steering.ease():
                return best, rounds
            continue
        figures = Figures(problem, chosen.options)
        if figures.keeps and (best is None or figures.objective < best.objective):
            best = figures
        if not steering.learn(figures):
            return best, rounds
    return best, _ROUNDS


def _rescued(steering: Steering, gap: float) -> Figures | None:
    """A selection that keeps all limits, found by making time or loss as small as possible."""
    problem, table = steering.problem, steering.table()
    for values in (problem.settled_s, problem.advance_s, problem.loss_mean):
        eager = Table(values, table.weights, table.limits, table.live)
        chosen = choose(eager, gap=gap)
        if chosen.options is not None:
            figures = Figures(problem, chosen.options)
            if figures.keeps:
                return figures
    return None


def _sums_up(problem: Problem) -> bool:
    return problem.additive and problem.aims.objective == "latency_mean_s"


def _quickest(problem: Problem, gap: float) -> Result:
    """The least limit on time under which there is a plan, by bisection."""
    aims = problem.aims
    best, rounds, high_s = None, 0, math.inf
    small = math.prod(map(len, problem.options)) <= _SMALL
    swift = swiftest(problem)
    mean = aims.objective == "latency_mean_s"
    low_s = proved_s = swift.mean_s if mean else swift.quantile_s(0.95)
    while rounds < _HALVINGS and (best is None or high_s - low_s > gap * high_s):
        limit_s = (low_s + high_s) / 2.0 if best else high_s
        result = solve(_within(problem, limit_s), gap=gap, refine=small)
        rounds += 1
        found = result.figures
        if found is not None and (aims.loss is None or found.loss <= aims.loss * (1.0 + 1e-9)):
            best = Figures(problem, found.options)
            high_s = best.objective
        elif best is None:
            return Result(None, result.bound, result.stop, rounds)
        else:
            low_s = limit_s
            lost = result.stop is Stop.INFEASIBLE
            if lost or (aims.loss is not None and result.bound > aims.loss):
                proved_s = limit_s
    stop = Stop.PROVED if high_s - proved_s <= gap * high_s else Stop.LIMIT
    return Result(best, proved_s, stop, rounds)


def _within(problem: Problem, limit_s: float) -> Problem:
    """The problem of being as reliable (or as cheap) as possible within a time."""
    aims = problem.aims
    inner = replace(aims, objective="cost_usd" if aims.loss is None else "reliability", loss=None)
    if math.isinf(limit_s):
        return replace(problem, aims=inner)
    if aims.objective == "latency_mean_s":
        return replace(problem, aims=replace(inner, latency_mean_s=limit_s))
    timed = ("latency_p95_s", 0.95, limit_s)
    return replace(problem, aims=replace(inner, quantiles=(*aims.quantiles, timed)))

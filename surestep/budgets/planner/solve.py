"""The best plan of a problem: what was found, why the search ended, how far off it can be."""

from __future__ import annotations

import math
from dataclasses import dataclass

from surestep.budgets.planner.chosen import Stop
from surestep.budgets.planner.figures import Figures
from surestep.budgets.planner.polish import closed, polished
from surestep.budgets.planner.problem import Problem
from surestep.budgets.planner.relaxed import relaxed, relaxed_clocks
from surestep.budgets.planner.steering import Steering
from surestep.budgets.planner.timed import choose_timed

GAP = 1e-3
_ROUNDS = 12


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


def solve(problem: Problem, *, gap: float = GAP) -> Result:
    """The best plan of a problem.

    Exact, to the gap asked for, where everything adds up: chains whose limits are on means.
    Otherwise linear stand-ins are steered until the exact figures keep the limits, the plan is
    polished by exchanging options, and the bound is that of an easier problem; small problems
    are then closed by looking at every selection that could be better.

    Args:
        problem: what is chosen among.
        gap: the share of the objective by which each linear problem may miss its optimum.
    """
    steering = Steering(problem)
    easier = choose_timed(
        relaxed(problem, steering.values), relaxed_clocks(problem), problem.shape, gap=gap
    )
    if easier.options is None:
        return Result(None, easier.bound, easier.stop, 0)
    first = Figures(problem, easier.options)
    if first.keeps and first.objective <= easier.value * (1.0 + 1e-9) + 1e-12:
        return Result(first, easier.bound, easier.stop, 0)
    best, rounds = _steered(steering, first, gap)
    if best is not None:
        best = polished(best, steering)
    best, bound = closed(best, problem, easier.bound)
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
        chosen = choose_timed(steering.table(), steering.clocks(), problem.shape, gap=gap)
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

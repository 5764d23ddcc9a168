"""What can be had: plans that no other one beats in reliability, mean latency and cost at once."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from surestep.budgets.limits import SLO
from surestep.budgets.plan import Plan
from surestep.budgets.planner.aims import Aims
from surestep.budgets.planner.figures import Figures
from surestep.budgets.planner.planned import Given, forced_keys, plan_of
from surestep.budgets.planner.posing import posed
from surestep.budgets.planner.problem import Problem
from surestep.budgets.planner.selection.table import Choices, Floats
from surestep.budgets.profile import Profile

# Partial selections closer than this share of the whole range in latency and in cost compete.
_CELLS = 256
# What people's time is charged at, as multiples of what makes it weigh as much as the cost does.
_PRICES = (0.0, 0.3, 3.0, 30.0)


def frontier(
    profile: Profile, slo: SLO | None = None, *, forced: Given = None, points: int = 60
) -> tuple[Plan, ...]:
    """Plans along the frontier, each with its prediction, from the cheapest on.

    Args:
        profile: what is known of the steps.
        slo: limits every plan has to keep; people are asked only if it limits their minutes.
        forced: choices already made, as for `plan`.
        points: about how many plans, spread over latency and cost.

    Raises:
        PlanError: for a forced step or key that is unknown.
    """
    slo = slo or SLO()
    minutes = slo.human_minutes or 0.0
    aims = Aims(objective="cost_usd", loss=math.inf, latency_mean_s=math.inf, human_minutes=minutes)
    problem = posed(profile, aims, forced=forced_keys(forced))
    swept = list(_swept(problem, minutes))
    kept = [
        Figures(problem, options)
        for found in swept
        for options in _spread(problem, found, max(points // len(swept), 8))
    ]
    kept = [one for one in _unbeaten(kept) if _within(one, slo)]
    return tuple(plan_of(one) for one in sorted(kept, key=lambda one: one.cost_usd))


def _swept(problem: Problem, minutes: float) -> Iterator[Choices]:
    """Selections nobody is asked in, and such that take so many minutes of people's time at most.

    A sweep keeps three sums apart; the fourth, people's time, is added to the cost at a price, and
    swept at several.
    """
    loss, time, cost = problem.loss_mean, _time(problem), problem.cost_usd
    asked = problem.human_minutes
    nobody = problem.live & (asked <= 0.0)
    if nobody.any(axis=1).all():
        yield sweep(loss, time, cost, nobody)
    able = problem.live & (asked <= minutes)
    if not asked[able].any() or not able.any(axis=1).all():
        return
    scale = float(np.ptp(cost, axis=1).sum() / asked.max(axis=1).sum())
    steps = np.arange(len(cost))
    for price in _PRICES:
        found = sweep(loss, time, cost + price * scale * asked, able)
        kept = found[asked[steps, found].sum(axis=1) <= minutes * (1.0 + 1e-9)]
        if len(kept):
            yield kept


def sweep(
    loss: Floats, time: Floats, cost: Floats, live: NDArray[np.bool_], *, cells: int = _CELLS
) -> Choices:
    """The selections no other beats in all three sums, to within a cell in time and in cost.

    Steps are added one after another; of what falls into a cell of (time, cost) the least loss is
    kept, unless a cell that is cheaper and quicker has less.

    Args:
        loss: shape (steps, options).
        time: the same shape.
        cost: the same shape.
        live: which entries do not repeat another.
        cells: how many along each of time and cost.

    Returns:
        One row per selection: the option of each step.
    """
    sums, parents, taken = np.zeros((1, 3)), [], []
    low = np.array([time.min(axis=1).sum(), cost.min(axis=1).sum()])
    high = np.array([time.max(axis=1).sum(), cost.max(axis=1).sum()])
    width = np.maximum((high - low) / cells, 1e-300)
    for step in range(len(loss)):
        options = np.flatnonzero(live[step])
        added = np.stack([loss[step, options], time[step, options], cost[step, options]], axis=1)
        longer = (sums[:, None] + added).reshape(-1, 3)
        rest = np.array([time[step + 1 :].min(axis=1).sum(), cost[step + 1 :].min(axis=1).sum()])
        places = ((longer[:, 1:] + rest - low) / width).astype(np.int64).clip(0, cells)
        kept = _best_cells(longer[:, 0], places, cells + 1)
        sums = longer[kept]
        parents.append(kept // len(options))
        taken.append(options[kept % len(options)])
    return _traced(parents, taken)


def _best_cells(loss: Floats, places: Choices, cells: int) -> Choices:
    """The least loss of each cell, unless a cell below or to the left of it has as little."""
    cell = places[:, 0] * cells + places[:, 1]
    order = np.lexsort((loss, cell))
    first = order[np.append(True, np.diff(cell[order]) > 0)]
    grid = np.full((cells + 1, cells + 1), np.inf)
    grid[places[first, 0] + 1, places[first, 1] + 1] = loss[first]
    least = np.minimum.accumulate(np.minimum.accumulate(grid, axis=0), axis=1)
    before = np.minimum(least[:-1, 1:], least[1:, :-1])
    return np.asarray(first[loss[first] < before[places[first, 0], places[first, 1]]])


def _traced(parents: list[Choices], taken: list[Choices]) -> Choices:
    at = np.arange(len(taken[-1]))
    found = np.empty((len(at), len(taken)), dtype=np.int64)
    for step in reversed(range(len(taken))):
        found[:, step] = taken[step][at]
        at = parents[step][at]
    return found


def _time(problem: Problem) -> Floats:
    """Mean times as they add up: in full on a chain, else by how often a step is on the way.

    How often is what a run's longest way says when every step takes its mean; the plans found
    are measured exactly afterwards.
    """
    if problem.chain:
        return problem.advance_s
    _, way = problem.shape.longest(problem.advance_s[:, 0], problem.settled_s[:, 0])
    weight = np.full((len(problem.names), 1), 0.2)
    weight[[step for step, _ in way]] = 1.0
    return np.asarray(problem.advance_s * weight)


def _spread(problem: Problem, found: Choices, points: int) -> Choices:
    """Some of the selections, from all over latency and cost."""
    steps = np.arange(len(problem.names))
    loss, time, cost = (
        one[steps, found].sum(axis=1)
        for one in (problem.loss_mean, problem.advance_s, problem.cost_usd)
    )
    kept = np.zeros(0, dtype=np.int64)
    for cells in range(max(2, math.isqrt(points)), 4 * points + 2):
        scaled = [
            ((one - one.min()) / max(float(np.ptp(one)), 1e-300) * (cells - 1)).astype(np.int64)
            for one in (time, cost)
        ]
        kept = _best_cells(loss, np.stack(scaled, axis=1), cells)
        if len(kept) >= min(points, len(found) // 2):
            break
    extremes = [int(one.argmin()) for one in (loss, time, cost)]
    return np.asarray(found[np.unique([*kept, *extremes])])


def _unbeaten(found: list[Figures]) -> list[Figures]:
    """Those no other one beats in all three and in people's time, by the exact figures."""
    rows = np.array(
        [[one.mean_loss, one.latency.mean_s, one.cost_usd, one.human_minutes] for one in found]
    )
    beaten = [
        np.any(np.all(rows <= row + 1e-12, axis=1) & np.any(rows < row - 1e-12, axis=1))
        for row in rows
    ]
    return [one for one, worse in zip(found, beaten, strict=True) if not worse]


def _within(one: Figures, slo: SLO) -> bool:
    """Whether a selection keeps the limits, at the rates the profile states."""
    asked = [
        (one.mean_loss, None if slo.reliability is None else -math.log(slo.reliability)),
        (one.cost_usd, slo.cost_usd),
        (one.latency.mean_s, slo.latency_mean_s),
        (one.latency.quantile_s(0.95), slo.latency_p95_s),
        (one.latency.quantile_s(slo.confidence), slo.latency_s),
    ]
    return all(limit is None or value <= limit for value, limit in asked)

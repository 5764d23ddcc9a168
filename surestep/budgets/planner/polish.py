"""Makes a plan better by exchanging options of one or two steps, held to the exact figures."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np

from surestep.budgets.planner.figures import Figures
from surestep.budgets.planner.problem import Problem
from surestep.budgets.planner.relaxed import relaxed, relaxed_clocks
from surestep.budgets.planner.selection.table import Choices, Floats
from surestep.budgets.planner.steering import Steering

_TRIES = 60
_PAIRS_UP_TO = 900
_COUNTED_UP_TO = 500_000
_CHECKED_UP_TO = 400


def polished(best: Figures, steering: Steering) -> Figures:
    """The plan after exchanges, each of which makes it better and keeps all limits."""
    for _ in range(3):
        for options in islice(_exchanges(best, steering), _TRIES):
            other = Figures(best.problem, options)
            if other.objective < best.objective * (1.0 - 1e-12) and other.keeps:
                best = other
                break
        else:
            break
    return best


def _exchanges(best: Figures, steering: Steering) -> Iterator[Choices]:
    """Selections that differ in one or two steps and look better, the best first."""
    table, options = steering.standing(), best.options
    steps = np.arange(len(options))
    gain = (table.values[steps, options][:, None] - table.values).ravel()
    taken = table.weights - table.weights[:, steps, options][..., None]
    taken = taken.reshape(len(table.limits), gain.size)
    left = table.room - table.used(options)
    moves = np.flatnonzero(table.live.ravel())
    found: list[tuple[float, tuple[int, ...]]] = [
        (float(gain[move]), (int(move),))
        for move in moves
        if gain[move] > 0.0 and np.all(taken[:, move] <= left)
    ]
    if len(moves) <= _PAIRS_UP_TO:
        found += _pairs(moves, gain, taken, left, table.values.shape[1])
    for _, move in sorted(found, key=lambda one: -one[0]):
        changed = options.copy()
        for place in move:
            step, option = divmod(place, table.values.shape[1])
            changed[step] = option
        yield changed


def _pairs(
    moves: Choices, gain: Floats, taken: Floats, left: Floats, width: int
) -> list[tuple[float, tuple[int, ...]]]:
    won = gain[moves][:, None] + gain[moves]
    able = (won > 0.0) & (moves[:, None] // width < moves // width)
    for row, room in zip(taken, left, strict=True):
        able &= row[moves][:, None] + row[moves] <= room
    first, second = np.nonzero(able)
    best = np.argsort(-won[first, second])[:_TRIES]
    return [
        (float(won[one, other]), (int(moves[one]), int(moves[other])))
        for one, other in zip(first[best], second[best], strict=True)
    ]


def closed(best: Figures | None, problem: Problem, bound: float) -> tuple[Figures | None, float]:
    """The optimum of a small problem and its bound, by looking at all that could be better.

    Problems with too many selections come back as they are.
    """
    counts = [len(step) for step in problem.options]
    if np.prod(np.array(counts, dtype=float)) > _COUNTED_UP_TO:
        return best, bound
    every = np.stack(np.unravel_index(np.arange(int(np.prod(counts))), counts), axis=1)
    steering = Steering(problem)
    table = relaxed(problem, steering.values)
    steps = np.arange(len(counts))
    values = table.values[steps, every].sum(axis=1)
    kept = values < (np.inf if best is None else best.objective)
    for row, room in zip(table.weights, table.room, strict=True):
        kept &= row[steps, every].sum(axis=1) <= room
    for clock in relaxed_clocks(problem) if problem.additive else ():
        kept &= clock.advance[steps, every].sum(axis=1) <= clock.room
    candidates = every[kept][np.argsort(values[kept], kind="stable")]
    for options in candidates[:_CHECKED_UP_TO]:
        other = Figures(problem, options)
        lowest = float(table.value(options))
        if best is not None and lowest >= best.objective:
            break
        if (best is None or other.objective < best.objective) and other.keeps:
            best = other
    else:
        if len(candidates) > _CHECKED_UP_TO:
            return best, max(bound, float(table.value(candidates[_CHECKED_UP_TO])))
    return best, np.inf if best is None else best.objective

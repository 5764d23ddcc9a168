"""Random planning problems for the solver: steps of different quality, treated in known ways."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from surestep.budgets.planner.selection.clocks import Clocked
from surestep.budgets.planner.selection.paths import Shape
from surestep.budgets.planner.selection.table import Floats, Table

Z95 = 1.6448536269514722

PANELS = [(1, 1, 2), (3, 2, 2), (4, 2, 2), (1, 1, 1), (2, 1, 2), (5, 3, 2), (3, 1, 3)]
"""Checks, how many refusals refuse, and retries."""
VOTES = [2, 3, 4]


@dataclass(frozen=True, slots=True)
class Instance:
    """One problem: least loss within a time and a cost.

    Attributes:
        table: losses and costs.
        clock: times, and the limit on every way through the graph.
        shape: the graph.
    """

    table: Table
    clock: Clocked
    shape: Shape

    @property
    def chained(self) -> Table:
        """A chain's problem with its one way among the limits."""
        return self.table.with_rows(self.clock.advance[None], np.array([self.clock.limit]))


def instance(steps: int, options: int, *, graph: bool, p95: bool, seed: int) -> Instance:
    """A random problem whose limits lie between the barest plan and the most reliable one.

    The 95th percentile enters by its tangent, as planners put it to a linear solver: a step adds
    mean + z var / (2 s), with s the deviation of a middling plan.
    """
    rng = np.random.default_rng(seed)
    figures = np.array([_step(rng, options, easy=steps >= 100) for _ in range(steps)])
    loss, mean, variance, cost = (figures[..., place] for place in range(4))
    deviation = math.sqrt(variance.mean(axis=1).sum())
    time = mean + Z95 * variance / (2.0 * deviation) if p95 else mean
    shape = Shape.of(_after(rng, steps) if graph else _chain(steps), [])
    best, every = loss.argmin(axis=1), np.arange(steps)
    quick = shape.longest(time.min(axis=1), time.min(axis=1))[0]
    slow = shape.longest(time[every, best], time[every, best])[0]
    cheap, dear = cost.min(axis=1).sum(), cost[every, best].sum()
    tight = rng.uniform(0.2, 0.7, size=2)
    limits = np.array([cheap + tight[0] * (dear - cheap)])
    table = Table(loss, cost[None], limits, np.ones(loss.shape, dtype=bool))
    return Instance(table, Clocked(time, time, quick + tight[1] * (slow - quick)), shape)


def _step(rng: np.random.Generator, options: int, *, easy: bool) -> Floats:
    """Loss, mean time, its variance, and cost of a step's options."""
    right = rng.uniform(0.85, 0.995) ** (0.3 if easy else 1.0)
    work_s, dollars = rng.lognormal(0.0, 0.5), rng.lognormal(0.0, 0.6)
    check_s, fee = work_s * rng.uniform(0.1, 1.2), dollars * rng.uniform(0.05, 1.0)
    catches, refuses = rng.uniform(0.7, 0.97), rng.uniform(0.01, 0.12)
    found = [(-math.log(right), work_s, 0.25 * work_s**2, dollars)]
    for checks, needed, retries in PANELS:
        bad, good = _tail(checks, needed, catches), _tail(checks, needed, refuses)
        again = right * good + (1.0 - right) * bad
        tries = (1.0 - again ** (retries + 1)) / (1.0 - again)
        done = right * (1.0 - good) * tries
        once_s, price = work_s + check_s, dollars + checks * fee
        spread = tries * again * once_s**2 + 0.25 * tries * once_s**2
        found.append((-math.log(done), tries * once_s, spread, tries * price))
    for ahead in VOTES:
        odds = ((1.0 - right) / right) ** ahead
        samples = ahead / (2.0 * right - 1.0) * (1.0 - odds) / (1.0 + odds)
        waves = 1.0 + (samples - ahead) / 2.0
        spread = (waves - 1.0 + 0.25) * work_s**2
        found.append((math.log1p(odds), waves * work_s, spread, samples * dollars))
    slow = (-math.log(1.0 - (1.0 - right) / 3.0), 2.0 * work_s, work_s**2, 4.0 * dollars)
    mixed = [*found[:3], found[8], found[9], found[3], slow, found[4], *found[5:8], found[10]]
    return np.array(mixed[:options])


def _tail(checks: int, needed: int, rate: float) -> float:
    counts = range(needed, checks + 1)
    return sum(math.comb(checks, n) * rate**n * (1.0 - rate) ** (checks - n) for n in counts)


def _chain(steps: int) -> dict[str, list[str]]:
    return {str(step): [str(step - 1)] if step else [] for step in range(steps)}


def _after(rng: np.random.Generator, steps: int) -> dict[str, list[str]]:
    """Each step follows one to three of the eight before it."""
    after: dict[str, list[str]] = {}
    for step in range(steps):
        near = np.arange(max(0, step - 8), step)
        count = min(len(near), int(rng.integers(1, 4)))
        after[str(step)] = [str(one) for one in rng.choice(near, count, replace=False)]
    return after

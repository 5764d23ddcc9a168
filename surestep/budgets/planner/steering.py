"""Linear stand-ins for what does not add up, steered until the exact figures keep the limits.

A quantile of a sum is stood in for by mean + z sd, and the root in it by its tangent, which is
linear and on the safe side: mean + z var / (2 s) <= limit - z s / 2, with s the deviation of the
last selection. The limits themselves are then moved by what the exact figures turn out to be.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from surestep.budgets.planner.figures import Figures
from surestep.budgets.planner.problem import Problem
from surestep.budgets.planner.selection.clocks import Clocked
from surestep.budgets.planner.selection.table import Floats, Table

# A limit counts as met closely enough once this share of it is left.
_CLOSE = 5e-4


@dataclass(slots=True)
class Steered:
    """A limit that is moved between what was too much and what was kept.

    Attributes:
        name: the field of the SLO it stands for.
        limit: what the exact figure has to keep.
        aim: what the stand-in has to keep at present.
        z: how many deviations the stand-in lies above the mean.
        deviation: of the last selection; where the tangent touches.
    """

    name: str
    limit: float
    aim: float
    z: float
    deviation: float
    kept: float = -math.inf
    broken: float = math.inf

    @classmethod
    def of(cls, name: str, limit: float, share: float | None = None) -> Steered:
        """A limit on a quantile of which `share` lies below, or on a mean."""
        z = NormalDist().inv_cdf(share) if share is not None else 0.0
        return cls(name, limit, limit, z, 0.0)

    def weights(self, mean: Floats, variance: Floats) -> Floats:
        """What options add to the stand-in."""
        return mean + self.z * variance / (2.0 * self.deviation) if self.deviation else mean

    @property
    def right(self) -> float:
        """What the sum of those has to keep."""
        return self.aim - self.z * self.deviation / 2.0

    def ease(self) -> bool:
        """Ask for less, because nothing keeps what is asked for; `False` if that is no way out."""
        self.kept = max(self.kept, self.aim)
        if self.broken < math.inf:
            self.aim = (self.kept + self.broken) / 2.0
            return self.broken - self.kept > _CLOSE * abs(self.limit)
        self.aim += 0.25 * self.z * self.deviation
        return self.z * self.deviation > 0.0 and self.aim < self.limit + 3.0 * self.deviation

    def learn(self, value: float, deviation: float) -> bool:
        """Move the aim by what an exact figure came to; `False` if it stays."""
        moved = abs(deviation - self.deviation) > 0.02 * deviation and self.z != 0.0
        self.deviation = deviation
        before = self.aim
        if value > self.limit * (1.0 + 1e-9):
            self.broken = min(self.broken, self.aim)
            self.aim -= 1.2 * (value - self.limit) + _CLOSE * abs(self.limit)
            if self.kept > -math.inf:
                self.aim = max(self.aim, (self.kept + self.broken) / 2.0)
        else:
            self.kept = max(self.kept, self.aim)
            if self.limit - value > _CLOSE * abs(self.limit):
                self.aim += self.limit - value
                if self.broken < math.inf:
                    self.aim = min(self.aim, (self.kept + self.broken) / 2.0)
        return moved or abs(self.aim - before) > _CLOSE * abs(self.limit)


class Steering:
    """The linear stand-in of a problem, and what moves it."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        aims = problem.aims
        self.values = _values(problem)
        self.of_value = Steered.of("objective", math.inf, aims.confidence)
        self.loss = (
            None if aims.loss is None else Steered.of("reliability", aims.loss, aims.confidence)
        )
        self.times = [Steered.of(name, limit, share) for name, share, limit in aims.quantiles]
        if aims.latency_mean_s is not None:
            self.times.append(Steered.of("latency_mean_s", aims.latency_mean_s))

    def table(self) -> Table:
        """Everything but time at present."""
        problem = self.problem
        rows, limits = linear_rows(problem)
        values = self.values
        if problem.uncertain:
            if problem.aims.objective == "reliability":
                values = self.of_value.weights(problem.loss_mean, problem.loss_variance)
            if self.loss is not None:
                rows.append(self.loss.weights(problem.loss_mean, problem.loss_variance))
                limits.append(self.loss.right)
        elif self.loss is not None:
            rows.append(problem.loss)
            limits.append(self.loss.limit)
        weights = np.array(rows).reshape(len(limits), *values.shape)
        return Table(values, weights, np.array(limits), problem.live)

    def clocks(self) -> list[Clocked]:
        """The limits on time at present."""
        it = self.problem
        return [
            Clocked(
                time.weights(it.advance_s, it.advance_s2),
                time.weights(it.settled_s, it.settled_s2),
                time.right,
            )
            for time in self.times
        ]

    def ease(self) -> bool:
        """Ask for less where that is possible; `False` if it is nowhere."""
        softened = [*self.times, *([self.loss] if self.loss and self.problem.uncertain else [])]
        eased = [one.ease() for one in softened]
        return any(eased)

    def standing(self) -> Table:
        """Everything at present, with time as if all steps were on one way."""
        table = self.table()
        for clock in self.clocks():
            table = table.with_rows(clock.advance[None], np.array([clock.limit]))
        return table

    def learn(self, figures: Figures) -> bool:
        """Move the stand-ins by an exact selection; `False` if all stay where they are."""
        problem, exact = self.problem, {one.name: one.value for one in figures.limited()}
        moved = False
        if problem.uncertain:
            deviation = float(figures.losses.std())
            if problem.aims.objective == "reliability":
                moved |= abs(deviation - self.of_value.deviation) > 0.02 * deviation
                self.of_value.deviation = deviation
            if self.loss is not None:
                moved |= self.loss.learn(exact["reliability"], deviation)
        for time in self.times:
            if not (time.z == 0.0 and problem.additive):
                deviation = math.sqrt(figures.latency.variance_s2)
                moved |= time.learn(exact[time.name], deviation)
        return moved


def linear_rows(problem: Problem) -> tuple[list[Floats], list[float]]:
    """The limits on what adds up exactly: cost and people's minutes."""
    aims = problem.aims
    both = ((problem.cost_usd, aims.cost_usd), (problem.human_minutes, aims.human_minutes))
    kept = [(row, limit) for row, limit in both if limit is not None]
    return [row for row, _ in kept], [limit for _, limit in kept]


def _values(problem: Problem) -> Floats:
    match problem.aims.objective:
        case "cost_usd":
            return problem.cost_usd
        case "human_minutes":
            return problem.human_minutes
        case "latency_mean_s" | "latency_p95_s":
            return problem.advance_s
        case "reliability":
            return problem.loss_mean

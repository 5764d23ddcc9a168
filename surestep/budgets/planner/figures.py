"""What a selection comes to, exactly: the figures the aims are held against."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from surestep.budgets.algebra.law import Law
from surestep.budgets.algebra.makespan import makespan
from surestep.budgets.planner.options import Option
from surestep.budgets.planner.problem import Problem
from surestep.budgets.planner.selection.table import TOLERANCE, Choices, Floats


@dataclass(frozen=True, slots=True)
class Kept:
    """A limit, and what a selection comes to there.

    Attributes:
        name: the field of the SLO.
        value: what the selection comes to; for the reliability, its -ln at the confidence.
        limit: what it may come to, in the same unit.
    """

    name: str
    value: float
    limit: float

    @property
    def holds(self) -> bool:
        """Whether the limit is kept, up to rounding."""
        return self.value <= self.limit + TOLERANCE * max(1e-6, abs(self.limit))


@dataclass(frozen=True, eq=False)
class Figures:
    """What one option per step comes to.

    Attributes:
        problem: what is chosen among.
        options: the option of each step.
    """

    problem: Problem
    options: Choices

    @cached_property
    def chosen(self) -> tuple[Option, ...]:
        """The option of each step."""
        pairs = zip(self.problem.options, self.options, strict=True)
        return tuple(step[option] for step, option in pairs)

    @cached_property
    def losses(self) -> Floats:
        """-ln P(right result) under every draw of the uncertain rates; one entry if none is."""
        if not self.problem.uncertain:
            return np.array([self.mean_loss])
        steps = np.arange(len(self.options))
        return np.asarray(self.problem.losses[steps, self.options].sum(axis=0))

    @cached_property
    def mean_loss(self) -> float:
        """-ln P(right result) at the rates the profile states."""
        return math.fsum(one.loss for one in self.chosen)

    @cached_property
    def loss(self) -> float:
        """-ln of the P(right result) that is met at the confidence of the aims."""
        return float(np.quantile(self.losses, self.problem.aims.confidence))

    @cached_property
    def cost_usd(self) -> float:
        """Mean price of a run, in US dollars."""
        return math.fsum(one.cost_usd for one in self.chosen)

    @cached_property
    def human_minutes(self) -> float:
        """Mean minutes of people's time per run."""
        return math.fsum(one.human_minutes for one in self.chosen)

    @cached_property
    def latency(self) -> Law:
        """The machine time of a run."""
        problem = self.problem
        steps = {name: one.treated for name, one in zip(problem.names, self.chosen, strict=True)}
        return makespan(steps, problem.profile.after, barriers=problem.barriers)

    @cached_property
    def objective(self) -> float:
        """What is to be made small."""
        match self.problem.aims.objective:
            case "reliability":
                return self.loss
            case "latency_mean_s":
                return self.latency.mean_s
            case "latency_p95_s":
                return self.latency.quantile_s(0.95)
            case "cost_usd":
                return self.cost_usd
            case "human_minutes":
                return self.human_minutes

    def limited(self) -> Iterator[Kept]:
        """Each limit of the aims; those on time last, as they take longest to look up."""
        aims = self.problem.aims
        if aims.cost_usd is not None:
            yield Kept("cost_usd", self.cost_usd, aims.cost_usd)
        if aims.human_minutes is not None:
            yield Kept("human_minutes", self.human_minutes, aims.human_minutes)
        if aims.loss is not None:
            yield Kept("reliability", self.loss, aims.loss)
        if aims.latency_mean_s is not None:
            yield Kept("latency_mean_s", self.latency.mean_s, aims.latency_mean_s)
        for name, share, limit_s in aims.quantiles:
            yield Kept(name, self.latency.quantile_s(share), limit_s)

    @cached_property
    def keeps(self) -> bool:
        """Whether all limits are kept."""
        return all(one.holds for one in self.limited())

"""A planning problem: the options of every step, the graph between them, and the aims."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from surestep.budgets.planner.aims import Aims
from surestep.budgets.planner.elasticity import Spread
from surestep.budgets.planner.options import Option
from surestep.budgets.planner.selection.paths import Shape
from surestep.budgets.planner.selection.table import Floats
from surestep.budgets.profile import Profile


@dataclass(frozen=True, eq=False)
class Problem:
    """What is chosen among.

    All arrays have the shape (steps, options); steps with fewer options repeat their last.

    Attributes:
        profile: what it was made from, its uncertain rates at their means.
        aims: the objective and the limits.
        names: the steps, each after all that it follows.
        options: the options of each step.
        shape: the graph between the steps.
        spreads: for each step and option, its figures under draws of the uncertain rates; empty
            if all rates are stated.
    """

    profile: Profile
    aims: Aims
    names: tuple[str, ...]
    options: tuple[tuple[Option, ...], ...]
    shape: Shape
    spreads: tuple[tuple[Spread, ...], ...] = ()

    @cached_property
    def barriers(self) -> tuple[str, ...]:
        """The steps that start only when everything before them is settled."""
        pairs = zip(self.names, self.shape.waited, strict=True)
        return tuple(name for name, waited in pairs if waited)

    @property
    def uncertain(self) -> bool:
        """Whether any rate is."""
        return bool(self.spreads)

    @cached_property
    def chain(self) -> bool:
        """Whether each step follows just the one before it."""
        return self.shape.chain

    @cached_property
    def additive(self) -> bool:
        """Whether the time of a run is the sum of those of its steps, whatever is chosen."""
        return self.chain and bool(np.all(self.settled_s - self.advance_s <= 1e-12))

    @cached_property
    def live(self) -> NDArray[np.bool_]:
        """Which entries of the arrays do not repeat another."""
        counts = np.array([len(step) for step in self.options])
        return np.asarray(np.arange(counts.max()) < counts[:, None])

    def each(self, figure: Callable[[Option], float]) -> Floats:
        """A figure of every option."""
        return padded([[figure(one) for one in step] for step in self.options])

    @cached_property
    def loss(self) -> Floats:
        """-ln P(the step does not spoil the run)."""
        return self.each(lambda one: one.loss)

    @cached_property
    def cost_usd(self) -> Floats:
        """Mean prices of a run."""
        return self.each(lambda one: one.cost_usd)

    @cached_property
    def human_minutes(self) -> Floats:
        """Mean minutes of people's time per run."""
        return self.each(lambda one: one.human_minutes)

    @cached_property
    def advance_s(self) -> Floats:
        """Mean times until the output is there."""
        return self.each(lambda one: one.treated.advance.mean_s)

    @cached_property
    def settled_s(self) -> Floats:
        """Mean times until it is settled."""
        return self.each(lambda one: one.treated.settled.mean_s)

    @cached_property
    def advance_s2(self) -> Floats:
        """Variances of the times until the output is there."""
        return self.each(lambda one: one.treated.advance.variance_s2)

    @cached_property
    def settled_s2(self) -> Floats:
        """Variances of the times until it is settled."""
        return self.each(lambda one: one.treated.settled.variance_s2)

    @cached_property
    def losses(self) -> Floats:
        """The loss of every option under every draw, shape (steps, options, draws)."""
        rows = []
        for name, step in zip(self.names, self.spreads, strict=True):
            known = self.profile.steps[name]
            harm = np.array([one.stopped + known.criticality * one.wrong for one in step])
            rows.append(-known.visits * np.log(np.maximum(1.0 - harm, 1e-300)))
        return padded(rows)

    @cached_property
    def loss_variance(self) -> Floats:
        """Variances of the losses over what is uncertain."""
        return np.asarray(self.losses.var(axis=2))

    @cached_property
    def loss_mean(self) -> Floats:
        """Means of the losses over what is uncertain; the plain losses if nothing is."""
        return np.asarray(self.losses.mean(axis=2)) if self.uncertain else self.loss


def padded(rows: Sequence[Sequence[float] | Floats]) -> Floats:
    """Rows of different lengths as one array; each repeats its last entry."""
    widest = max(map(len, rows))
    return np.array([np.asarray(row)[np.minimum(np.arange(widest), len(row) - 1)] for row in rows])

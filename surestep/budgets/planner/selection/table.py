"""One choice per step, sums under limits: the planning problem as arrays.

This is a multiple-choice knapsack problem with several limits. Everything a plan is made of that
adds up over steps takes this form; `choose` solves it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Choices: TypeAlias = NDArray[np.int64]

# Sums are compared with limits to this share, as sums in another order differ by rounding.
TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """What each option of each step adds to the objective and to the limited amounts.

    Attributes:
        values: shape (steps, options); what an option adds to the sum to be made small.
        weights: shape (limits, steps, options); what it adds to each limited sum, at least 0.
        limits: shape (limits,); what those sums may reach.
        live: shape (steps, options); `False` where an entry only repeats another one, because
            its step has fewer options.
    """

    values: Floats
    weights: Floats
    limits: Floats
    live: NDArray[np.bool_]

    @classmethod
    def of(
        cls, values: Sequence[Sequence[float]], weights: Sequence[Floats], limits: Floats
    ) -> Self:
        """The table of steps with different numbers of options.

        Args:
            values: for each step, for each of its options, what it adds to the objective.
            weights: for each step, an array of shape (limits, its options).
            limits: what the sums may reach.
        """
        widest = max(map(len, values))
        places = [_padded(len(step), widest) for step in values]
        return cls(
            np.array([np.asarray(step)[at] for step, at in zip(values, places, strict=True)]),
            np.stack([step[:, at] for step, at in zip(weights, places, strict=True)], axis=1),
            np.asarray(limits, dtype=float),
            np.array([np.arange(widest) < len(step) for step in values]),
        )

    @property
    def room(self) -> Floats:
        """The limits, each by the rounding that is forgiven above it."""
        return self.limits + TOLERANCE * np.maximum(1e-6, np.abs(self.limits))

    def value(self, options: Choices) -> float:
        """The objective of one option per step."""
        return float(self.values[np.arange(len(options)), options].sum())

    def used(self, options: Choices) -> Floats:
        """The limited sums of one option per step."""
        return np.asarray(self.weights[:, np.arange(len(options)), options].sum(axis=1))

    def fits(self, options: Choices) -> bool:
        """Whether one option per step keeps all limits."""
        return bool(np.all(self.used(options) <= self.room))

    def live_ones(self, options: Choices) -> Choices:
        """The same selection without entries that repeat another one."""
        steps = np.arange(len(options))
        return np.where(self.live[steps, options], options, self.live.argmax(axis=1))

    def with_rows(self, weights: Floats, limits: Floats) -> Table:
        """This table with further limits below its own."""
        return Table(
            self.values,
            np.concatenate([self.weights, weights]),
            np.concatenate([self.limits, limits]),
            self.live,
        )

    def only(self, limits: NDArray[np.bool_]) -> Table:
        """This table with some of its limits."""
        return Table(self.values, self.weights[limits], self.limits[limits], self.live)

    def without(self, dead: NDArray[np.bool_]) -> Table:
        """This table without some options; a step that would lose its last one keeps it all.

        The entries of an option that goes are replaced by those of one that stays, which keeps
        the arrays rectangular.
        """
        live = self.live & ~dead
        # Each entry that goes repeats the first that stays, which `live_ones` relies on.
        stay = np.where(live, np.arange(live.shape[1]), live.argmax(axis=1)[:, None])
        rows = np.arange(len(live))[:, None]
        return Table(self.values[rows, stay], self.weights[:, rows, stay], self.limits, live)


def _padded(count: int, widest: int) -> NDArray[np.int64]:
    return np.minimum(np.arange(widest), count - 1)

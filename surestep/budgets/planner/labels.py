"""Partial selections in blocks, with the best completion and the best bound of each.

A label says what the first steps of an order have been given. For a bundle of prices the rest of
the steps is settled beforehand: what it adds to value and limits, and the bound it gives. Bounding
and completing thousands of labels is then a few matrix products.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surestep.budgets.planner.duals import Duals
from surestep.budgets.planner.table import Choices, Floats, Table

_FACTORS = (0.0, 0.5, 0.8, 0.9, 1.0, 1.1, 1.25, 2.0)
# With many limits only these are tried on one price alone.
_ONE = (0.0, 0.8, 1.25)
_LATEST = 24


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """Some partial selections that have decided equally many steps.

    Attributes:
        level: how many steps are decided.
        values: shape (labels,); their objective so far.
        used: shape (labels, limits); their limited sums so far.
        options: shape (labels, steps); what was chosen, in the order of deciding.
        bounds: shape (labels,); no completion has a lower value.
    """

    level: int
    values: Floats
    used: Floats
    options: NDArray[np.int16]
    bounds: Floats

    def those(self, which: NDArray[np.int64] | NDArray[np.bool_]) -> Labels:
        """Some of these labels."""
        return Labels(
            self.level,
            self.values[which],
            self.used[which],
            self.options[which],
            self.bounds[which],
        )


class Rest:
    """What the steps from each level on add, for each of a bundle of prices.

    Args:
        table: the problem.
        order: the steps in the order in which they are decided.
        prices: the bundle, shape (prices, limits).
    """

    def __init__(self, table: Table, order: Choices, prices: Floats) -> None:
        self.limits, self.room = table.limits, table.room
        self.values = table.values[order]
        self.weights = table.weights[:, order]
        self.live = table.live[order]
        self.least = _from_each(self.weights.min(axis=2))
        empty = np.zeros((0, len(order)))
        self.prices = np.zeros((0, len(table.limits)))
        self.options = empty.astype(np.int64)
        self.charged = self.value = _from_each(empty)
        self.used = _from_each(np.zeros((len(table.limits), *empty.shape)))
        self.learn(prices)

    def learn(self, prices: Floats) -> None:
        """Take further prices into the bundle."""
        charged = self.values + np.tensordot(prices, self.weights, axes=1)
        options = charged.argmin(axis=2)
        steps = np.arange(len(self.values))
        sums = _from_each(np.take_along_axis(charged, options[..., None], 2)[..., 0])
        sums -= (prices @ self.limits)[:, None]
        value = _from_each(self.values[steps, options])
        used = _from_each(self.weights[:, steps, options])
        self.prices = np.concatenate([self.prices, prices])
        self.options = np.concatenate([self.options, options])
        self.charged = np.concatenate([self.charged, sums])
        self.value = np.concatenate([self.value, value])
        self.used = np.concatenate([self.used, used], axis=1)

    def after(self, labels: Labels, label: int) -> Table:
        """What is left to decide after one label."""
        rest = slice(labels.level, None)
        limits = self.limits - labels.used[label]
        return Table(self.values[rest], self.weights[:, rest], limits, self.live[rest])

    def root(self) -> Labels:
        """The one label that has decided nothing."""
        limits, steps = len(self.room), len(self.values)
        bound = self.charged[:, 0].max(keepdims=True)
        undecided = np.zeros((1, steps), dtype=np.int16)
        return Labels(0, np.zeros(1), np.zeros((1, limits)), undecided, bound)

    def extended(self, labels: Labels, options: Choices, below: float) -> Labels:
        """The labels with one step more decided that can still be completed below a value."""
        level = labels.level + 1
        values = (labels.values[:, None] + self.values[labels.level, options]).ravel()
        weights = self.weights[:, labels.level, options].T
        used = (labels.used[:, None] + weights).reshape(len(values), len(self.room))
        bounds = (values[:, None] + used @ self.prices.T + self.charged[:, level]).max(axis=1)
        fits = np.all(used + self.least[:, level] <= self.room, axis=1)
        kept = np.flatnonzero(fits & (bounds < below))
        chosen = labels.options[kept // len(options)]
        chosen[:, labels.level] = options[kept % len(options)]
        return Labels(level, values[kept], used[kept], chosen, bounds[kept])

    def completed(self, labels: Labels) -> tuple[float, Choices]:
        """The best selection that settles the rest by one of the prices, and its value.

        The value is infinite if none of them keeps the limits.
        """
        after = self.used[:, :, labels.level]
        fits = np.ones((len(labels.values), after.shape[1]), dtype=bool)
        for row, room in enumerate(self.room):
            fits &= labels.used[:, row, None] + after[row] <= room
        totals = np.where(fits, labels.values[:, None] + self.value[:, labels.level], np.inf)
        label, rest = divmod(int(totals.argmin()), totals.shape[1])
        options = labels.options[label].astype(np.int64)
        options[labels.level :] = self.options[rest, labels.level :]
        return float(totals[label, rest]), options


def bundle(found: Duals) -> Floats:
    """Prices around the best ones: those met on the way to them, and multiples of them."""
    prices = found.prices
    count = len(prices)
    if count <= 2:
        factors = np.array(list(itertools.product(_FACTORS, repeat=count)))
    else:
        single = [
            1.0 + np.eye(count) * (factor - 1.0) for factor in (_ONE if count > 3 else _FACTORS)
        ]
        factors = np.concatenate([*single, np.outer(_FACTORS, np.ones(count))])
    around = np.concatenate([factors * prices, found.tried[-_LATEST:]])
    return np.asarray(np.unique(np.round(around, 14), axis=0))


def _from_each(amounts: Floats) -> Floats:
    """Sums over the steps from each on, with a 0 at the end."""
    sums = np.zeros((*amounts.shape[:-1], amounts.shape[-1] + 1))
    sums[..., :-1] = amounts[..., ::-1].cumsum(axis=-1)[..., ::-1]
    return sums

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
_LATEST = 40


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
        self.room = table.room
        self.prices = prices
        self.values = table.values[order]
        self.weights = table.weights[:, order]
        charged = self.values + np.tensordot(prices, self.weights, axes=1)
        self.options = charged.argmin(axis=2)
        steps = np.arange(len(order))
        self.charged = _from_each(np.take_along_axis(charged, self.options[..., None], 2)[..., 0])
        self.charged -= (prices @ table.limits)[:, None]
        self.value = _from_each(self.values[steps, self.options])
        self.used = _from_each(self.weights[:, steps, self.options])
        self.least = _from_each(self.weights.min(axis=2))

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
        used = (labels.used[:, None] + weights).reshape(len(values), -1)
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
    if len(prices) <= 2:
        factors = np.array(list(itertools.product(_FACTORS, repeat=len(prices))))
    else:
        single = np.ones((len(prices) * len(_FACTORS), len(prices)))
        for row, factor in enumerate(_FACTORS):
            single[row :: len(_FACTORS)] += np.eye(len(prices)) * (factor - 1.0)
        factors = np.concatenate([single, np.outer(_FACTORS, np.ones(len(prices)))])
    all_of_them = np.concatenate([prices[None], factors * prices, found.tried[-_LATEST:]])
    return np.asarray(np.unique(np.round(all_of_them, 14), axis=0))


def _from_each(amounts: Floats) -> Floats:
    """Sums over the steps from each on, with a 0 at the end."""
    sums = np.zeros((*amounts.shape[:-1], amounts.shape[-1] + 1))
    sums[..., :-1] = amounts[..., ::-1].cumsum(axis=-1)[..., ::-1]
    return sums

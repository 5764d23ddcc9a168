"""What the limits are worth: the best Lagrangian bound of a table, and how it comes about.

With a price on every limit each step chooses alone, which gives a lower bound. The best prices are
the dual solution of the linear programme over mixtures of options. Each step has one basic option,
its key, so the basis that is left has just a row per limit (generalised upper bounds, Dantzig and
Van Slyke 1967). The dual simplex on it begins with no price at all and never needs a feasible
selection; it goes on where it was when limits are added.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surestep.budgets.planner.selection.table import Choices, Floats, Table

_PIVOTS = 3000
# After so many pivots the inverse is computed afresh, as rounding adds up.
_FRESH = 50
_ROUNDED = 1e-9
# A pivot smaller than this share of its row is rounding.
_SMALL = 1e-8


@dataclass(frozen=True, slots=True, eq=False)
class Basis:
    """Which options a relaxed solution is made of.

    Attributes:
        keys: an option of each step, as its place among all options.
        extras: one per limit: a further option that is mixed in, or, from the number of options
            on, a limit that is not used up.
    """

    keys: Choices
    extras: Choices


@dataclass(frozen=True, slots=True, eq=False)
class Duals:
    """The best prices of the limits.

    Attributes:
        bound: no selection that keeps the limits has a lower value; infinite if none keeps them.
        prices: what one unit more of each limit would save; at least 0.
        mixture: shape (steps, options); the relaxed solution that the bound belongs to.
        basis: what that is made of.
        charged: shape (steps, options); the values and, at the prices, the weights; infinite
            where an option is not open.
    """

    bound: float
    prices: Floats
    mixture: Floats
    basis: Basis
    charged: Floats


def duals(table: Table, before: Duals | None = None) -> Duals:
    """The best Lagrangian bound of a table, exact up to rounding.

    Args:
        table: the table.
        before: what was found for it with fewer of its limits, to go on from.
    """
    return Simplex(table).solve(before.basis if before else None)


class Simplex:
    """Finds the best prices of a table, again and again for parts of its options.

    Args:
        table: the table.
    """

    def __init__(self, table: Table) -> None:
        steps, options = table.values.shape
        self.shape = (steps, options)
        self.values = table.values.ravel()
        self.live = table.live
        self.step = np.repeat(np.arange(steps), options)
        self.scale = self.right = np.zeros(0)
        self.flat = np.zeros((0, steps * options))
        self.limit(table.weights, table.room)

    def limit(self, weights: Floats, room: Floats) -> None:
        """Add limits below those there are."""
        flat = weights.reshape(len(weights), self.flat.shape[1])
        scale = 1.0 / np.maximum(np.ptp(flat, axis=1), 1e-12)
        self.scale = np.append(self.scale, scale)
        self.flat = np.concatenate([self.flat, flat * scale[:, None]])
        self.right = np.append(self.right, room * scale)

    def solve(
        self,
        basis: Basis | None = None,
        *,
        open_: NDArray[np.bool_] | None = None,
        below: float = np.inf,
    ) -> Duals:
        """The best prices.

        Args:
            basis: what was found with fewer limits or more options, to go on from.
            open_: shape (steps, options); the options there are, all of them if left out.
            below: the bound at which it may stop.
        """
        self.open = (self.live if open_ is None else open_ & self.live).ravel()
        self.infeasible = False
        self._begin(basis)
        for count in range(1, _PIVOTS):
            if not self._pivot() or self._reached() > below:
                break
            if count % _FRESH == 0:
                self._refresh()
        return self._result()

    def _begin(self, basis: Basis | None) -> None:
        """Take up a basis, with the slacks of what it does not know of, or begin with slacks."""
        slacks = len(self.values) + np.arange(len(self.right))
        if basis is not None:
            self.keys = basis.keys.copy()
            self.extras = np.concatenate([basis.extras, slacks[len(basis.extras) :]])
            self._open_keys()
            self._refresh()
            free = ~self._held()
            self._rekey(np.where(free, self._cheapest(self.charged), self.keys))
        if basis is None or not self._sound():
            self.extras = slacks
            self.keys = self._cheapest(np.where(self.open, self.values, np.inf))
            self._refresh()

    def _sound(self) -> bool:
        """Whether no open option is cheaper than its step's key."""
        keys = self.charged[self.keys]
        return bool(np.all(np.isfinite(keys)) and np.all(self.charged - keys[self.step] > -1e-7))

    def _open_keys(self) -> None:
        """Make an extra the key of each step whose key is not open, where it has one."""
        for place in self.mixed:
            extra = int(self.extras[place])
            step = self.step[extra]
            if self.open[extra] and not self.open[self.keys[step]]:
                self.extras[place], self.keys[step] = self.keys[step], extra

    def _held(self) -> NDArray[np.bool_]:
        """Which steps have more options in the basis than their key."""
        held = np.zeros(self.shape[0], dtype=bool)
        held[self.step[self.extras[self.mixed]]] = True
        return held

    @property
    def mixed(self) -> NDArray[np.int64]:
        """Where the basis has an option rather than a slack."""
        return np.asarray((self.extras < len(self.values)).nonzero()[0])

    def _cheapest(self, amounts: Floats) -> Choices:
        """The least of each step, as places among all options."""
        steps, options = self.shape
        return np.asarray(np.arange(steps) * options + amounts.reshape(self.shape).argmin(axis=1))

    def _column(self, entry: int) -> Floats:
        """What an option adds beyond its step's key, or a slack, to each limit."""
        if entry < len(self.values):
            return np.asarray(self.flat[:, entry] - self.flat[:, self.keys[self.step[entry]]])
        column = np.zeros(len(self.right))
        column[entry - len(self.values)] = 1.0
        return column

    def _refresh(self) -> None:
        """Compute everything from the basis alone."""
        mixed = self.mixed
        options = self.extras[mixed]
        keys = self.keys[self.step[options]]
        basis = np.zeros((len(self.right), len(self.right)))
        slack = np.flatnonzero(self.extras >= len(self.values))
        basis[self.extras[slack] - len(self.values), slack] = 1.0
        basis[:, mixed] = self.flat[:, options] - self.flat[:, keys]
        self.inverse = np.linalg.inv(basis)
        costs = np.zeros(len(self.right))
        costs[mixed] = self.values[options] - self.values[keys]
        self.prices = -costs @ self.inverse
        self.charged = np.where(self.open, self.values + self.prices @ self.flat, np.inf)
        self.load = self.flat[:, self.keys].sum(axis=1)

    def _dear(self) -> Floats:
        """What each option costs more than its step's key, at the prices."""
        return np.asarray(self.charged - self.charged[self.keys][self.step])

    def _levels(self) -> tuple[Floats, Floats]:
        """How much of each extra the solution has, and of the key of each."""
        level = self.inverse @ (self.right - self.load)
        options = self.mixed
        steps = self.step[self.extras[options]]
        shares = 1.0 - np.bincount(steps, level[options], minlength=self.shape[0])
        keys = np.ones(len(level))
        keys[options] = shares[steps]
        return level, keys

    def _reached(self) -> float:
        return float(self.charged[self.keys].sum() - self.prices @ self.right)

    def _pivot(self) -> bool:
        """Take what must not be there out of the solution; `False` if nothing is, or helps."""
        if not len(self.right):
            return False
        level, keys = self._levels()
        row, sign = int(np.minimum(level, keys).argmin()), 1.0
        closed = self._closed()
        if len(closed) and np.abs(level[closed]).max() > _ROUNDED:
            # What is closed has to come to 0 before anything else, from either side.
            row = int(closed[np.abs(level[closed]).argmax()])
            sign = -float(np.sign(level[row]))
        elif keys[row] < min(level[row], -_ROUNDED):
            row = self._swap(row, level)
            level, _ = self._levels()
        if sign * level[row] >= -_ROUNDED:
            return False
        effect = sign * self.inverse[row]
        across = effect @ self.flat
        entering, length = self._entering(effect, across, float(abs(level[row])))
        if entering is None:
            self.infeasible = self._proves(effect)
            return False
        return self._enter(entering, row, length, effect, across)

    def _closed(self) -> NDArray[np.int64]:
        """Where the basis has an option that is not open."""
        options = self.mixed
        return np.asarray(options[~self.open[self.extras[options]]])

    def _swap(self, row: int, level: Floats) -> int:
        """Make the largest extra of a step its key, and the key that extra."""
        places = self.mixed
        step = self.step[self.extras[row]]
        mine = places[self.step[self.extras[places]] == step]
        able = np.where(self.open[self.extras[mine]], level[mine], -np.inf)
        row = int(mine[able.argmax()])
        old, new = int(self.keys[step]), int(self.extras[row])
        self.load = self.load + self.flat[:, new] - self.flat[:, old]
        self.keys[step], self.extras[row] = new, old
        self.inverse[row] = -self.inverse[mine].sum(axis=0)
        return row

    def _entering(self, effect: Floats, across: Floats, short: float) -> tuple[int | None, float]:
        """What enters so that an extra comes up from `-short` to 0, and how far prices go.

        Keys change on the way where their steps have no extras, as long as it stays below 0.
        """
        gain = across[self.keys][self.step] - across
        tiny = _SMALL * float(np.abs(effect).max())
        able = gain > tiny
        lengths = np.full(len(gain), np.inf)
        lengths[able] = np.maximum(self._dear()[able], 0.0) / gain[able]
        held = self._held()
        stuck = np.where(held[self.step], lengths, np.inf)
        entering, furthest = int(stuck.argmin()), float(stuck.min())
        down = np.flatnonzero(effect < -tiny)
        if len(down):
            slack = down[int((np.maximum(self.prices[down], 0.0) / -effect[down]).argmin())]
            at = max(0.0, float(self.prices[slack])) / -float(effect[slack])
            if at < furthest:
                entering, furthest = len(self.values) + int(slack), at
        first = int(lengths.argmin())
        if lengths[first] < furthest and gain[first] >= short:
            return first, float(lengths[first])
        return self._line(across, held, short, entering, furthest)

    def _line(
        self, across: Floats, held: NDArray[np.bool_], short: float, stuck: int, furthest: float
    ) -> tuple[int | None, float]:
        """The length at which keys changed on the way have made up what is short."""
        low = self.keys
        if np.isfinite(furthest):
            high = np.where(held, low, self._cheapest(self.charged + furthest * across))
        else:
            lowest = np.where(np.isfinite(self.charged), across, np.inf)
            high = np.where(held, low, self._cheapest(lowest))
        start = float(across[low].sum())
        if start - float(across[high].sum()) < short:
            if not np.isfinite(furthest):
                return None, furthest
            self._rekey(high)
            return stuck, furthest
        for _ in range(60):
            rise, fall = self.charged[high].sum() - self.charged[low].sum(), across[low].sum()
            length = float(max(rise, 0.0) / max(fall - across[high].sum(), 1e-300))
            charged = self.charged + length * across
            middle = np.where(held, low, self._cheapest(charged))
            if charged[middle].sum() >= charged[low].sum() - 1e-13 * abs(charged[low].sum()):
                break
            if start - float(across[middle].sum()) < short:
                low = middle
            else:
                high = middle
        return self._crossing(low, high, across, short - (start - float(across[low].sum())))

    def _crossing(
        self, low: Choices, high: Choices, across: Floats, short: float
    ) -> tuple[int, float]:
        """Of the keys that change at one length, the one that makes up what is short."""
        differ = np.flatnonzero((low != high) & (across[low] > across[high]))
        made_up = np.cumsum(across[low[differ]] - across[high[differ]])
        place = min(int(np.searchsorted(made_up, short)), len(differ) - 1)
        step = differ[place]
        keys = low.copy()
        keys[differ[:place]] = high[differ[:place]]
        self._rekey(keys)
        entering, key = int(high[step]), int(keys[step])
        rise = self.charged[entering] - self.charged[key]
        return entering, float(rise / (across[key] - across[entering]))

    def _rekey(self, keys: Choices) -> None:
        changed = keys != self.keys
        new, old = keys[changed], self.keys[changed]
        self.load = self.load + (self.flat[:, new] - self.flat[:, old]).sum(axis=1)
        self.keys = keys.copy()

    def _enter(
        self, entering: int, row: int, length: float, effect: Floats, across: Floats
    ) -> bool:
        direction = self.inverse @ self._column(entering)
        if abs(direction[row]) <= _SMALL * float(np.abs(effect).max()):
            return False
        pivot_row = self.inverse[row] / direction[row]
        self.prices = self.prices + length * effect
        self.charged = self.charged + length * across
        self.inverse = self.inverse - np.outer(direction, pivot_row)
        self.inverse[row] = pivot_row
        self.extras[row] = entering
        return True

    def _proves(self, effect: Floats) -> bool:
        """Whether limits weighed like this cannot all be kept."""
        weights = np.maximum(effect, 0.0)
        across = np.where(self.open, weights @ self.flat, np.inf)
        least = float(across.reshape(self.shape).min(axis=1).sum())
        return least > float(weights @ self.right) + _ROUNDED * float(weights.sum())

    def _result(self) -> Duals:
        """What has been found."""
        prices = np.maximum(self.prices, 0.0)
        charged = np.where(self.open, self.values + prices @ self.flat, np.inf)
        bound = float(charged.reshape(self.shape).min(axis=1).sum() - prices @ self.right)
        level, _ = self._levels()
        mixture = np.zeros(len(self.values))
        mixture[self.keys] = 1.0
        places = self.mixed
        np.add.at(mixture, self.extras[places], level[places])
        np.add.at(mixture, self.keys[self.step[self.extras[places]]], -level[places])
        return Duals(
            np.inf if self.infeasible else bound,
            prices * self.scale,
            np.where(self.open, np.clip(mixture, 0.0, 1.0), 0.0).reshape(self.shape),
            Basis(self.keys, self.extras),
            charged.reshape(self.shape),
        )

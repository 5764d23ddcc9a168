"""What is ahead of a run, by the time and the money it has left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from surestep.budgets.algebra.law import Law

Value: TypeAlias = NDArray[np.float32]
"""Along the first axis: P(right and in time), P(ends in time), mean cost in US dollars.

Along the second axis: units of money left; along the last: ticks of time left; both rounded down.
Single precision is far finer than the grids, and twice as fast.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lattice:
    """The amounts of time and money that are told apart.

    Attributes:
        tick_s: a tick, in seconds.
        ticks: the most ticks; 0 if time does not count.
        unit_usd: a unit of money, in US dollars.
        units: the most units; 0 if no limit on money counts.
    """

    tick_s: float
    ticks: int
    unit_usd: float
    units: int

    @property
    def done(self) -> Value:
        """The value of a run that has ended well."""
        value = np.ones((3, *self.shape), np.float32)
        value[2] = 0.0
        return value

    @property
    def stopped(self) -> Value:
        """The value of a run that has failed closed."""
        return np.zeros((3, *self.shape), np.float32)

    @property
    def shape(self) -> tuple[int, int]:
        """Of the axes of money and time."""
        return self.units + 1, self.ticks + 1

    def left(self, time_s: float | None, money_usd: float | None) -> tuple[int, int]:
        """Whole units of money and ticks of time; `None` is more than counts."""
        units = self.units if money_usd is None else int(money_usd / self.unit_usd)
        ticks = self.ticks if time_s is None else int(time_s / self.tick_s + 1e-9)
        return max(0, min(units, self.units)), max(0, min(ticks, self.ticks))

    def passing(self, law: Law) -> Value:
        """The matrix that turns values by the ticks left later into those by the ticks left now.

        What takes longer than there is time ends in nothing.
        """
        if not self.ticks:
            return np.ones((1, 1), np.float32)
        size = self.ticks + 1
        pmf = np.zeros(size, np.float32)
        pmf[: law.pmf.size] = law.pmf[:size]
        taken = np.arange(size)[None, :] - np.arange(size)[:, None]
        return np.where(taken >= 0, pmf[taken], np.float32(0.0))

    def paying(self, value: Value, cost_usd: float) -> Value:
        """A value before a price is paid; what money does not suffice for ends in nothing.

        A price between two units is split, its mean kept.
        """
        paid = value
        if self.units:
            whole, part = divmod(cost_usd / self.unit_usd, 1.0)
            paid = (1 - part) * _shifted(value, int(whole))
            if part:
                paid += part * _shifted(value, int(whole) + 1)
        paid = paid.copy()
        paid[2] += cost_usd
        return paid


def _shifted(value: Value, units: int) -> Value:
    if not units:
        return value
    shifted = np.zeros_like(value)
    shifted[:, units:] = value[:, : max(0, value.shape[1] - units)]
    return shifted

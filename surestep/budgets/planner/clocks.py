"""Limits on time: every way through the graph has to keep them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array

from surestep.budgets.planner.paths import Shape, row
from surestep.budgets.planner.table import Floats

# Ways that break their limit by no more than this share count as kept, as sums are rounded.
_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Clocked:
    """A limit on the length of every way, for one measure of time.

    Attributes:
        advance: shape (steps, options); length until an output is there.
        settled: the same until it is settled.
        limit: what every way has to keep.
    """

    advance: Floats
    settled: Floats
    limit: float

    @property
    def room(self) -> float:
        """The limit, and the rounding that is forgiven above it."""
        return self.limit + _TOLERANCE * max(1.0, abs(self.limit))

    def broken(self, shape: Shape, mixture: Floats) -> tuple[Floats, float] | None:
        """The longest way of a (mixed) selection, as what adds up to it, if it breaks the limit."""
        length, way = shape.longest(
            (self.advance * mixture).sum(axis=1), (self.settled * mixture).sum(axis=1)
        )
        if length <= self.room:
            return None
        return row(way, self.advance, self.settled), self.limit

    def starts(
        self, shape: Shape, step: NDArray[np.int64], option: NDArray[np.int64], *, first: int
    ) -> tuple[coo_array, Floats]:
        """The limit on all ways at once, as `matrix @ (choices, starts) >= least`.

        Args:
            shape: the graph.
            step: the step of each choice variable.
            option: the option of each.
            first: the column of the first step's start.
        """
        entries: list[tuple[int, int, float]] = []
        least: list[float] = []
        for early, late, times in self._gaps(shape):
            mine = np.flatnonzero(step == early)
            entries += [(len(least), int(at), -float(times[early, option[at]])) for at in mine]
            entries.append((len(least), first + early, -1.0))
            if late is not None:
                entries.append((len(least), first + late, 1.0))
            least.append(0.0 if late is not None else -self.room)
        places, columns, values = zip(*entries, strict=True)
        size = (len(least), first + len(shape.after))
        return coo_array((values, (places, columns)), shape=size), np.array(least)

    def _gaps(self, shape: Shape) -> list[tuple[int, int | None, Floats]]:
        """Which steps (or the end: `None`) wait for which, and for how long."""
        gaps: list[tuple[int, int | None, Floats]] = []
        for late, (after, waited) in enumerate(zip(shape.after, shape.waited, strict=True)):
            gaps += [(early, late, self.advance) for early in after]
            gaps += [(early, late, self.settled) for early in waited]
            gaps.append((late, None, self.settled))
        return gaps

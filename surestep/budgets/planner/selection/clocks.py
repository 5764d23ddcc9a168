"""Limits on time: every way through the graph has to keep them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array

from surestep.budgets.planner.selection.paths import Shape, row
from surestep.budgets.planner.selection.table import Floats

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
        gaps = self._gaps(shape)
        early = np.array([gap[0] for gap in gaps])
        late = np.array([gap[1] for gap in gaps])
        settled = np.array([gap[2] for gap in gaps])
        ending, rows = late < 0, np.arange(len(gaps))
        # Choices come in the order of their steps, so those of a step stand together.
        counts = np.bincount(step, minlength=len(shape.after))
        mine = counts[early]
        row = np.repeat(rows, mine)
        within = np.arange(len(row)) - np.repeat(np.cumsum(mine) - mine, mine)
        column = np.repeat((np.cumsum(counts) - counts)[early], mine) + within
        where = step[column], option[column]
        times = np.where(settled[row], self.settled[where], self.advance[where])
        starting = ~ending
        values = [-times, -np.ones(len(gaps)), np.ones(int(starting.sum()))]
        places = np.concatenate([row, rows, rows[starting]])
        columns = np.concatenate([column, first + early, first + late[starting]])
        size = (len(gaps), first + len(shape.after))
        matrix = coo_array((np.concatenate(values), (places, columns)), shape=size)
        return matrix, np.where(ending, -self.room, 0.0)

    def _gaps(self, shape: Shape) -> list[tuple[int, int, bool]]:
        """Which steps (or the end: -1) wait for which, and whether until that is settled."""
        gaps: list[tuple[int, int, bool]] = []
        for late, (after, waited) in enumerate(zip(shape.after, shape.waited, strict=True)):
            gaps += [(early, late, False) for early in after]
            gaps += [(early, late, True) for early in waited]
            gaps.append((late, -1, True))
        return gaps

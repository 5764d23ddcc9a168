"""The relaxed problem of a table, whose limits grow as mixtures of options break them.

A graph has too many ways to list, so limits on their lengths are added as they are broken; so are
the cuts that follow from all limits because options are whole.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from surestep.budgets.planner.selection.clocks import Clocked
from surestep.budgets.planner.selection.cuts import Cut, cuts
from surestep.budgets.planner.selection.duals import Basis, Duals, Simplex
from surestep.budgets.planner.selection.paths import Shape
from surestep.budgets.planner.selection.table import Choices, Floats, Table

_MOST = 64


class Relaxation:
    """Bounds the selections among some of a table's options.

    Args:
        table: the problem but for time.
        clocks: the limits on time.
        shape: the graph; may be left out without any.

    Attributes:
        table: the problem with the ways and cuts found so far.
        solved: how many relaxed problems were solved.
    """

    def __init__(
        self, table: Table, clocks: Sequence[Clocked] = (), shape: Shape | None = None
    ) -> None:
        self.clocks, self.shape = clocks, shape
        self.solved, self._plain = 0, len(table.limits)
        self._hold(table, np.zeros(len(table.limits), dtype=bool))

    def _hold(self, table: Table, cut: NDArray[np.bool_]) -> None:
        self.table, self._cut = table, cut
        self._simplex = Simplex(table)

    @property
    def given(self) -> Table:
        """The problem with the ways but without the cuts."""
        return self.table.only(~self._cut)

    def _add(self, limits: Sequence[Cut], *, cut: bool) -> None:
        known = len(self.table.limits)
        weights = np.array([weights for weights, _ in limits])
        self.table = self.table.with_rows(weights, np.array([limit for _, limit in limits]))
        self._cut = np.append(self._cut, np.full(len(limits), cut))
        self._simplex.limit(weights, self.table.room[known:])

    def solve(
        self,
        basis: Basis | None = None,
        *,
        open_: NDArray[np.bool_] | None = None,
        below: float = np.inf,
    ) -> Duals:
        """The best prices, at which the relaxed solution keeps its limits on all ways.

        Args:
            basis: what was found with fewer limits or more options, to go on from.
            open_: shape (steps, options); the options there are, all of them if left out.
            below: the bound at which it may stop.
        """
        while True:
            found = self._simplex.solve(basis, open_=open_, below=below)
            self.solved += 1
            if found.bound >= below or not self._lengthened(found.mixture):
                return found
            basis = found.basis

    @property
    def crowded(self) -> bool:
        """Whether so many ways count that no more are added, and bounds no longer get better."""
        return len(self._cut) - int(self._cut.sum()) >= _MOST

    def fits(self, options: Choices) -> bool:
        """Whether a selection keeps all limits; notes the ways on which it does not."""
        if not self.given.fits(options):
            return False
        exactly = np.zeros_like(self.table.values)
        exactly[np.arange(len(options)), options] = 1.0
        broken = self._broken(exactly)
        if broken and not self.crowded:
            self._add(broken, cut=False)
        return not broken

    def _lengthened(self, mixture: Floats) -> bool:
        """Whether ways that a mixture breaks could be added."""
        broken = [] if self.crowded or self._complete else self._broken(mixture)
        if broken:
            self._add(broken, cut=False)
        return bool(broken)

    @property
    def _complete(self) -> bool:
        """Whether all ways are known: a chain has one."""
        known = len(self._cut) - int(self._cut.sum()) - self._plain
        return self.shape is None or (self.shape.chain and known == len(self.clocks))

    def _broken(self, mixture: Floats) -> list[Cut]:
        """The ways that a mixture breaks."""
        if self.shape is None:
            return []
        ways = [way for clock in self.clocks if (way := clock.broken(self.shape, mixture))]
        # Rounding may leave a way broken that is known.
        return [way for way in ways if not _among(way[0], self.table.weights)]

    def sharpened(self, found: Duals) -> Basis | None:
        """The basis to go on from with the cuts that a relaxed solution breaks, if any."""
        broken = cuts(self.given, found.mixture)
        if not broken:
            return None
        self._add(broken, cut=True)
        return found.basis

    def without_idle(self, basis: Basis) -> Basis:
        """Drop the cuts that a relaxed solution does not use up, and name its basis anew.

        Bases found before do not fit any longer.
        """
        options = self.table.values.size
        slack = basis.extras - options
        idle = np.zeros(len(self._cut), dtype=bool)
        idle[slack[slack >= 0]] = True
        stay = ~(idle & self._cut)
        self._hold(self.table.only(stay), self._cut[stay])
        places = options + np.cumsum(stay) - 1
        kept = (slack < 0) | stay[np.maximum(slack, 0)]
        extras = np.where(slack < 0, basis.extras, places[np.maximum(slack, 0)])[kept]
        return Basis(basis.keys, extras)


def _among(weights: Floats, rows: Floats) -> bool:
    return any(np.array_equal(weights, row) for row in rows)

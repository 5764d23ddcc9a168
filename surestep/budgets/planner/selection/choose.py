"""The best selection of a table: one option per step, within limits, and proof of how good it is.

Branch and cut: bound by Lagrangian prices, sharpen the limits, then split the options of one mixed
step after another, the best bound first, following the better half to its end. What it cannot
prove in its allowance goes to an integer programme.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from surestep.budgets.planner.selection.chosen import Chosen, Stop
from surestep.budgets.planner.selection.clocks import Clocked
from surestep.budgets.planner.selection.duals import Basis, Duals
from surestep.budgets.planner.selection.paths import Shape
from surestep.budgets.planner.selection.programme import programme
from surestep.budgets.planner.selection.relaxation import Relaxation
from surestep.budgets.planner.selection.repair import repaired
from surestep.budgets.planner.selection.table import Choices, Floats, Table

ALLOWANCE = 1000
_PROGRAMME_S = 60.0
# Graphs of more steps have too many ways that count for relaxed problems to list them.
_LARGE = 500
_ROUNDS = 8
# Rounds of cuts end when one gains less than this share of what all of them did.
_WORTH = 0.02
# So many limits may be added while options are split: each makes all bounds slower.
_ADDED = 50
# Repairs of one relaxed solution, each with the ways that the last one broke.
_REPAIRS = 4
_MIXED = 1e-7
# Weights of a relaxed problem that takes about as long as any smaller one.
_SIZE = 30_000


def choose(
    table: Table,
    clocks: Sequence[Clocked] = (),
    shape: Shape | None = None,
    *,
    gap: float = 1e-3,
    allowance: int = ALLOWANCE,
) -> Chosen:
    """The selection with the smallest value that keeps all limits.

    Args:
        table: the problem but for time.
        clocks: the limits on time, which every way through the graph has to keep.
        shape: the graph; may be left out without any.
        gap: the share of the value by which the selection may miss the optimum; 0 for exact.
        allowance: relaxed problems to solve before the rest goes to an integer programme.
    """
    if clocks and shape is not None and len(table.live) > _LARGE and not shape.chain:
        unknown = Chosen(None, np.inf, -np.inf, Stop.LIMIT)
        return programme(table, unknown, gap=gap, limit_s=_PROGRAMME_S, clocks=clocks, shape=shape)
    reduced = _reduced(table, clocks)
    if reduced is None:
        return Chosen(None, np.inf, np.inf, Stop.INFEASIBLE)
    search = _Search(Relaxation(reduced, clocks, shape), gap)
    search.start()
    search.run(allowance)
    known = search.result()
    if known.stop is not Stop.LIMIT:
        return known
    rest = reduced.without(~search.hopeful())
    return programme(rest, known, gap=gap, limit_s=_PROGRAMME_S, clocks=clocks, shape=shape)


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """Some of the options, to be searched: the best bound comes first."""

    bound: float
    number: int
    open: NDArray[np.bool_]
    basis: Basis

    def __lt__(self, other: _Part) -> bool:
        return (self.bound, self.number) < (other.bound, other.number)


class _Search:
    def __init__(self, relaxation: Relaxation, gap: float) -> None:
        self.relaxation, self.gap = relaxation, gap
        self.open = relaxation.table.live
        self.values = relaxation.table.values
        self.value = np.inf
        self.options: Choices | None = None
        # No selection has a higher value than this, so a bound above it proves there is none.
        highest = float(np.where(self.open, self.values, -np.inf).max(axis=1).sum())
        self.highest = highest + 1e-9 * abs(highest) + 1e-12
        self.parts: list[_Part] = []
        # The least bound of what was given up, as rounding left it undecided.
        self.undecided = np.inf

    @property
    def below(self) -> float:
        """The value that whatever is still of interest stays below."""
        if self.options is None:
            return self.highest
        return self.value - max(self.gap * abs(self.value), 1e-12)

    def start(self) -> None:
        """Bound the whole, as sharply as is worth it, and find a selection to begin with."""
        found = self.relaxation.solve(below=self.below)
        self._repair(found)
        plain, gained = found.bound, np.inf
        for _ in range(_ROUNDS):
            if found.bound >= self.below or gained < _WORTH * (found.bound - plain):
                break
            found = replace(found, basis=self.relaxation.without_idle(found.basis))
            basis = self.relaxation.sharpened(found)
            if basis is None:
                break
            before = found.bound
            found = self.relaxation.solve(basis, below=self.below)
            gained = found.bound - before
        self._repair(found)
        self.root = replace(found, basis=self.relaxation.without_idle(found.basis))
        self._keep(self.root, self.open)

    def hopeful(self) -> NDArray[np.bool_]:
        """The options that a selection of interest may have."""
        return self._promising(self.root, self.relaxation.table.live)

    def _keep(self, found: Duals, open_: NDArray[np.bool_]) -> None:
        if found.bound < self.below:
            part = _Part(found.bound, self.relaxation.solved, open_, found.basis)
            heappush(self.parts, part)

    def _repair(self, found: Duals) -> None:
        """Look for a better selection near a relaxed one."""
        for _ in range(_REPAIRS):
            if found.bound >= self.below:
                return
            options = repaired(self.relaxation.given, found)
            if options is None or self._note(options):
                return

    def _note(self, options: Choices) -> bool:
        """Whether a selection is worse than the best one, or keeps all limits and replaces it."""
        value = float(self.values[np.arange(len(options)), options].sum())
        if value >= self.value:
            return True
        fits = self.relaxation.fits(options)
        if fits:
            self.value, self.options = value, options
        return fits

    def run(self, allowance: int) -> None:
        """Search the parts until all are decided, or the allowance is used up."""
        most = len(self.relaxation.table.limits) + _ADDED
        while self.parts and self._work() <= allowance and not self.relaxation.crowded:
            part = heappop(self.parts)
            found = self._solve(part.open, part.basis)
            self._repair(found)
            few = len(self.relaxation.table.limits) <= most
            if few and found.bound < self.below and (basis := self.relaxation.sharpened(found)):
                found = self._solve(part.open, basis)
            self._follow(part.open, found)

    def _work(self) -> float:
        """How many relaxed problems were solved, each counted by its size."""
        return self.relaxation.solved * max(1.0, self.relaxation.table.weights.size / _SIZE)

    def _solve(self, open_: NDArray[np.bool_], basis: Basis) -> Duals:
        return self.relaxation.solve(basis, open_=open_, below=self.below)

    def _follow(self, open_: NDArray[np.bool_], found: Duals) -> None:
        """Split options until what is left is a selection or not of interest."""
        while found.bound < self.below:
            open_ = self._promising(found, open_)
            step = self._doubtful(found.mixture, open_)
            if step is None:
                if not self._note(found.mixture.argmax(axis=1)):
                    self.undecided = min(self.undecided, found.bound)
                return
            halves = self._halves(found.mixture, open_, step)
            solved = [(self._solve(half, found.basis), half) for half in halves]
            solved.sort(key=lambda it: it[0].bound)
            self._keep(*solved[1])
            found, open_ = solved[0]

    def _promising(self, found: Duals, open_: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """The options without those that no selection of interest has."""
        regret = found.charged - found.charged.min(axis=1, keepdims=True)
        return np.asarray(open_ & (regret < self.below - found.bound))

    def _doubtful(self, mixture: Floats, open_: NDArray[np.bool_]) -> int | None:
        """The mixed step whose options differ most in value; `None` if none is mixed."""
        mean = (mixture * self.values).sum(axis=1, keepdims=True)
        spread = (mixture * np.abs(self.values - mean)).sum(axis=1)
        mixed = (mixture.max(axis=1) < 1.0 - _MIXED) & (open_.sum(axis=1) > 1)
        return int(np.where(mixed, spread, -1.0).argmax()) if mixed.any() else None

    def _halves(
        self, mixture: Floats, open_: NDArray[np.bool_], step: int
    ) -> list[NDArray[np.bool_]]:
        """The open options with only the better ones of a step, and with only the others."""
        values, shares = self.values[step], mixture[step]
        better = values <= float(shares @ values)
        mine = open_[step]
        if better[mine].all() or not better[mine].any():
            better = np.arange(len(values)) == np.where(mine, shares, -1.0).argmax()
        halves = [open_.copy(), open_.copy()]
        halves[0][step] &= better
        halves[1][step] &= ~better
        return halves

    def result(self) -> Chosen:
        """The best so far."""
        unseen = min([self.undecided, *(part.bound for part in self.parts)])
        bound = max(self.root.bound, min(self.below, unseen))
        looked = self.relaxation.solved
        if self.options is None:
            open_ = np.isfinite(unseen)
            stop = Stop.LIMIT if open_ else Stop.INFEASIBLE
            return Chosen(None, np.inf, bound if open_ else np.inf, stop, looked)
        stop = Stop.LIMIT if unseen < self.below else Stop.PROVED
        return Chosen(self.options, self.value, min(bound, self.value), stop, looked)


def _reduced(table: Table, clocks: Sequence[Clocked]) -> Table | None:
    """The table without options that cannot or need not be chosen; `None` if no selection fits."""
    times = [time for clock in clocks for time in (clock.advance, clock.settled)]
    least = table.weights.min(axis=2)
    spare = table.room - least.sum(axis=1)
    if np.any(spare < 0.0):
        return None
    dead = np.any(table.weights - least[:, :, None] > spare[:, None, None], axis=0)
    if np.any(np.all(dead | ~table.live, axis=1)):
        return None
    return table.without(
        dead | _dominated([table.values, *table.weights, *times], ~dead & table.live)
    )


def _dominated(figures: list[Floats], able: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which options an able one of the same step beats in value and every weight."""
    amounts = np.array(figures)
    # [..., k, j]: j is no worse than k everywhere, and somewhere better or earlier.
    no_worse = np.all(amounts[:, :, None, :] <= amounts[:, :, :, None], axis=0)
    earlier = np.tri(amounts.shape[2], k=-1, dtype=bool)
    beaten = no_worse & (~no_worse.transpose(0, 2, 1) | earlier)
    return np.asarray(np.any(beaten & able[:, None, :], axis=2))

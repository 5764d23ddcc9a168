"""The best selection of a table: one option per step, within limits, and proof of how good it is.

Cut the limits sharper, bound by Lagrangian prices, then decide the steps one after another, the
most doubtful first, over blocks of labels: a depth-first branch and bound whose bounds come from a
bundle of prices. Steps whose second-best option already costs more than the remaining gap are
never branched on. What it cannot prove in its allowance goes to an integer programme.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from surestep.budgets.planner.chosen import Chosen, Stop
from surestep.budgets.planner.cuts import tightened
from surestep.budgets.planner.duals import Duals, duals
from surestep.budgets.planner.labels import Labels, Rest, bundle
from surestep.budgets.planner.programme import programme
from surestep.budgets.planner.repair import repaired
from surestep.budgets.planner.table import Choices, Table

_BLOCK = 3000
ALLOWANCE = 15_000
# After this many further labels, prices are looked for again where the search is.
_LESSON = 2000


def choose(
    table: Table, *, gap: float = 1e-3, allowance: int = ALLOWANCE, programme_s: float = 60.0
) -> Chosen:
    """The selection with the smallest value that keeps all limits.

    Args:
        table: the problem.
        gap: the share of the value by which the selection may miss the optimum; 0 for exact.
        allowance: partial selections to look at before the rest goes to an integer programme.
        programme_s: seconds that one may take; 0 for none.
    """
    reduced = _reduced(table)
    if reduced is None:
        return Chosen(None, np.inf, np.inf, Stop.INFEASIBLE)
    sharp, found = tightened(reduced)
    search = _Search(sharp, found, gap)
    search.start()
    search.run(allowance)
    known = search.result()
    if known.stop is not Stop.LIMIT or programme_s <= 0.0:
        return known
    return programme(search.narrowed(sharp), known, gap=gap, limit_s=programme_s)


class _Search:
    def __init__(self, table: Table, found: Duals, gap: float) -> None:
        charged = table.values + np.tensordot(found.prices, table.weights, axes=1)
        regret = np.where(table.live, charged - charged.min(axis=1, keepdims=True), np.inf)
        second = np.partition(regret, 1, axis=1)[:, 1] if regret.shape[1] > 1 else regret[:, 0]
        self.order = np.argsort(second, kind="stable")
        self.second, self.regret = second[self.order], regret[self.order]
        self.table, self.found = table, found
        self.rest = Rest(table, self.order, bundle(found))
        self.bound, self.gap, self.labels = found.bound, gap, 0
        self.value = np.inf
        self.options: Choices | None = None
        # No selection has a higher value than this, so a bound above it proves there is none.
        self.highest = float(table.values.max(axis=1).sum())
        self.open: list[Labels] = []
        self.lesson = _LESSON

    @property
    def below(self) -> float:
        """The value that whatever is still of interest stays below."""
        if self.options is None:
            return self.highest + 1e-9 * abs(self.highest) + 1e-12
        return self.value - max(self.gap * abs(self.value), 1e-12)

    def start(self) -> None:
        """Find a good selection to begin with, which decides how much has to be looked at."""
        self.open = [self.rest.root()]
        self._note(self.open[0])
        options = repaired(self.table, self.found)
        if options is not None and self.table.value(options) < self.value:
            self.value, self.options = self.table.value(options), options

    def run(self, allowance: int) -> None:
        while self.open and self.labels <= allowance:
            block = self.open.pop()
            block = block.those(block.bounds < self.below)
            if len(block.values) and block.level < len(self.second):
                self._branch(block)

    def _branch(self, block: Labels) -> None:
        spare = self.below - self.bound
        if self.options is not None and self.second[block.level] >= spare:
            # From here on only the cheapest options are left, and those have been tried.
            return
        options = np.flatnonzero(self.regret[block.level] < max(spare, 1e-300))
        if self.labels > self.lesson:
            self._learn(block)
        longer = self.rest.extended(block, options, self.below)
        self.labels += len(block.values) * len(options)
        if not len(longer.values):
            return
        longer = longer.those(_undominated(longer))
        if len(options) > 1 or longer.level == len(self.second):
            self._note(longer)
        worst_first = np.argsort(-longer.bounds, kind="stable")
        for start in range(0, len(worst_first), _BLOCK):
            self.open.append(longer.those(worst_first[start : start + _BLOCK]))

    def _learn(self, block: Labels) -> None:
        """Add the prices that are best after the most promising label of a block."""
        best = int(block.bounds.argmin())
        found = duals(self.rest.after(block, best))
        self.rest.learn(found.tried[-3:])
        self.lesson = self.labels + _LESSON

    def _note(self, labels: Labels) -> None:
        value, options = self.rest.completed(labels)
        if value < self.value:
            self.value = value
            # The inverse of a permutation sorts it: back into the order of the steps.
            self.options = options[np.argsort(self.order)]

    def narrowed(self, table: Table) -> Table:
        """The table without the options that no better selection can have."""
        dead = np.empty_like(table.live)
        dead[self.order] = self.regret >= self.below - self.bound
        return table.without(dead)

    def result(self) -> Chosen:
        """The best so far."""
        unseen = min((float(block.bounds.min()) for block in self.open), default=np.inf)
        bound = max(self.bound, min(self.below, unseen))
        if self.options is None:
            stop = Stop.LIMIT if self.open else Stop.INFEASIBLE
            return Chosen(None, np.inf, bound if self.open else np.inf, stop, self.labels)
        stop = Stop.LIMIT if unseen < self.below else Stop.PROVED
        options = self.table.live_ones(self.options)
        return Chosen(options, self.value, min(bound, self.value), stop, self.labels)


def _undominated(labels: Labels) -> NDArray[np.int64]:
    """The labels that no other beats in value and in the limit, if there is just one."""
    if labels.used.shape[1] != 1:
        return np.arange(len(labels.values))
    by_value = np.lexsort((labels.used[:, 0], labels.values))
    used = labels.used[by_value, 0]
    better = np.ones(len(used), dtype=bool)
    better[1:] = used[1:] < np.minimum.accumulate(used)[:-1]
    return by_value[better]


def _reduced(table: Table) -> Table | None:
    """The table without options that cannot or need not be chosen; `None` if no selection fits."""
    least = table.weights.min(axis=2)
    spare = table.room - least.sum(axis=1)
    if np.any(spare < 0.0):
        return None
    dead = np.any(table.weights - least[:, :, None] > spare[:, None, None], axis=0)
    if np.any(np.all(dead | ~table.live, axis=1)):
        return None
    return table.without(dead | _dominated(table, ~dead & table.live))


def _dominated(table: Table, able: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which options an able one of the same step beats in value and every weight."""
    amounts = np.concatenate([table.values[None], table.weights])
    # [..., k, j]: j is no worse than k everywhere, and somewhere better or earlier.
    no_worse = np.all(amounts[:, :, None, :] <= amounts[:, :, :, None], axis=0)
    earlier = np.tri(amounts.shape[2], k=-1, dtype=bool)
    beaten = no_worse & (~no_worse.transpose(0, 2, 1) | earlier)
    return np.asarray(np.any(beaten & able[:, None, :], axis=2))

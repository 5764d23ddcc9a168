"""A selection near a relaxed one that keeps all limits: give up least, then use what is left."""

from __future__ import annotations

import numpy as np

from surestep.budgets.planner.selection.duals import Duals
from surestep.budgets.planner.selection.table import Choices, Floats, Table

_MOVES = 100
_EXCHANGES = 20
# Changes are looked for among so many options, those that cost least at the prices found.
_NEAR = 400
_PAIRED = 120


def repaired(table: Table, found: Duals) -> Choices | None:
    """The relaxed solution, rounded and changed to keep the limits; `None` if that failed.

    Steps are changed one at a time: first whichever gives up least for what it frees of the
    limits that are broken, then whichever gains most for what it takes of the room left.
    """
    rounding = _Rounding(table, found)
    if not rounding.fitted() or not table.fits(rounding.options):
        return None
    rounding.filled()
    for _ in range(_EXCHANGES):
        if not rounding.exchanged():
            break
    return rounding.options


class _Rounding:
    """A selection, and the changes of one step that are likely to make it better.

    Weights are shares of each limit's room.
    """

    def __init__(self, table: Table, found: Duals) -> None:
        regret = found.charged - found.charged.min(axis=1, keepdims=True)
        order = np.argsort(regret, axis=None, kind="stable")
        near = order[: min(_NEAR + len(regret), int(np.isfinite(regret).sum()))]
        self.step, self.option = np.divmod(near, regret.shape[1])
        self.regret, self.values = regret.ravel()[near], table.values.ravel()[near]
        scale = 1.0 / np.maximum(np.abs(table.room), 1e-300)
        self.weights = table.weights[:, self.step, self.option] * scale[:, None]
        self.room = table.room * scale
        # The places of the selection's own options among those changes.
        open_ = np.where(np.isfinite(regret), found.mixture, -1.0)
        place = np.full(regret.size, -1)
        place[near] = np.arange(len(near))
        chosen = np.arange(len(regret)) * regret.shape[1] + open_.argmax(axis=1)
        cheapest = np.arange(len(regret)) * regret.shape[1] + regret.argmin(axis=1)
        self.at = np.where(place[chosen] >= 0, place[chosen], place[cheapest])

    @property
    def options(self) -> Choices:
        """The option of each step."""
        return np.asarray(self.option[self.at])

    def _added(self, amounts: Floats) -> Floats:
        """What each change adds."""
        return np.asarray(amounts - amounts[..., self.at][..., self.step])

    def fitted(self) -> bool:
        """Change steps until all limits are kept; `False` if that stops short of it."""
        for _ in range(_MOVES):
            used = self.weights[:, self.at].sum(axis=1)
            over = np.flatnonzero(used > self.room)
            if not len(over):
                return True
            excess = (used - self.room)[:, None]
            after = np.maximum(excess + self._added(self.weights), 0.0).sum(axis=0)
            freed = np.maximum(excess, 0.0).sum() - after
            lost = np.maximum(self._added(self.regret), 0.0) + 1e-12
            worth = np.where(freed > 1e-12, lost / np.maximum(freed, 1e-12), np.inf)
            best = int(worth.argmin())
            if not np.isfinite(worth[best]):
                return False
            self.at[self.step[best]] = best
        return False

    def filled(self) -> None:
        """Change steps that gain while there is room."""
        for _ in range(_MOVES):
            left = np.maximum(self.room - self.weights[:, self.at].sum(axis=1), 1e-300)
            taken = self._added(self.weights) / left[:, None]
            gain = -self._added(self.values)
            able = np.all(taken <= 1.0, axis=0) & (gain > 1e-15)
            if not able.any():
                return
            share = np.maximum(taken, 0.0).sum(axis=0) + 1e-9
            best = int(np.where(able, gain / share, 0.0).argmax())
            self.at[self.step[best]] = best

    def exchanged(self) -> bool:
        """Change two steps at once, the way that gains most; `False` if none gains."""
        dear = self._added(self.regret)
        dear[self.at] = np.inf
        near = np.argsort(dear)[: min(_PAIRED, len(dear) - len(self.at))]
        if not len(near):
            return False
        step, gain = self.step[near], -self._added(self.values)[near]
        taken = self._added(self.weights)[:, near]
        left = self.room - self.weights[:, self.at].sum(axis=1)
        won = gain[:, None] + gain
        able = (won > 1e-12) & (step[:, None] != step)
        for row, room in zip(taken, left, strict=True):
            able &= row[:, None] + row <= room
        if not able.any():
            return False
        for place in divmod(int(np.where(able, won, 0.0).argmax()), len(near)):
            self.at[step[place]] = near[place]
        return True

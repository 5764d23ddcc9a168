"""A selection near a relaxed one that keeps all limits: give up least, then use what is left."""

from __future__ import annotations

import numpy as np

from surestep.budgets.planner.duals import Duals
from surestep.budgets.planner.table import Choices, Floats, Table

_MOVES = 60
_EXCHANGES = 20
# Exchanges are looked for among so many changes of one step, the cheapest at the prices found.
_NEAR = 120


def repaired(table: Table, found: Duals) -> Choices | None:
    """The relaxed solution, rounded and changed to keep the limits; `None` if that failed.

    Steps are changed one at a time: first whichever gives up least for what it frees of the
    limits that are broken, then whichever gains most for what it takes of the room left.
    """
    charged = table.values + np.tensordot(found.prices, table.weights, axes=1)
    options: Choices = found.mixture.argmax(axis=1)
    regret = charged - charged.min(axis=1, keepdims=True)
    steps = np.arange(len(options))
    scale = 1.0 / np.maximum(np.abs(table.room), 1e-300)
    weights, room = table.weights * scale[:, None, None], table.room * scale
    used = weights[:, steps, options].sum(axis=1)
    for _ in range(_MOVES):
        excess = np.maximum(used - room, 0.0).sum()
        if excess <= 0.0:
            break
        after = (used[:, None] - weights[:, steps, options])[..., None] + weights
        freed = excess - np.maximum(after - room[:, None, None], 0.0).sum(axis=0)
        lost = np.maximum(regret - regret[steps, options][:, None], 0.0) + 1e-12
        worth = np.where(freed > 1e-12, lost / np.maximum(freed, 1e-12), np.inf)
        step, option = divmod(int(worth.argmin()), worth.shape[1])
        if not np.isfinite(worth[step, option]):
            return None
        used = used + weights[:, step, option] - weights[:, step, options[step]]
        options[step] = option
    if not table.fits(options):
        return None
    options = _filled(table, options)
    for _ in range(_EXCHANGES):
        if not _exchanged(table, options, charged):
            break
    return options


def _filled(table: Table, options: Choices) -> Choices:
    """A selection that keeps the limits, made better one step at a time while there is room."""
    steps = np.arange(len(options))
    for _ in range(_MOVES):
        left = np.maximum(table.room - table.used(options), 1e-300)
        taken = (table.weights - table.weights[:, steps, options][..., None]) / left[:, None, None]
        gain = table.values[steps, options][:, None] - table.values
        able = np.all(taken <= 1.0, axis=0) & (gain > 1e-15)
        if not able.any():
            break
        share = np.maximum(taken, 0.0).sum(axis=0) + 1e-9
        step, option = divmod(int(np.where(able, gain / share, 0.0).argmax()), gain.shape[1])
        options[step] = option
    return options


def _exchanged(table: Table, options: Choices, charged: Floats) -> bool:
    """Change two steps at once, in place, the way that gains most; `False` if none gains."""
    steps = np.arange(len(options))
    dear = charged - charged[steps, options][:, None]
    dear[steps, options] = np.inf
    near = np.argsort(dear, axis=None)[:_NEAR]
    step, option = np.divmod(near, charged.shape[1])
    gain = table.values[steps, options][step] - table.values[step, option]
    taken = table.weights[:, step, option] - table.weights[:, step, options[step]]
    left = table.room - table.used(options)
    won = gain[:, None] + gain
    able = (won > 1e-12) & (step[:, None] != step)
    for row, room in zip(taken, left, strict=True):
        able &= row[:, None] + row <= room
    if not able.any():
        return False
    pair = divmod(int(np.where(able, won, 0.0).argmax()), len(near))
    options[step[list(pair)]] = option[list(pair)]
    return True

"""Limits that follow from limits because options are whole: they make a bound sharper.

From `sum(weight) <= room` follow, for any threshold t and weights counted above each step's
smallest: at most so many steps take an option of weight t or more as the lightest such options
fit in (a cardinality, or extended cover, inequality), and `sum(floor(weight / t)) <= floor(room /
t)` (Chvatal and Gomory). One option that needs a person's three minutes is what they are for.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from surestep.budgets.planner.duals import Duals, duals
from surestep.budgets.planner.table import Floats, Table

_ROUNDS = 6
_ADDED = 8
_THRESHOLDS = 24
_VIOLATED = 1e-4
# A floor must not lose a whole unit to rounding, so quotients are lifted by this share.
_LIFT = 1.0 + 1e-9


def tightened(table: Table) -> tuple[Table, Duals]:
    """The table with limits added that its relaxed solution breaks, and its new bound."""
    found = duals(table)
    given = len(table.limits)
    for _ in range(_ROUNDS):
        broken = [cut for row in range(given) if (cut := _deepest(table, row, found.mixture))]
        if not broken or len(table.limits) + len(broken) > given + _ADDED:
            break
        weights = np.array([weight for _, weight, _ in broken])
        table = table.with_rows(weights, np.array([limit for *_, limit in broken]))
        found = duals(table)
    return table, found


def _deepest(table: Table, row: int, mixture: Floats) -> tuple[float, Floats, float] | None:
    """Of the inequalities that follow from one limit, the one most broken: by how much, and it."""
    weights = table.weights[row]
    least = weights.min(axis=1, keepdims=True)
    extra, room = weights - least, float(table.room[row] - least.sum())
    if room <= 0.0:
        return None
    taken = np.unique(extra[mixture > 1e-7])
    thresholds = taken[taken > 1e-9 * room]
    if len(thresholds) > _THRESHOLDS:
        thresholds = thresholds[np.linspace(0, len(thresholds) - 1, _THRESHOLDS).astype(int)]
    best = None
    for cut, limit in _following(extra, room, thresholds):
        depth = (float((mixture * cut).sum()) - limit) / np.sqrt(limit + 1.0)
        if depth > (best[0] if best else _VIOLATED):
            best = (depth, cut, limit)
    return best


def _following(extra: Floats, room: float, thresholds: Floats) -> Iterator[tuple[Floats, float]]:
    for threshold in thresholds:
        heavy = extra >= threshold / _LIFT
        lightest = np.where(heavy, extra, np.inf).min(axis=1)
        fitting = int(np.searchsorted(np.cumsum(np.sort(lightest)), room * _LIFT, side="right"))
        if fitting < np.isfinite(lightest).sum():
            yield heavy.astype(float), float(fitting)
        yield np.floor(extra / threshold * _LIFT), float(np.floor(room / threshold * _LIFT))

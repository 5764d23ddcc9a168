"""Limits that follow from limits because options are whole: they make a bound sharper.

Measure what each option of a step adds against that of a leading one, in units of t: from
`sum(a x) <= b` follows `sum(F(a / t) x) <= floor(b / t)`, where F rounds down but for fractions
above that of b / t, of which it keeps part (mixed-integer rounding, Nemhauser and Wolsey 1990).
The leading options are those of the relaxed solution, so that only the few steps it mixes count.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np

from surestep.budgets.planner.selection.table import Floats, Table

Cut: TypeAlias = tuple[Floats, float]
"""What each option adds, shape (steps, options), and what the sum may reach."""

_PER_LIMIT = 2
_THRESHOLDS = 24
_PARTS = np.array([1.0, 0.5, 1.0 / 3.0])
_VIOLATED = 1e-4


def cuts(table: Table, mixture: Floats) -> list[Cut]:
    """The limits following from one of a table's own that a relaxed solution breaks most."""
    pairs = zip(table.weights, table.room, strict=True)
    return [cut for weights, room in pairs for cut in _broken(weights, float(room), mixture)]


def _broken(weights: Floats, room: float, mixture: Floats) -> Iterator[Cut]:
    """The inequalities following from one limit that are most broken."""
    leading = np.take_along_axis(weights, mixture.argmax(axis=1)[:, None], 1)
    extra, room = weights - leading, room - float(leading.sum())
    mixed = (mixture > 1e-7) & (extra != 0.0)
    parts, shares = extra[mixed], mixture[mixed]
    sizes = np.unique(np.abs(parts))
    sizes = sizes[sizes > 1e-6 * sizes.max(initial=0.0)]
    if len(sizes) > _THRESHOLDS:
        sizes = sizes[np.linspace(0, len(sizes) - 1, _THRESHOLDS).astype(int)]
    units = np.unique(np.outer(sizes, _PARTS))
    left = room / units - np.floor(room / units)
    units = units[(left > 5e-4) & (left < 0.9995)]
    if not len(units):
        return
    rounded, limits = _rounded(parts, units, room)
    depths = (rounded @ shares - limits) / np.sqrt((rounded**2).sum(axis=1) + 1e-9)
    for place in np.argsort(-depths)[:_PER_LIMIT]:
        if depths[place] > _VIOLATED:
            cut, limit = _rounded(extra.ravel(), units[place : place + 1], room)
            cut = cut.reshape(extra.shape)
            least = cut.min(axis=1, keepdims=True)
            yield cut - least, float(limit[0] - least.sum())


def _rounded(amounts: Floats, units: Floats, room: float) -> tuple[Floats, Floats]:
    """Both sides of the inequality, for each unit."""
    ours, theirs = amounts / units[:, None], room / units
    limits = np.floor(theirs)
    left = (theirs - limits)[:, None]
    whole = np.floor(ours)
    above = np.maximum(ours - whole - left, 0.0)
    return whole + above / (1.0 - left), limits

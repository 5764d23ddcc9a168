"""Times, prices and tokens: their means, and the distribution of times with its tail."""

from __future__ import annotations

import numpy as np

from surestep.budgets.fitting.hierarchy import Floats

POINTS = 64
"""How many equally likely times stand for a distribution at most."""
# Fewer calls of either kind would make one slow call look like a rule.
_ENOUGH = 5


def number(value: float | None) -> float:
    """The value, NaN for `None`."""
    return np.nan if value is None else value


def mean(values: Floats, weights: Floats) -> float:
    """The weighted mean of what was recorded; 0 if nothing was."""
    known = ~np.isnan(values) & (weights > 0.0)
    return float(np.average(values[known], weights=weights[known])) if known.any() else 0.0


def count(values: Floats, weights: Floats) -> float:
    """How many records there are, by weight."""
    return float(weights[~np.isnan(values)].sum())


def points(values: Floats, weights: Floats) -> tuple[float, ...]:
    """Equally likely times with the mean of those recorded, from the shortest to the longest.

    Each is the mean of an equal share of the records, so that neither mean nor tail is lost;
    quantiles would cut the tail short.

    Args:
        values: times in seconds, NaN where none was recorded.
        weights: how much each counts.
    """
    known = ~np.isnan(values) & (weights > 0.0)
    if not known.any():
        return ()
    # Times are counted by weight, so that older runs shape the distribution less.
    order = np.argsort(values[known], kind="stable")
    times, share = values[known][order], weights[known][order] / weights[known].sum()
    size = min(POINTS, len(times))
    ends = np.linspace(0.0, 1.0, size + 1)
    upto = np.concatenate([[0.0], np.cumsum(share)])
    # The Lorenz curve: seconds in the shortest share of all records, linear between them.
    seconds = np.interp(ends, upto, np.concatenate([[0.0], np.cumsum(share * times)]))
    # Rounding may leave the first share a hair below nothing.
    return tuple(np.maximum(np.diff(seconds) * size, 0.0).tolist())


def ratio(values: Floats, weights: Floats, right: Floats) -> float:
    """Mean time of what is wrong over that of what is right; 1 where too little is known."""
    known = ~np.isnan(values)
    wrong, fine = known * weights * (1.0 - right), known * weights * right
    if wrong.sum() < _ENOUGH or fine.sum() < _ENOUGH:
        return 1.0
    times = np.nan_to_num(values)
    usual = float(times @ fine / fine.sum())
    return float(times @ wrong / wrong.sum()) / usual if usual > 0.0 else 1.0

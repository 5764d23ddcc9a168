"""Calls side by side: when each of several is there, and what a second one saves."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from surestep.budgets.algebra.law import Law, nothing


@lru_cache(maxsize=1024)
def arrival(law: Law, rank: int, count: int) -> Law:
    """When the `rank`-th of `count` independent draws is there, counted from 1."""
    if rank == count:
        return law.slowest(count)
    below = np.minimum(np.cumsum(law.pmf), 1.0)
    reached = sum(
        math.comb(count, n) * below**n * (1.0 - below) ** (count - n)
        for n in range(rank, count + 1)
    )
    return Law.weighted(np.diff(np.asarray(reached), prepend=0.0), law.tick_s)


@lru_cache(maxsize=1024)
def wait(law: Law, rank: int, last: int, count: int) -> Law:
    """How long after the `rank`-th of `count` independent draws the `last`-th is there.

    From P(rank-th <= s, last-th <= m) for s <= m, the sum over i >= rank and i + j >= last of
    the multinomial chances of i draws by s and j more by m; H. A. David, Order Statistics
    (1981), section 2.2.
    """
    if rank == last:
        return nothing(law.tick_s)
    # A law of recorded times has mass at few places of a fine lattice.
    places = np.flatnonzero(law.pmf)
    below = np.minimum(np.cumsum(law.pmf[places]), 1.0)
    start, end = np.minimum(below[:, None], below[None, :]), below[None, :]
    joint = np.zeros((places.size, places.size))
    for i in range(rank, count + 1):
        for j in range(max(0, last - i), count - i + 1):
            orders = math.comb(count, i) * math.comb(count - i, j)
            joint += orders * start**i * (end - start) ** j * (1.0 - end) ** (count - i - j)
    joint = np.diff(np.diff(joint, axis=0, prepend=0.0), axis=1, prepend=0.0)
    apart = places[None, :] - places[:, None]
    later = apart >= 0
    return Law.weighted(np.bincount(apart[later], joint[later]), law.tick_s)


@lru_cache(maxsize=1024)
def hedged(law: Law, after_s: float) -> Law:
    """When a call is there, beside which a second one is made once it has taken `after_s`."""
    ticks = round(after_s / law.tick_s)
    beyond = np.maximum(1.0 - np.cumsum(law.pmf), 0.0)
    second = np.concatenate((np.ones(ticks), beyond))[: beyond.size]
    return Law.weighted(-np.diff(beyond * second, prepend=1.0), law.tick_s)

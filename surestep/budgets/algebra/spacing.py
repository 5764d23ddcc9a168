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
def wait(law: Law, rank: int, count: int) -> Law:
    """How long after the `rank`-th of `count` independent draws the last is there.

    From P(rank-th <= s, last <= m) = sum over n >= rank of C(count, n) F(s)^n
    (F(m) - F(s))^(count - n), for s <= m; H. A. David, Order Statistics (1981), section 2.2.
    """
    if rank == count:
        return nothing(law.tick_s)
    places = np.flatnonzero(law.pmf)
    below = np.minimum(np.cumsum(law.pmf[places]), 1.0)
    at, last = below[:, None], below[None, :]
    between = np.maximum(last - at, 0.0)
    joint = np.zeros((places.size, places.size))
    for n in range(rank, count + 1):
        joint += math.comb(count, n) * np.minimum(at, last) ** n * between ** (count - n)
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

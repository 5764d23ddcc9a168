"""Distributions of seconds on a lattice, and what becomes of them in a step."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft

from surestep.budgets import checked
from surestep.errors import PlanError

Floats: TypeAlias = NDArray[np.float64]
Spectrum: TypeAlias = NDArray[np.complex128]

NEGLIGIBLE = 1e-14
"""Mass cut off at each end of a law: what the rounding of its transforms comes to."""

BLOCK = 16
"""Different laws added up by one transform."""


# Laws are compared by identity, which is what lets results on them be kept.
@dataclass(frozen=True, slots=True, eq=False)
class Law:
    """How long something takes, as probabilities of multiples of a tick.

    Attributes:
        pmf: P(time = i ticks), by i; adds up to 1.
        tick_s: the tick, in seconds; all laws of one problem share one.
    """

    pmf: Floats
    tick_s: float

    @classmethod
    def of(cls, times_s: Sequence[float], *, tick_s: float) -> Self:
        """The law of equally likely times; a time between two ticks is split, its mean kept.

        Raises:
            PlanError: for no times, a negative or infinite one, or a tick that is not positive.
        """
        checked.positive("tick_s", tick_s, unit="seconds")
        if not checked.times("times_s", list(times_s)):
            raise PlanError("times_s is empty.", remedy="Give a time in seconds, or several.")
        places = np.asarray(times_s, dtype=np.float64) / tick_s
        # Rounding noise of the division must not leave a stray mass a tick further on.
        places = np.where(np.abs(places - np.rint(places)) < 1e-9, np.rint(places), places)
        below = np.floor(places).astype(np.intp)
        above = places - below
        size = int(below.max()) + 2
        pmf = np.bincount(below, 1.0 - above, size) + np.bincount(below + 1, above, size)
        return cls.weighted(pmf, tick_s)

    @classmethod
    def point(cls, seconds: float, *, tick_s: float) -> Self:
        """The law of a time that never varies, but for its split between two ticks."""
        return cls.of((seconds,), tick_s=tick_s)

    @classmethod
    def weighted(cls, weights: NDArray[Any], tick_s: float) -> Self:
        """The law proportional to `weights`, without the rounding noise of a transform."""
        clean: Floats = np.maximum(weights, 0.0)
        below = np.cumsum(clean)
        first, last = np.searchsorted(below, below[-1] * np.array([NEGLIGIBLE, 1.0 - NEGLIGIBLE]))
        clean = clean[: last + 1] / below[-1]
        clean[:first] = 0.0
        return cls(clean, tick_s)

    @classmethod
    def mixed(cls, parts: Sequence[tuple[float, Law]]) -> Law:
        """One of several laws, each with its share; shares need not add up to 1."""
        if len(parts) == 1:
            return parts[0][1]
        weights = np.zeros(max(law.pmf.size for _, law in parts))
        for share, law in parts:
            weights[: law.pmf.size] += share * law.pmf
        return cls.weighted(weights, parts[0][1].tick_s)

    @property
    def mean_s(self) -> float:
        """The mean, in seconds."""
        return float(self.pmf @ np.arange(self.pmf.size)) * self.tick_s

    @property
    def variance_s2(self) -> float:
        """The variance, in seconds squared."""
        away = np.arange(self.pmf.size) - self.mean_s / self.tick_s
        return float(self.pmf @ (away * away)) * self.tick_s**2

    @property
    def shortest(self) -> int:
        """The shortest time that has a probability, in ticks."""
        return int(np.flatnonzero(self.pmf)[0])

    @property
    def longest(self) -> int:
        """The longest time that has a probability, in ticks."""
        return self.pmf.size - 1

    def quantile_s(self, q: float) -> float:
        """The least time, in seconds, not exceeded with probability `q`."""
        # The slack forgives the rounding of sums, which would cost a whole tick otherwise.
        place = int(np.searchsorted(np.cumsum(self.pmf), q - 1e-12))
        return min(place, self.pmf.size - 1) * self.tick_s

    def cdf(self, seconds: float) -> float:
        """P(time <= seconds)."""
        ticks = math.floor(seconds / self.tick_s + 1e-9)
        return float(self.pmf[: max(0, ticks + 1)].sum())

    def spectrum(self, size: int) -> Spectrum:
        """The real Fourier transform of the law padded to `size` ticks."""
        return _spectrum(self, size)

    def then(self, other: Law) -> Law:
        """The law of the sum of this and another, independent of it."""
        return _sum(self, other)

    def power(self, n: int) -> Law:
        """The law of the sum of `n` independent draws; 0 draws take no time."""
        if n == 0:
            return nothing(self.tick_s)
        return self if n == 1 else self.power(n - 1).then(self)

    def slowest(self, n: int) -> Law:
        """The law of the longest of `n` independent draws."""
        return self if n == 1 else slowest_of((self,) * n)

    def fastest(self, n: int) -> Law:
        """The law of the shortest of `n` independent draws."""
        return self if n == 1 else _fastest(self, n)


def law_of(latency_s: float, latencies_s: tuple[float, ...], tick_s: float) -> Law:
    """The law of a profile's times: equally likely ones, or only their mean."""
    return _law_of(latencies_s or (latency_s,), tick_s)


def nothing(tick_s: float) -> Law:
    """The law of what takes no time."""
    return _law_of((0.0,), tick_s)


def slowest_of(laws: Sequence[Law]) -> Law:
    """The law of the longest of several independent times."""
    return laws[0] if len(laws) == 1 else _slowest_of(tuple(laws))


def total(laws: Sequence[Law]) -> Law:
    """The law of the sum of several independent times."""
    if len(laws) == 1:
        return laws[0]
    counted = list(Counter(laws).items())
    # Blocks keep transforms short: one as long as all laws together, of each of a thousand,
    # would take seconds.
    while len(counted) > BLOCK:
        blocks = [counted[start : start + BLOCK] for start in range(0, len(counted), BLOCK)]
        counted = [(_product(block), 1) for block in blocks]
    return _product(counted)


def _product(counted: Sequence[tuple[Law, int]]) -> Law:
    size = room(*(law.pmf.size * count for law, count in counted))
    product: Spectrum = np.ones(size // 2 + 1, dtype=np.complex128)
    for law, count in counted:
        product *= np.asarray(rfft(law.pmf, size)) ** count
    return of_spectrum(product, size, counted[0][0].tick_s)


def room(*longest: int) -> int:
    """A size that transforms quickly, with room for a sum of laws of these sizes."""
    return int(next_fast_len(sum(longest) + 1, real=True))


def of_spectrum(spectrum: Spectrum, size: int, tick_s: float) -> Law:
    """The law whose transform at `size` ticks is `spectrum`, up to a factor."""
    return Law.weighted(irfft(spectrum, size), tick_s)


@lru_cache(maxsize=1024)
def _law_of(times_s: tuple[float, ...], tick_s: float) -> Law:
    return Law.of(times_s, tick_s=tick_s)


@lru_cache(maxsize=1024)
def _spectrum(law: Law, size: int) -> Spectrum:
    return np.asarray(rfft(law.pmf, size), dtype=np.complex128)


@lru_cache(maxsize=1024)
def _sum(one: Law, other: Law) -> Law:
    shorter = min(one.pmf.size, other.pmf.size)
    if shorter == 1:
        return one if other.pmf.size == 1 else other
    if shorter < 64:
        return Law.weighted(np.convolve(one.pmf, other.pmf), one.tick_s)
    size = room(one.pmf.size, other.pmf.size)
    return of_spectrum(one.spectrum(size) * other.spectrum(size), size, one.tick_s)


@lru_cache(maxsize=1024)
def _slowest_of(laws: tuple[Law, ...]) -> Law:
    below = np.ones(max(law.pmf.size for law in laws))
    for law in laws:
        below[: law.pmf.size] *= np.minimum(np.cumsum(law.pmf), 1.0)
    return Law.weighted(np.diff(below, prepend=0.0), laws[0].tick_s)


@lru_cache(maxsize=1024)
def _fastest(law: Law, n: int) -> Law:
    beyond = np.maximum(1.0 - np.cumsum(law.pmf), 0.0) ** n
    return Law.weighted(-np.diff(beyond, prepend=1.0), law.tick_s)

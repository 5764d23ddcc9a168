"""Shares of counts, each with its interval."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """So many of so many, with an interval.

    Attributes:
        count: how many.
        of: of how many.
        low: lower end of the interval.
        high: upper end of the interval.
    """

    count: int
    of: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share, in [0, 1]."""
        return self.count / self.of if self.of else 0.0


def wilson(count: int, of: int, *, confidence: float = 0.95) -> Share:
    """A share with its score interval (Wilson, JASA 22, 1927), which holds near 0 and 1 too."""
    if of == 0:
        return Share(count=0, of=0, low=0.0, high=1.0)
    z = NormalDist().inv_cdf(0.5 + confidence / 2.0)
    share, weight = count / of, z * z / of
    middle = (share + weight / 2.0) / (1.0 + weight)
    half = z * math.sqrt(share * (1.0 - share) / of + weight / (4.0 * of)) / (1.0 + weight)
    return Share(count=count, of=of, low=max(0.0, middle - half), high=min(1.0, middle + half))

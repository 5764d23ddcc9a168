"""How surprising a low loss would be, were the risk above its limit; and testing many at once.

Angelopoulos, Bates, Candès, Jordan and Lei, Learn then Test, arXiv 2110.01052, §3.2 and §3.3.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from scipy.special import bdtr


def binomial(failures: int, runs: int, limit: float) -> float:
    """P(so few failures or fewer in so many runs | a failure has probability `limit`).

    Exact for losses of 0 or 1, and smaller than the bound of Hoeffding and Bentkus.
    """
    return float(bdtr(failures, runs, limit)) if runs else 1.0


def hoeffding_bentkus(mean: float, runs: int, limit: float) -> float:
    """A bound on P(a mean loss this low | its expectation is `limit`), for losses in [0, 1].

    The smaller of Hoeffding's exp(-n h(min(mean, limit), limit)), where h is the relative
    entropy, and Bentkus' e times the binomial probability of that many failures or fewer.
    """
    if not runs:
        return 1.0
    low = min(mean, limit)
    entropy = (1 - low) * (math.log1p(-low) - math.log1p(-limit)) if low < 1.0 else 0.0
    entropy += low * math.log(low / limit) if low else 0.0
    # A mean a rounding error above a whole number of failures is that number.
    failures = math.ceil(runs * mean - 1e-9)
    return min(math.exp(-runs * entropy), math.e * binomial(failures, runs, limit), 1.0)


def holm(p_values: Sequence[float], level: float) -> list[int]:
    """The hypotheses rejected with P(any of them is true) <= level, whatever their dependence.

    The smallest p-value is held to level / m, the next to level / (m - 1), until one fails
    (Holm 1979); it rejects all that Bonferroni's correction does.
    """
    places = sorted(range(len(p_values)), key=p_values.__getitem__)
    found = []
    for behind, place in enumerate(places):
        if p_values[place] > level / (len(places) - behind):
            break
        found.append(place)
    return sorted(found)


def in_sequence(p_values: Sequence[float], level: float) -> list[int]:
    """The same for hypotheses in an order fixed beforehand: each at `level`, until one fails."""
    for place, p_value in enumerate(p_values):
        if p_value > level:
            return list(range(place))
    return list(range(len(p_values)))

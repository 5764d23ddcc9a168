"""Seeded draws that depend on what is drawn, never on when or in which order.

Every number comes from a hash of a key: the scenario's seed, the role, the task, and for a
single request which request it is and how often it came before. So a rehearsal repeats
exactly, however its requests interleave.

A task's difficulty is one draw per (seed, role, task): its own error probability follows a
Beta distribution with the role's error rate q as mean and correlation rho between repeats of
one task: a = q (1 - rho) / rho and b = (1 - q) (1 - rho) / rho. Repeats are then beta-binomial
(Skellam, "A probability distribution derived from the binomial distribution", Journal of the
Royal Statistical Society B 10, 1948).
"""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from surestep.rehearsal.parts import FaultKind, Faults, Latency

T = TypeVar("T")
# Closer to 0 or 1 than this, a Beta distribution is a point and its shapes leave the floats.
_EDGE = 1e-9


@dataclass(frozen=True, slots=True)
class Draws:
    """The numbers that belong to one key.

    Attributes:
        key: what the numbers are for; equal keys give equal numbers.
    """

    key: tuple[str, ...]

    @classmethod
    def seeded(cls, seed: int) -> Draws:
        """The draws of a whole scenario."""
        return cls((str(seed),))

    def at(self, *more: object) -> Draws:
        """The draws of something inside this."""
        return Draws((*self.key, *map(str, more)))

    def whole(self, label: str) -> int:
        """A whole number of 64 bits."""
        # Lengths keep ("ab", "c") and ("a", "bc") apart.
        text = "".join(f"{len(part)}:{part}" for part in (*self.key, label))
        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8)
        return int.from_bytes(digest.digest())

    def uniform(self, label: str) -> float:
        """A number in [0, 1)."""
        return (self.whole(label) >> 11) / 2.0**53

    def pick(self, label: str, options: Sequence[T]) -> T:
        """One of the options, each as likely as the others."""
        return options[int(self.uniform(label) * len(options))]


def task_rate(draws: Draws, mean: float, correlation: float) -> float:
    """One task's own probability of what happens with probability `mean` over all tasks.

    Args:
        draws: the draws of the task.
        mean: the probability over all tasks.
        correlation: pairwise correlation rho between repeats of one task, in [0, 1]; 0 gives
            `mean` itself, 1 a task that always or never errs.
    """
    if correlation < _EDGE or not _EDGE < mean < 1.0 - _EDGE:
        return mean
    if correlation > 1.0 - _EDGE:
        return float(draws.uniform("difficulty") < mean)
    rng = random.Random(draws.whole("difficulty"))
    scale = (1.0 - correlation) / correlation
    gap = _log_gamma_draw(rng, (1.0 - mean) * scale) - _log_gamma_draw(rng, mean * scale)
    return 0.0 if gap > 700.0 else 1.0 / (1.0 + math.exp(gap))


def _log_gamma_draw(rng: random.Random, shape: float) -> float:
    """Logarithm of a Gamma(shape) draw, exact for the tiny shapes of a high correlation.

    Gamma(a) = Gamma(a + 1) * U^(1/a) (Marsaglia and Tsang, ACM TOMS 26, 2000, §6);
    `random.betavariate` underflows there and returns 0.
    """
    return math.log(rng.gammavariate(shape + 1.0, 1.0)) + math.log(1.0 - rng.random()) / shape


def latency_s(draws: Draws, latency: Latency) -> float:
    """One latency in seconds, before any time scale."""
    if latency.kind == "empirical":
        return draws.pick("latency", latency.values_s)
    if latency.kind == "constant":
        return latency.median_s
    spread = random.Random(draws.whole("latency")).gauss(0.0, latency.sigma)
    return latency.median_s * math.exp(spread)


def fault(draws: Draws, faults: Faults) -> FaultKind | None:
    """The fault this request meets, if any."""
    left = draws.uniform("fault")
    for kind, rate in faults.rates():
        left -= rate
        if left < 0.0:
            return kind
    return None

"""How many reviewers a limit on waiting takes, and how much the present ones hold.

Both are found by playing recorded arrivals, because people are asked in bursts: formulas for
independent arrivals can be far too hopeful then. Loads numpy.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from surestep.budgets import checked
from surestep.budgets.fitting.hierarchy import Floats
from surestep.errors import PlanError
from surestep.review.queue_replay import Replay, replay
from surestep.review.queueing import Load

_CLOSE = 1e-3
_SPARSEST, _DENSEST = 1e-6, 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Staffing:
    """So many reviewers, and what waits they lead to.

    Attributes:
        reviewers: how many work at a time.
        arrivals_per_h: items per hour, over all recorded ones.
        wait_s: the wait that the given share of items does not exceed, in seconds.
        mean_wait_s: the mean wait, in seconds.
        busy: the share of reviewers' time spent on items.
        sla_s: the limit of `wait_s`, in seconds.
        quantile: the share of items it is for.
        by_formula: reviewers that Erlang's formula asks for, which takes arrivals for independent.
    """

    reviewers: int
    arrivals_per_h: float
    wait_s: float
    mean_wait_s: float
    busy: float
    sla_s: float
    quantile: float
    by_formula: int

    @property
    def holds(self) -> bool:
        """Whether the wait keeps to its limit."""
        return self.wait_s <= self.sla_s


@dataclass(frozen=True, kw_only=True)
class _Trace:
    """Recorded arrivals, each with a service time.

    Attributes:
        arrivals_s: when items arrived, in seconds.
        service_s: how long each takes a reviewer, in seconds.
    """

    arrivals_s: Floats
    service_s: Floats

    @classmethod
    def of(cls, arrivals_s: Sequence[float], service_s: Sequence[float], seed: int) -> _Trace:
        if len(arrivals_s) < 2 or not len(service_s):
            raise PlanError(
                f"There are {len(arrivals_s)} arrivals and {len(service_s)} service times.",
                remedy="Give two arrivals and one service time, or more.",
            )
        for service in service_s:
            checked.positive("service_s", float(service), unit="seconds")
        times = np.sort(np.asarray(arrivals_s, dtype=float))
        if not times[0] < times[-1]:
            raise PlanError("All arrivals are at one time.", remedy="Give some hours of them.")
        drawn = np.random.default_rng(seed).choice(np.asarray(service_s, dtype=float), len(times))
        return cls(arrivals_s=times, service_s=drawn)

    @property
    def per_h(self) -> float:
        """Arrivals per hour."""
        span_s = float(self.arrivals_s[-1] - self.arrivals_s[0])
        return (len(self.arrivals_s) - 1) / span_s * 3600.0

    @cached_property
    def _services(self) -> list[float]:
        return [float(one) for one in self.service_s]

    def played(self, reviewers: int, *, denser: float = 1.0) -> Replay:
        """What becomes of the items if they arrive so many times as densely."""
        arrivals = (self.arrivals_s / denser).tolist()
        return replay(arrivals, self._services, reviewers=reviewers)

    def staffing(self, reviewers: int, sla_s: float, quantile: float) -> Staffing:
        """So many reviewers, as played, beside what the formula says."""
        done = self.played(reviewers)
        poisson = Load(
            reviewers=reviewers,
            arrivals_per_h=self.per_h,
            service_s=float(self.service_s.mean()),
            service_cv=float(self.service_s.std() / self.service_s.mean()),
        )
        return Staffing(
            reviewers=reviewers,
            arrivals_per_h=self.per_h,
            wait_s=done.wait_s(quantile),
            mean_wait_s=done.mean_wait_s,
            busy=done.busy,
            sla_s=sla_s,
            quantile=quantile,
            by_formula=poisson.staffed(sla_s, quantile=quantile).reviewers,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the present reviewers hold.

    Attributes:
        now: how they do with the recorded arrivals.
        most_per_h: arrivals per hour up to which the wait keeps to its limit, if they come in the
            same pattern, only denser or sparser.
    """

    now: Staffing
    most_per_h: float

    @property
    def room(self) -> float:
        """How many times the recorded arrivals they could take; below 1, they are too few."""
        return self.most_per_h / self.now.arrivals_per_h


def staff_needed(
    arrivals_s: Sequence[float],
    service_s: Sequence[float],
    *,
    sla_s: float,
    quantile: float = 0.95,
    seed: int = 0,
) -> Staffing:
    """The fewest reviewers with whom recorded arrivals would have waited no longer than a limit.

    Args:
        arrivals_s: when items arrived, in seconds, in any order.
        service_s: how long some took a reviewer, in seconds; each item gets one of them at random.
        sla_s: the limit of the wait, in seconds.
        quantile: the share of items it is for; 0.95 by default.
        seed: of the draw of service times.

    Raises:
        PlanError: for fewer than two arrivals or no service time, or a number out of its range.
    """
    _limits(sla_s, quantile)
    trace = _Trace.of(arrivals_s, service_s, seed)
    # More reviewers never lengthen a wait, so the fewest can be found by halving.
    low, high = 0, 1
    while trace.played(high).wait_s(quantile) > sla_s:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        fits = trace.played(middle).wait_s(quantile) <= sla_s
        low, high = (low, middle) if fits else (middle, high)
    return trace.staffing(high, sla_s, quantile)


def what_present_staff_holds(
    arrivals_s: Sequence[float],
    service_s: Sequence[float],
    *,
    reviewers: int,
    sla_s: float,
    quantile: float = 0.95,
    seed: int = 0,
) -> Held:
    """How many arrivals per hour so many reviewers hold, in the recorded pattern.

    Args:
        arrivals_s: when items arrived, in seconds, in any order.
        service_s: how long some took a reviewer, in seconds; each item gets one of them at random.
        reviewers: how many work at a time.
        sla_s: the limit of the wait, in seconds.
        quantile: the share of items it is for; 0.95 by default.
        seed: of the draw of service times.

    Raises:
        PlanError: for fewer than two arrivals or no service time, or a number out of its range.
    """
    _limits(sla_s, quantile)
    checked.count("reviewers", reviewers, least=1)
    trace = _Trace.of(arrivals_s, service_s, seed)

    def fits(denser: float) -> bool:
        return trace.played(reviewers, denser=denser).wait_s(quantile) <= sla_s

    most = _densest(fits)
    now = trace.staffing(reviewers, sla_s, quantile)
    return Held(now=now, most_per_h=most * trace.per_h)


def _limits(sla_s: float, quantile: float) -> None:
    checked.positive("sla_s", sla_s, unit="seconds")
    checked.open_rate("quantile", quantile)


def _densest(fits: Callable[[float], bool]) -> float:
    """How many times as densely items may come; denser ones never wait less."""
    low, high = 1.0, 1.0
    while not fits(low):
        low, high = low / 2.0, low
        if low < _SPARSEST:
            return 0.0
    while fits(high):
        low, high = high, 2.0 * high
        if high > _DENSEST:
            return math.inf
    while high - low > _CLOSE * low:
        middle = (low + high) / 2.0
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low

"""A queue played item by item, from recorded arrivals and service times."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from surestep.budgets import checked
from surestep.errors import PlanError

Admit = Callable[[int, float, int], bool]
"""Whether an item may join: its place, the time in seconds, and how many wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What became of each item.

    Attributes:
        waits_s: how long each waited for a reviewer, in seconds; `None` if it was not admitted.
        busy: the share of reviewers' time that was spent serving, until the last item was done.
    """

    waits_s: tuple[float | None, ...]
    busy: float

    def wait_s(self, quantile: float = 0.95) -> float:
        """The wait that this share of admitted items did not exceed, in seconds; 0 if none was.

        Raises:
            PlanError: for a quantile outside [0, 1].
        """
        checked.rate("quantile", quantile)
        return wait_quantile([wait for wait in self.waits_s if wait is not None], quantile)

    @property
    def mean_wait_s(self) -> float:
        """The mean wait of admitted items, in seconds; 0 if none was."""
        waits = [wait for wait in self.waits_s if wait is not None]
        return math.fsum(waits) / max(len(waits), 1)


def wait_quantile(waits_s: Sequence[float], quantile: float) -> float:
    """The smallest of some waits that this share of them does not exceed; 0 if there are none."""
    place = max(math.ceil(quantile * len(waits_s)) - 1, 0)
    return sorted(waits_s)[place] if waits_s else 0.0


def replay(
    arrivals_s: Sequence[float],
    service_s: Sequence[float],
    *,
    reviewers: int,
    priorities: Sequence[int] | None = None,
    admit: Admit | None = None,
) -> Replay:
    """What becomes of items that arrive at these times and take these times to serve.

    A free reviewer takes the waiting item of the highest priority, of those the first to arrive;
    nobody is interrupted.

    Args:
        arrivals_s: when each item arrives, in seconds, in ascending order.
        service_s: how long each takes a reviewer, in seconds.
        reviewers: how many there are.
        priorities: of the items, higher is served first; all the same by default.
        admit: asked at each arrival; all are admitted by default.

    Raises:
        PlanError: for no items, times out of order, other numbers of service times or priorities
            than of arrivals, or fewer than 1 reviewer.
    """
    checked.count("reviewers", reviewers, least=1)
    ranks = [0] * len(arrivals_s) if priorities is None else priorities
    _check(arrivals_s, service_s, ranks)
    waits: list[float | None] = [None] * len(arrivals_s)
    free = [arrivals_s[0]] * reviewers
    waiting: list[tuple[int, int]] = []
    place, served_s, now = 0, 0.0, arrivals_s[0]
    while waiting or place < len(arrivals_s):
        # The next moment at which a reviewer is free; everything that arrives before it waits.
        now = max(free[0], now if waiting else arrivals_s[place])
        while place < len(arrivals_s) and arrivals_s[place] <= now:
            if admit is None or admit(place, arrivals_s[place], len(waiting)):
                heapq.heappush(waiting, (-ranks[place], place))
            place += 1
        if waiting:
            _, item = heapq.heappop(waiting)
            waits[item] = now - arrivals_s[item]
            served_s += service_s[item]
            heapq.heapreplace(free, now + service_s[item])
    span_s = max(*free, arrivals_s[-1]) - arrivals_s[0]
    return Replay(waits_s=tuple(waits), busy=served_s / (reviewers * span_s) if span_s else 0.0)


def _check(arrivals_s: Sequence[float], service_s: Sequence[float], ranks: Sequence[int]) -> None:
    if not len(arrivals_s) == len(service_s) == len(ranks) > 0:
        raise PlanError(
            f"There are {len(arrivals_s)} arrivals, {len(service_s)} service times and "
            f"{len(ranks)} priorities.",
            remedy="Give one of each for every item, and one item or more.",
        )
    previous = -math.inf
    for arrival, service in zip(arrivals_s, service_s, strict=True):
        checked.not_negative("service_s", service, unit="seconds")
        if not previous <= checked.finite("arrivals_s", arrival, remedy="Give seconds."):
            raise PlanError(
                f"arrivals_s has {arrival:g} after {previous:g}.",
                remedy="Give times in ascending order.",
            )
        previous = arrival

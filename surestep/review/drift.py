"""Alarms that may be looked at after every item, with a stated rate of false ones; loads numpy.

Each item multiplies the evidence by 1 + stake · (x - limit), which is 1 on average, or less, while
the mean of x is within the limit: a bet that is fair then, and grows if it is not. Of a mixture of
stakes, some are about right for whatever the change is.

A *detector* also starts a new bet at every item (a Shiryaev-Roberts mixture; Shin, Ramdas and
Rinaldo, e-detectors, arXiv 2203.03532): the mean number of items to a false alarm is its level at
least. A *test* starts once: P(it ever raises a false alarm) <= 1 / level (Ville 1939).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from surestep.budgets import checked
from surestep.budgets.fitting.hierarchy import Floats
from surestep.errors import PlanError

_TIMES = (1.5, 2.5, 5.0)
"""The rates to look out for by default, as multiples of the limit."""
_SHARPER = (1.0, 2.0, 4.0, 8.0)
"""Stakes on sampled labels, as multiples of the best ones under uniform sampling: the larger serve
designs that find errors more often than that."""
_HIGHEST = 1e300


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Watches whether the mean of a statistic leaves a limit.

    States are arrays, so that many streams can be watched at once: the last axis is the stakes',
    the others are the streams'.

    Attributes:
        limit: the mean that is still fine.
        stakes: of the bets; negative ones look for a mean below the limit.
        level: the evidence from which it raises an alarm.
        restarts: whether it is a detector, which starts a new bet at every item.

    Raises:
        PlanError: for no stakes, or a level that is not above 1.
    """

    limit: float
    stakes: tuple[float, ...]
    level: float
    restarts: bool

    def __post_init__(self) -> None:
        checked.rate("limit", self.limit)
        if not self.stakes or not self.level > 1.0:
            raise PlanError(
                f"A watch has {len(self.stakes)} stakes and level {self.level!r}.",
                remedy="Give one stake or more, and a level above 1.",
            )

    @classmethod
    def detector(
        cls,
        limit: float,
        *,
        items_between_false_alarms: float,
        rates: Iterable[float] = (),
        sampled: float = 1.0,
    ) -> Watch:
        """A watch that goes on for good, and notices a change whenever it comes.

        Args:
            limit: the error rate that is still fine, strictly between 0 and 1.
            items_between_false_alarms: their mean number, at least, while the rate is fine.
            rates: the error rates to look out for; by default 1.5 to 5 times the limit.
            sampled: the share of items that are reviewed; 1.0, all of them, by default.

        Raises:
            PlanError: for a limit that is not strictly between 0 and 1, rates that are not above
                it, or fewer than 2 items between alarms.
        """
        level = checked.positive(
            "items_between_false_alarms", items_between_false_alarms, unit="items"
        )
        stakes = _stakes(limit, rates, sampled)
        return cls(limit=limit, stakes=stakes, level=level, restarts=True)

    @classmethod
    def test(
        cls,
        limit: float,
        *,
        false_alarm: float,
        rates: Iterable[float] = (),
        sampled: float = 1.0,
    ) -> Watch:
        """A watch that proves the rate is not fine, from the first item on.

        Args:
            limit: the error rate that is still fine, strictly between 0 and 1.
            false_alarm: P(it ever raises an alarm while the rate is fine), at most.
            rates: the error rates to look out for; by default 1.5 to 5 times the limit.
            sampled: the share of items that are reviewed; 1.0, all of them, by default.

        Raises:
            PlanError: for probabilities that are not strictly between 0 and 1, or rates that are
                not above the limit.
        """
        level = 1.0 / checked.open_rate("false_alarm", false_alarm)
        stakes = _stakes(limit, rates, sampled)
        return cls(limit=limit, stakes=stakes, level=level, restarts=False)

    def start(self, streams: int = 1) -> Floats:
        """The state before the first item."""
        return np.full((streams, len(self.stakes)), 0.0 if self.restarts else 1.0)

    def after(self, state: Floats, x: Floats | float) -> Floats:
        """The state after one more item of each stream.

        Args:
            state: the one before.
            x: the statistic of the item of each stream: 1.0 if it was wrong, else 0.0; of a
                sampled item, `seen` of it.
        """
        bets = 1.0 + np.multiply.outer(np.asarray(x) - self.limit, np.array(self.stakes))
        grown = (state + 1.0 if self.restarts else state) * bets
        # Far above any level, and below where numbers end, in streams nobody stops.
        return np.asarray(np.minimum(grown, _HIGHEST))

    def evidence(self, state: Floats) -> Floats:
        """The evidence of each stream that the limit is left."""
        return np.asarray(state.mean(axis=-1))

    def alarm(self, state: Floats) -> bool:
        """Whether any stream raises an alarm."""
        return bool((self.evidence(state) >= self.level).any())

    def first_alarm(self, statistics: Iterable[float]) -> int | None:
        """After how many items of one stream the alarm is first raised; `None` if it never is."""
        state = self.start()
        for count, x in enumerate(statistics, start=1):
            state = self.after(state, x)
            if self.alarm(state):
                return count
        return None


def seen(*, wrong: bool | None, chance: float) -> float:
    """The statistic of an item that was to be reviewed with a known probability.

    Its mean is the error rate of all items, however the reviewed ones were chosen.

    Args:
        wrong: what the review said; `None` if the item was not reviewed.
        chance: the probability with which it was to be.

    Raises:
        PlanError: for a probability outside [0, 1], or of 0 for an item that was reviewed.
    """
    if not wrong:
        return 0.0
    if checked.rate("chance", chance) == 0.0:
        raise PlanError("chance is 0.0, but it was reviewed.", remedy="Give the stored chance.")
    return 1.0 / chance


def _stakes(limit: float, rates: Iterable[float], sampled: float) -> tuple[float, ...]:
    """The stakes of fastest growth if the rate is one of `rates` (Kelly 1956).

    Sampled uniformly, an error shows with probability `sampled` and then counts 1 / sampled.
    """
    checked.open_rate("limit", limit)
    share = checked.rate("sampled", sampled)
    wanted = tuple(rates) or tuple(min(limit * times, (1.0 + limit) / 2.0) for times in _TIMES)
    for rate in wanted:
        if not limit < checked.rate("rates", rate):
            raise PlanError(f"rates has {rate!r}.", remedy=f"Give rates above {limit}.")
    kelly = [share * (rate - limit) / (limit * (1.0 - share * limit)) for rate in wanted]
    # Beyond 1 / limit a bet could lose more than everything.
    largest = 0.5 / limit
    # With every item reviewed Kelly's stakes are right as they are.
    if share == 1.0:
        return tuple(kelly)
    return tuple(min(times * stake, largest) for stake in kelly for times in _SHARPER)

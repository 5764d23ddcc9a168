"""The Bernoulli CUSUM: the fastest alarm for one change of a rate, its false alarms known exactly.

Page 1954; on a lattice, where its run lengths are those of a finite Markov chain: Reynolds and
Stoumbos, Journal of Quality Technology 31 (1999), Brook and Evans, Biometrika 59 (1972).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from surestep.budgets import checked
from surestep.budgets.fitting.hierarchy import Floats
from surestep.errors import PlanError

_HIGHEST = 2_000
"""States of the chain beyond which its equations would take seconds to solve."""
_ROUNDS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Cusum:
    """A sum that an error raises, and anything right lowers, though never below 0.

    Attributes:
        raised: by how much an error raises it; anything right lowers it by 1.
        height: the sum from which it raises an alarm.

    Raises:
        PlanError: for a rise or height below 1.
    """

    raised: int
    height: int

    def __post_init__(self) -> None:
        checked.count("raised", self.raised, least=1)
        checked.count("height", self.height, least=1)

    @classmethod
    def of(cls, limit: float, rate: float, *, items_between_false_alarms: float) -> Cusum:
        """The CUSUM for one change of an error rate.

        Args:
            limit: the error rate that is still fine.
            rate: the one to look out for, above the limit.
            items_between_false_alarms: their mean number, at least, at the limit.

        Raises:
            PlanError: for rates that are not strictly between 0 and 1 or not in order, or a
                number of items no chain of a size we solve reaches.
        """
        checked.open_rate("limit", limit)
        if checked.open_rate("rate", rate) <= limit:
            raise PlanError(f"rate is {rate!r}.", remedy=f"Give one above the limit, {limit}.")
        wanted = checked.positive(
            "items_between_false_alarms", items_between_false_alarms, unit="items"
        )
        # The log-likelihood ratio of an error, in units of that of anything right.
        raised = max(1, round(math.log(rate / limit) / math.log((1 - limit) / (1 - rate))))
        # Doubled first, because the time to solve grows with the cube of the height.
        low, high = 0, 1
        while cls(raised=raised, height=high).run_length(limit) < wanted:
            low, high = high, 2 * high
            if high > _HIGHEST:
                raise PlanError(
                    f"items_between_false_alarms is {wanted:g}, which takes too large a chain.",
                    remedy="Ask for fewer, or look out for a larger change.",
                )
        while high - low > 1:
            middle = (low + high) // 2
            enough = cls(raised=raised, height=middle).run_length(limit) >= wanted
            low, high = (low, middle) if enough else (middle, high)
        return cls(raised=raised, height=high)

    def run_length(self, rate: float) -> float:
        """The mean number of items until the alarm, from a sum of 0, at this error rate; exact.

        Raises:
            PlanError: for a rate that is not above 0, or is above 1.
        """
        if checked.rate("rate", rate) == 0.0:
            raise PlanError("rate is 0.0: the alarm is never raised.", remedy="Give more than 0.")
        return float(self._run_lengths(rate)[0])

    def delay(self, rate: float, *, limit: float) -> float:
        """The mean number of items until the alarm, if the rate changes long after the start.

        Args:
            rate: the error rate after the change.
            limit: the one before it, under which no alarm was raised.

        Raises:
            PlanError: for a rate that is not above 0, or is above 1.
        """
        # Inverse iteration for the law of the sum that no longer knows its start.
        moves = np.linalg.inv(np.eye(self.height) - self._moves(checked.rate("limit", limit)))
        sums = np.eye(self.height)[0]
        for _ in range(_ROUNDS):
            sums = sums @ moves
            sums /= sums.sum()
        return float(sums @ self._run_lengths(rate))

    def _run_lengths(self, rate: float) -> Floats:
        """The mean numbers of items until the alarm, from each sum."""
        if checked.rate("rate", rate) == 0.0:
            raise PlanError("rate is 0.0: the alarm is never raised.", remedy="Give more than 0.")
        found = np.linalg.solve(np.eye(self.height) - self._moves(rate), np.ones(self.height))
        return np.asarray(found)

    def _moves(self, rate: float) -> Floats:
        """P(one sum follows another), sums that raise the alarm left out."""
        places = np.arange(self.height)
        moves = np.zeros((self.height, self.height))
        moves[places, np.maximum(places - 1, 0)] += 1.0 - rate
        moves[places[: -self.raised], places[self.raised :]] += rate
        return moves

    def after(self, total: int, *, wrong: bool) -> int:
        """The sum after one more item."""
        return total + self.raised if wrong else max(total - 1, 0)

    def alarm(self, total: int) -> bool:
        """Whether the sum raises an alarm."""
        return total >= self.height

    def first_alarm(self, outcomes: Iterable[bool]) -> int | None:
        """After how many items the alarm is first raised, by whether each was wrong; or `None`."""
        total = 0
        for count, wrong in enumerate(outcomes, start=1):
            total = self.after(total, wrong=wrong)
            if self.alarm(total):
                return count
        return None

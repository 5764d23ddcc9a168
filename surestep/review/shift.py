"""An alarm that needs no labels: confidence, length, or any number of an output, changes its law.

Each value is ranked among all before it. While they come from one distribution, whichever it is,
the ranks are independent and uniform, so a bet on them is fair (conformal test martingales: Vovk,
Nouretdinov and Gammerman, ICML 2003; as detectors: Vovk, Testing randomness online, 2021).
"""

from __future__ import annotations

import random
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from surestep.budgets import checked
from surestep.review.drift import Watch

_STAKES = (-1.8, -0.9, 0.9, 1.8)
"""Of bets on ranks whose mean is 1/2; at 2 one could lose everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Watches whether a statistic still comes from the distribution it came from.

    Attributes:
        watch: bets on the ranks.
        seen: all values so far, in ascending order.
        state: of the watch, one number for each stake.
        seed: of the coins that break ties.
    """

    watch: Watch
    seen: tuple[float, ...]
    state: tuple[float, ...]
    seed: int

    @classmethod
    def against(
        cls, reference: Sequence[float], *, items_between_false_alarms: float, seed: int = 0
    ) -> Shift:
        """A watch that has seen how things were, and looks for a change from now on.

        Args:
            reference: values of the statistic from before; the more, the smaller the change it
                can notice. 100 or more are sensible.
            items_between_false_alarms: their mean number, at least, while nothing changes.
            seed: of the coins that break ties.

        Raises:
            PlanError: for a value that is no finite number, or fewer than 2 items between alarms.
        """
        level = checked.positive(
            "items_between_false_alarms", items_between_false_alarms, unit="items"
        )
        values = sorted(_number(value) for value in reference)
        watch = Watch(limit=0.5, stakes=_STAKES, level=level, restarts=True)
        return cls(watch=watch, seen=tuple(values), state=(0.0,) * len(_STAKES), seed=seed)

    @property
    def alarm(self) -> bool:
        """Whether the distribution has changed, as far as the stated rate of false alarms goes."""
        return self.watch.alarm(np.array(self.state))

    def after(self, value: float) -> Shift:
        """The watch after one more value.

        Raises:
            PlanError: if it is no finite number.
        """
        new = _number(value)
        below, upto = bisect_left(self.seen, new), bisect_right(self.seen, new)
        count = len(self.seen)
        # Drawn from the place of the value, so that no generator has to be kept.
        coin = random.Random(f"{self.seed}:{count}").random()
        # The share of values above it; equal ones, itself among them, count by the coin.
        rank = (count - upto + coin * (upto - below + 1)) / (count + 1)
        state = self.watch.after(np.array(self.state), rank)
        seen = (*self.seen[:upto], new, *self.seen[upto:])
        return replace(self, seen=seen, state=tuple(state.tolist()))

    def first_alarm(self, values: Iterable[float]) -> int | None:
        """After how many further values the alarm is first raised; `None` if it never is."""
        at = self
        for count, value in enumerate(values, start=1):
            at = at.after(value)
            if at.alarm:
                return count
        return None


def _number(value: float) -> float:
    return checked.finite("value", value, remedy="Give finite numbers.")

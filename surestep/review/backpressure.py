"""How much is asked of people when more arrives than they can take: less, in a stated order.

What must be approved is always asked. Sampled reviews give way first, but for a few; then the
least is asked where least is at stake, by raising the score from which an action is asked about.
Deciding is a pure function of what waits and arrives. How much is let in falls with what waits
(a(Q) = λ* - (Q - Q*) / H), to nothing if need be, so no load makes the queue grow without end.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from surestep.budgets import checked
from surestep.errors import PlanError
from surestep.review.queueing import Load, expected_wait_s

_HOUR_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalRate:
    """How many items arrive per hour, the recent ones counting most.

    Attributes:
        per_h: the rate at `at_s`, in items per hour.
        at_s: when the last item was counted, in seconds.
        memory_s: after how many seconds an item counts for 1 / e of what it did.
    """

    per_h: float = 0.0
    at_s: float = 0.0
    memory_s: float = 600.0

    def __post_init__(self) -> None:
        checked.positive("memory_s", self.memory_s, unit="seconds")
        checked.amounts(self, per_h="items per hour")

    def now(self, at_s: float) -> float:
        """The rate at a time in seconds, if nothing has arrived since, in items per hour."""
        # A clock that was set back must not make the rate grow.
        return self.per_h * math.exp(min(self.at_s - at_s, 0.0) / self.memory_s)

    def after(self, at_s: float) -> ArrivalRate:
        """The rate with one more item, which arrived at a time in seconds."""
        each = _HOUR_S / self.memory_s
        return ArrivalRate(per_h=self.now(at_s) + each, at_s=at_s, memory_s=self.memory_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arriving:
    """What people would be asked per hour, if they were asked everything.

    Attributes:
        must: items that must be approved.
        asked: items to be approved if there is time, by their score.
        sampled: items to be reviewed afterwards.
    """

    must: float
    asked: float = 0.0
    sampled: float = 0.0

    def __post_init__(self) -> None:
        unit = "items per hour"
        checked.amounts(self, must=unit, asked=unit, sampled=unit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What people are asked for the time being.

    Attributes:
        asked: the share of items to be approved if there is time that still is, in [0, 1].
        sampled: the share of sampled reviews that is still drawn, in (0, 1], as
            `Draw.thinned` takes it.
        at_s: when this was decided, in seconds.
    """

    asked: float = 1.0
    sampled: float = 1.0
    at_s: float = 0.0

    def __post_init__(self) -> None:
        checked.rates(self, "asked", "sampled")

    @property
    def everything(self) -> bool:
        """Whether nothing is shed."""
        return self.asked == self.sampled == 1.0

    def threshold(self, scores: Sequence[float]) -> float:
        """The score from which an action is asked about, given recent scores.

        A score is what is at stake, such as (1 - confidence) * amount. Minus infinity while all
        are asked, infinity while none is.
        """
        if self.asked == 1.0:
            return -math.inf
        kept = math.floor(self.asked * len(scores))
        return sorted(scores)[-kept] if kept else math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressure:
    """How reviewers are kept from drowning.

    Attributes:
        most: the reviewers, at the most arrivals that keep to the limit.
        sla_s: the limit of the wait, in seconds.
        margin: the share of what may be let in that must stay unused before more is asked again.
        least_sampled: the share of sampled reviews that is never shed.
    """

    most: Load
    sla_s: float
    margin: float = 0.1
    least_sampled: float = 0.02

    @classmethod
    def of(
        cls,
        *,
        reviewers: int,
        service_s: float,
        sla_s: float,
        must_per_h: float,
        service_cv: float = 1.0,
        quantile: float = 0.95,
        margin: float = 0.1,
        least_sampled: float = 0.02,
    ) -> Pressure:
        """How to keep a limit on waiting.

        Args:
            reviewers: how many work at a time.
            service_s: mean time one item takes a reviewer, in seconds.
            sla_s: the limit of the wait, in seconds.
            must_per_h: items per hour that must be approved, which nothing can shed.
            service_cv: coefficient of variation of the service times; 1.0 by default.
            quantile: the share of items the limit is for; 0.95 by default.
            margin: the share of what may be let in that must stay unused before more is asked
                again, so that small changes do not open and shut; 0.1 by default.
            least_sampled: the share of sampled reviews that is never shed, because without any
                nothing could be said of the actions of that time; 0.02 by default.

        Raises:
            PlanError: for a number out of its range, or if what must be approved alone is more
                than the reviewers can do.
        """
        checked.open_rate("margin", margin)
        checked.open_rate("least_sampled", least_sampled)
        checked.not_negative("must_per_h", must_per_h, unit="items per hour")
        # A load is above 0, but there may be nothing that must be approved.
        must = Load(
            reviewers=reviewers,
            arrivals_per_h=max(must_per_h, 1e-9),
            service_s=service_s,
            service_cv=service_cv,
        )
        if must.busy >= reviewers:
            raise PlanError(
                f"must_per_h is {must_per_h:g}, and {reviewers} reviewers do "
                f"{reviewers / service_s * _HOUR_S:g} an hour at most.",
                remedy="Add reviewers, or let fewer items need an approval.",
            )
        return cls(
            most=must.holding(sla_s, quantile=quantile),
            sla_s=sla_s,
            margin=margin,
            least_sampled=least_sampled,
        )

    @property
    def usual(self) -> float:
        """How many items wait on average at the most arrivals that keep to the limit."""
        return self.most.arrivals_per_h / _HOUR_S * self.most.mean_wait_s

    def admitted_per_h(self, waiting: int) -> float:
        """How many items per hour may be let in while so many wait."""
        checked.count("waiting", waiting, least=0)
        excess = (waiting - self.usual) / self.sla_s * _HOUR_S
        return max(0.0, self.most.arrivals_per_h - excess)

    def after(self, before: Asking, *, at_s: float, waiting: int, arriving: Arriving) -> Asking:
        """What to ask now.

        Less is asked at once; more only if a margin would stay unused, and little by little: from
        nothing to all takes as long as the limit of the wait. While all is asked and no more wait
        than usual, it stays so, however fast they arrive.

        Args:
            before: what was asked until now.
            at_s: the time, in seconds.
            waiting: how many items wait, of all kinds.
            arriving: what arrives, as it would if nothing was shed.

        Raises:
            PlanError: for a negative number of items.
        """
        admitted = self.admitted_per_h(waiting)
        if before.everything and waiting <= self.usual:
            return replace(before, at_s=at_s)
        # Between both shares nothing changes: what was opened a moment ago is not shut again.
        upper = self._shares(admitted, arriving)
        lower = self._shares((1.0 - self.margin) * admitted, arriving)
        step = max(0.0, at_s - before.at_s) / self.sla_s
        return Asking(
            asked=min(upper.asked, max(before.asked, min(lower.asked, before.asked + step))),
            sampled=min(
                upper.sampled, max(before.sampled, min(lower.sampled, before.sampled + step))
            ),
            at_s=at_s,
        )

    def wait_s(self, ahead: int, *, overtaking_per_h: float = 0.0) -> float:
        """The wait to tell a requester, in seconds.

        Args:
            ahead: waiting items that will be served before.
            overtaking_per_h: items per hour that arrive later and are still served before.

        Raises:
            PlanError: for a negative number, or overtaking items that leave no time for others.
        """
        return expected_wait_s(
            ahead,
            reviewers=self.most.reviewers,
            service_s=self.most.service_s,
            overtaking_per_h=overtaking_per_h,
        )

    def _shares(self, admitted_per_h: float, arriving: Arriving) -> Asking:
        """What fits in, in order: what must be, what is asked, what is sampled."""
        never_shed = arriving.must + self.least_sampled * arriving.sampled
        room = max(0.0, admitted_per_h - never_shed)
        asked = min(1.0, room / arriving.asked) if arriving.asked else 1.0
        left = max(0.0, room - arriving.asked)
        more = left / arriving.sampled if arriving.sampled else 1.0
        return Asking(asked=asked, sampled=min(1.0, self.least_sampled + more))

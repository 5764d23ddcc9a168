"""A day of refund tickets, drawn: what each is about, how sure the agent is, when it comes in.

Amounts and doubts (1 - confidence) are log-normal and independent, and the agent errs as often as
its doubt says. Arrivals are a Poisson process with one burst. All of it is drawn, none observed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surestep.budgets.fitting.hierarchy import Floats
from surestep.review.queueing import Load
from surestep.review.triage import amount_sigma_for

VOLUME, DOLLARS = 0.05, 0.30
"""People see this share of the tickets, and by it this share of all dollars."""
REVIEWED = 0.03
"""The share of tickets drawn for a look after the agent has acted."""
MEDIAN_USD, MEDIAN_DOUBT = 40.0, 0.02
DOUBT_SIGMA = 1.0
# 1.382754 and 1.120453: by score, and by amount alone, the top 5 % hold 30 % of the dollars.
SCORE_SIGMA = amount_sigma_for(volume=VOLUME, dollars=DOLLARS, doubt_sigma=DOUBT_SIGMA)
AMOUNT_SIGMA = amount_sigma_for(volume=VOLUME, dollars=DOLLARS, doubt_sigma=0.0)

REVIEWERS, SERVICE_S, SLA_S = 3, 180.0, 900.0
HELD = Load(reviewers=REVIEWERS, arrivals_per_h=1.0, service_s=SERVICE_S).holding(SLA_S)
"""The most items per hour of which 95 % wait no longer than the SLA."""
USUALLY, BURST = 0.8, 3.0
"""What comes in, as a share of what the reviewers hold: usually, and in the burst."""
BURST_H, BEFORE = 1.0, 1 / 3
"""How long the burst of a day of 10,000 tickets lasts; the share of the other time before it."""
AFTER = 1.0
"""Waits are those of items from the burst and from the time after it, so many times as long."""
WHOLE_DAY = 10_000
HOUR_S = 3600.0

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The tickets of one day, in the order they come in.

    Attributes:
        amount_usd: the refund each asks for, in US dollars.
        doubt: the probability that the agent errs on it.
        wrong: whether it does.
        said: the confidence it states, which is more than it should be.
        at_s: when it comes in, in seconds since the day began.
        service_s: how long it takes a person, in seconds.
        burst_s: when the burst begins and ends, in seconds.
    """

    amount_usd: Floats
    doubt: Floats
    wrong: Flags
    said: Floats
    at_s: Floats
    service_s: Floats
    burst_s: tuple[float, float]

    def __len__(self) -> int:
        return len(self.amount_usd)

    @classmethod
    def drawn(cls, count: int, *, seed: int, amount_sigma: float = SCORE_SIGMA) -> Day:
        """A day of so many tickets; fewer come in as densely as 10,000, but for a shorter time.

        Args:
            count: how many.
            seed: of the draw.
            amount_sigma: standard deviation of the logarithm of amounts.
        """
        draw = np.random.default_rng(seed)
        # One stream for each, so that amounts of another spread change nothing else.
        amounts, doubts, errors, arrivals, services = draw.spawn(5)
        doubt = np.minimum(MEDIAN_DOUBT * doubts.lognormal(0.0, DOUBT_SIGMA, count), 1.0)
        at_s, burst_s = _arrivals(arrivals, count)
        return cls(
            amount_usd=MEDIAN_USD * amounts.lognormal(0.0, amount_sigma, count),
            doubt=doubt,
            wrong=errors.random(count) < doubt,
            said=1.0 - doubt**2,
            at_s=at_s,
            service_s=services.exponential(SERVICE_S, count),
            burst_s=burst_s,
        )

    def is_crowded(self, at_s: float) -> bool:
        """Whether a time in seconds is in the burst or, as much longer, after it."""
        began_s, ended_s = self.burst_s
        return began_s <= at_s < ended_s + AFTER * (ended_s - began_s)


def tickets_per_h(load: float) -> float:
    """How many tickets an hour bring the reviewers so many times what they hold."""
    return load * HELD.arrivals_per_h / (VOLUME + REVIEWED)


def _arrivals(draw: np.random.Generator, count: int) -> tuple[Floats, tuple[float, float]]:
    """When tickets come in, and from when to when the burst lasts."""
    scale = count / WHOLE_DAY
    crowd = tickets_per_h(BURST) * BURST_H
    quiet_s = (WHOLE_DAY - crowd) / tickets_per_h(USUALLY) * HOUR_S * scale
    start_s = BEFORE * quiet_s
    end_s = start_s + BURST_H * HOUR_S * scale
    # Given how many there are, a Poisson process puts them down one by one, by its intensity.
    came = np.cumsum([0.0, BEFORE * (WHOLE_DAY - crowd), crowd, (1 - BEFORE) * (WHOLE_DAY - crowd)])
    times = [0.0, start_s, end_s, quiet_s + end_s - start_s]
    at_s = np.sort(np.interp(draw.random(count), came / came[-1], times))
    return at_s, (start_s, end_s)

"""How the team comes through a burst, over many days."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from examples.refund_desk.burst import ARMS, Arm, Played, played
from examples.refund_desk.cases import cases
from examples.refund_desk.learning import World
from examples.refund_desk.tiers import Kind
from examples.refund_desk.worth import Mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Through:
    """One way to run the queue, over many days; of the burst and the hour after it.

    Attributes:
        name: the way.
        p95_must_min: the wait that 95 % of what must be approved did not exceed, in minutes.
        p95_asked_min: that of all approvals.
        p95_all_min: that of all items, looks afterwards with them.
        shed_must: the share of what must be approved that was left out.
        shed_asked: that of other approvals.
        shed_sampled: that of looks afterwards.
        shed_usd: what leaving approvals out is expected to cost in a day, in US dollars.
        recovery_min: after the burst, until all is asked again and no more wait than usual.
        queue: of the first day: the time in seconds, and how many waited then.
    """

    name: str
    p95_must_min: Mean
    p95_asked_min: Mean
    p95_all_min: Mean
    shed_must: Mean
    shed_asked: Mean
    shed_sampled: Mean
    shed_usd: Mean
    recovery_min: Mean
    queue: list[tuple[float, int]]


def through(worlds: Sequence[World]) -> list[Through]:
    """Each way, over the same days; two or more."""
    all_cases = [cases(world) for world in worlds]
    return [
        _over_days(
            arm, [played(world, one, arm) for world, one in zip(worlds, all_cases, strict=True)]
        )
        for arm in ARMS
    ]


def _over_days(arm: Arm, days: Sequence[Played]) -> Through:
    def mean(of: Callable[[Played], float]) -> Mean:
        return Mean.of(np.array([of(day) for day in days]))

    return Through(
        name=arm.name,
        p95_must_min=mean(lambda day: day.p95_min(Kind.MUST)),
        p95_asked_min=mean(lambda day: day.p95_min(Kind.MUST, Kind.ASKED)),
        p95_all_min=mean(lambda day: day.p95_min(*Kind)),
        shed_must=mean(lambda day: day.shed[Kind.MUST]),
        shed_asked=mean(lambda day: day.shed[Kind.ASKED]),
        shed_sampled=mean(lambda day: day.shed[Kind.SAMPLED]),
        shed_usd=mean(lambda day: day.shed_usd),
        recovery_min=mean(lambda day: day.recovered_s / 60.0),
        queue=days[0].queue,
    )

"""What people see of the tickets by both routing rules, beside the closed forms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from statistics import fmean, stdev

import numpy as np

from examples.refund_desk.learning import World
from examples.refund_desk.tickets import AMOUNT_SIGMA, SCORE_SIGMA, VOLUME, Day, Flags
from surestep.budgets.fitting.hierarchy import Floats
from surestep.review.triage import Rule, Seen, seen_by

Way = Callable[[World], Flags]
"""Which tickets of a day people look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One way to choose tickets, measured.

    Attributes:
        name: the way.
        law: what the closed form says; `None` where there is none.
        today: on the first day.
        mean: over all days.
        spread: the standard deviation from day to day, which is the sampling error of one.
    """

    name: str
    law: Seen | None
    today: Seen
    mean: Seen
    spread: Seen


def shares(by_score: Sequence[World], by_amount: Sequence[World]) -> list[Measured]:
    """All ways, measured.

    Args:
        by_score: days whose amounts are spread as the rule by score wants them, two or more.
        by_amount: the same for the rule by amount alone.
    """
    score = seen_by("score", volume=VOLUME, amount_sigma=SCORE_SIGMA)
    amount = seen_by("amount", volume=VOLUME, amount_sigma=AMOUNT_SIGMA)
    return [
        _measured("score, true confidence", score, by_score, _best),
        _measured("score, calibrated", score, by_score, lambda world: world.asked),
        _measured("score, not calibrated", None, by_score, _as_stated),
        _measured("amount", amount, by_amount, _large),
    ]


def seen(day: Day, chosen: Flags) -> Seen:
    """What people see who look at the chosen tickets; the loss as expected, not as it happened."""
    loss = day.doubt * day.amount_usd
    return Seen(
        volume=float(chosen.mean()),
        dollars=float(day.amount_usd[chosen].sum() / day.amount_usd.sum()),
        loss=float(loss[chosen].sum() / loss.sum()),
    )


def ranks(rule: Rule, world: World, doubt: Floats) -> Floats:
    """A number for each ticket, the highest of which a rule has people look at first."""
    amount = world.day.amount_usd
    draw = np.random.default_rng([world.seed, 1])
    return {
        "score": doubt * amount,
        "amount": amount,
        "confidence": doubt,
        "random": draw.random(len(amount)),
    }[rule]


def _best(world: World) -> Flags:
    rank = ranks("score", world, world.day.doubt)
    chosen = np.zeros(len(rank), dtype=np.bool_)
    chosen[np.argsort(-rank)[: round(VOLUME * len(rank))]] = True
    return chosen


def _as_stated(world: World) -> Flags:
    stated = (1.0 - world.day.said) * world.day.amount_usd
    return np.asarray(stated > world.learnt.price_usd)


def _large(world: World) -> Flags:
    return np.asarray(world.day.amount_usd >= world.learnt.limit_usd)


def _measured(name: str, law: Seen | None, worlds: Sequence[World], way: Way) -> Measured:
    found = [seen(world.day, way(world)) for world in worlds]
    return Measured(
        name=name, law=law, today=found[0], mean=_each(fmean, found), spread=_each(stdev, found)
    )


def _each(of: Callable[[Sequence[float]], float], found: Sequence[Seen]) -> Seen:
    return Seen(**{at.name: of([getattr(one, at.name) for one in found]) for at in fields(Seen)})

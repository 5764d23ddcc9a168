"""How much loss a minute of people prevents, by what they look at first, at equal minutes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from examples.refund_desk.learning import World
from examples.refund_desk.shares import ranks
from examples.refund_desk.tickets import SCORE_SIGMA, SERVICE_S, VOLUME
from surestep.budgets.fitting.hierarchy import Floats
from surestep.review.triage import Rule, seen_by

RULES: Sequence[Rule] = ("score", "amount", "confidence", "random")
RAW = "score, not calibrated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mean:
    """A mean over days with its 95 % interval, by Student's t."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Floats) -> Mean:
        """The mean of two values or more."""
        value, freedom = float(values.mean()), len(values) - 1
        half = -float(stdtrit(freedom, 0.025)) * float(values.std(ddof=1)) / len(values) ** 0.5
        return cls(value=value, low=value - half, high=value + half)


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What a rule is worth.

    Attributes:
        rule: what people look at first.
        usd_per_minute: loss prevented per minute of a person, in US dollars.
        prevented: the share of all loss.
        law: that share by the closed form; `None` where there is none.
        behind: by how many US dollars per minute the rule by score is better, day by day; `None`
            of that rule itself.
    """

    rule: str
    usd_per_minute: Mean
    prevented: Mean
    law: float | None
    behind: Mean | None


def worths(worlds: Sequence[World]) -> list[Worth]:
    """What each rule is worth on the same days, with the same minutes; two days or more."""
    minutes = VOLUME * len(worlds[0].day) * SERVICE_S / 60.0
    usd, laws = dict[str, Floats](), dict[str, float]()
    for rule in RULES:
        usd[rule] = np.array([_prevented(world, rule, minutes) for world in worlds])
        laws[rule] = seen_by(rule, volume=VOLUME, amount_sigma=SCORE_SIGMA).loss
    usd[RAW] = np.array([_prevented(world, "score", minutes, raw=True) for world in worlds])
    whole = np.array([_loss(world).sum() for world in worlds])
    return [
        Worth(
            rule=name,
            usd_per_minute=Mean.of(found / minutes),
            prevented=Mean.of(found / whole),
            law=laws.get(name),
            behind=None if name == "score" else Mean.of((usd["score"] - found) / minutes),
        )
        for name, found in usd.items()
    ]


def _prevented(world: World, rule: Rule, minutes: float, *, raw: bool = False) -> float:
    """The loss that happened on those tickets for which the minutes suffice, in US dollars."""
    rank = ranks(rule, world, 1.0 - world.day.said if raw else world.doubt)
    order = np.argsort(-rank)
    spent_s = np.cumsum(world.day.service_s[order])
    return float(_loss(world)[order[spent_s <= minutes * 60.0]].sum())


def _loss(world: World) -> Floats:
    return np.asarray(world.day.wrong * world.day.amount_usd)

"""What share of the money people see, and of the loss they prevent, if they review few actions.

Amounts and doubts (1 - confidence) are taken to be log-normal and independent. Who reviews those
of the highest score, then, sees the tail of one normal law, tilted by what is counted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

from surestep.budgets import checked

Rule = Literal["score", "amount", "confidence", "random"]
_WEIGHTS: dict[str, tuple[float, float]] = {
    "score": (1.0, 1.0),
    "amount": (1.0, 0.0),
    "confidence": (0.0, 1.0),
    "random": (0.0, 0.0),
}
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What people see of all actions.

    Attributes:
        volume: the share of actions they review.
        dollars: the share of all amounts in them.
        loss: the share of all expected loss, doubt times amount, in them.
    """

    volume: float
    dollars: float
    loss: float


def seen_by(rule: Rule, *, volume: float, amount_sigma: float, doubt_sigma: float = 1.0) -> Seen:
    """What people see who review a share of actions, chosen by a rule.

    Args:
        rule: what is reviewed first: `"score"`, the highest (1 - confidence) * amount;
            `"amount"`; `"confidence"`, the lowest; or `"random"` ones.
        volume: the share of actions that is reviewed, strictly between 0 and 1.
        amount_sigma: standard deviation of the logarithm of amounts.
        doubt_sigma: that of 1 - confidence; 1.0 by default.

    Raises:
        PlanError: for an unknown rule, or a number out of its range.
    """
    by_amount, by_doubt = _WEIGHTS[checked.known(rule, _WEIGHTS, what="Rule")]
    amount = checked.not_negative("amount_sigma", amount_sigma, unit="on the log scale") ** 2
    doubt = checked.not_negative("doubt_sigma", doubt_sigma, unit="on the log scale") ** 2
    z = -_NORMAL.inv_cdf(checked.open_rate("volume", volume))
    spread = math.sqrt(by_amount * amount + by_doubt * doubt)
    if not spread:
        return Seen(volume=volume, dollars=volume, loss=volume)
    # Weighting a normal law by exp of something moves its mean by their covariance.
    dollars, loss = by_amount * amount, by_amount * amount + by_doubt * doubt
    return Seen(
        volume=volume,
        dollars=_NORMAL.cdf(dollars / spread - z),
        loss=_NORMAL.cdf(loss / spread - z),
    )


def amount_sigma_for(*, volume: float, dollars: float, doubt_sigma: float) -> float:
    """How far amounts must be spread for a share of actions to hold a share of the money.

    The share is of the highest scores, (1 - confidence) * amount; with `doubt_sigma=0.0`, of the
    highest amounts.

    Args:
        volume: the share of actions, strictly between 0 and 1.
        dollars: the share of all amounts in them, at least as large.
        doubt_sigma: standard deviation of the logarithm of 1 - confidence.

    Raises:
        PlanError: for a number out of its range.
    """
    z = -_NORMAL.inv_cdf(checked.open_rate("volume", volume))
    tilt = z + _NORMAL.inv_cdf(checked.open_rate("dollars", dollars))
    checked.not_negative("tilt of dollars over volume", tilt, unit="standard deviations")
    doubt = checked.not_negative("doubt_sigma", doubt_sigma, unit="on the log scale") ** 2
    # The root of amount² / √(amount² + doubt²) = tilt.
    return math.sqrt((tilt**2 + tilt * math.sqrt(tilt**2 + 4.0 * doubt)) / 2.0)

"""Whom the desk asks about which ticket: both routing rules, as human policies of a step."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

import numpy as np

from examples.refund_desk.tickets import VOLUME
from surestep.budgets.fitting.hierarchy import Floats
from surestep.review import Approval, Approvals
from surestep.verifiers.calibration import Tier, Tiers

QUEUE = "refunds"
LARGE_USD = 500.0
"""From this amount on, what is asked about must be approved, whoever else waits."""


class Kind(IntEnum):
    """What people are asked about, by priority."""

    SAMPLED = 0
    """Looked at after the agent has acted."""
    ASKED = 1
    """Approved before, if there is time."""
    MUST = 2
    """Approved before, always."""


def by_score(price_usd: float, calibrate: Callable[[float], float] | None) -> Approvals:
    """Asks wherever (1 - confidence) * amount is above a price.

    That is what Chow's rule comes to if an error costs the amount and asking costs the price.

    Args:
        price_usd: the price of asking, in US dollars.
        calibrate: makes a probability of what the agent states; `None` believes it.
    """
    tiers = (
        Tier(name="usual", asking_usd=price_usd),
        Tier(name="large", asking_usd=price_usd, from_usd=LARGE_USD),
    )
    return Approvals(
        tiers=Tiers(tiers),
        by_tier={
            "usual": Approval(queue=QUEUE, priority=Kind.ASKED),
            "large": Approval(queue=QUEUE, priority=Kind.MUST),
        },
        calibrate=calibrate,
    )


def by_amount(limit_usd: float) -> Approvals:
    """Asks about every amount from a limit on, in US dollars, and about no other."""
    tiers = (
        Tier(name="small", asking_usd=0.0, error_share=0.0),
        Tier(name="large", asking_usd=0.0, from_usd=limit_usd, floor=1.1),
    )
    asked = Approval(queue=QUEUE, priority=Kind.ASKED)
    return Approvals(tiers=Tiers(tiers), by_tier={"large": asked})


def price_of(scores: Floats, *, volume: float = VOLUME) -> float:
    """The price, or limit, above which a share of past scores was."""
    return float(np.quantile(scores, 1.0 - volume))

"""Whom the desk asks about which ticket: both routing rules, as human policies of a step."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

import numpy as np

from examples.refund_desk.tickets import VOLUME, Flags
from surestep.budgets.fitting.hierarchy import Floats
from surestep.review import Approval, Approvals, Team
from surestep.verifiers.calibration import Tier, Tiers

QUEUE = "refunds"
LARGE_USD, LARGE_FLOOR = 500.0, 0.96
"""From this amount on, and below this confidence, people must be asked, whoever else waits.

Below a price of asking of 20 USD they are asked there anyway.
"""
FIRST, SECOND, LAST = 2, 1, 0
"""Priorities: of large amounts, of others that are asked about, of looks afterwards."""


class Kind(IntEnum):
    """What people are asked, and whether it may be left out when too much comes in."""

    SAMPLED = 0
    """A look after the agent has acted; left out first."""
    ASKED = 1
    """An approval, if there is time."""
    MUST = 2
    """An approval that nothing leaves out."""


def by_score(
    price_usd: float, calibrate: Callable[[float], float] | None, *, team: Team | None = None
) -> Approvals:
    """Asks wherever (1 - confidence) * amount is above a price.

    That is what Chow's rule comes to if an error costs the amount and asking costs the price.

    Args:
        price_usd: the price of asking, in US dollars.
        calibrate: makes a probability of what the agent states; `None` believes it.
        team: the people, who are asked less when more comes in than they can take.
    """
    tiers = (
        Tier(name="usual", asking_usd=price_usd),
        Tier(name="large", asking_usd=price_usd, from_usd=LARGE_USD, floor=LARGE_FLOOR),
    )
    return Approvals(
        tiers=Tiers(tiers),
        by_tier={
            "usual": Approval(queue=QUEUE, priority=SECOND),
            "large": Approval(queue=QUEUE, priority=FIRST),
        },
        calibrate=calibrate,
        team=team,
    )


def by_amount(limit_usd: float) -> Approvals:
    """Asks about every amount from a limit on, in US dollars, and about no other."""
    tiers = (
        Tier(name="small", asking_usd=0.0, error_share=0.0),
        Tier(name="large", asking_usd=0.0, from_usd=limit_usd, floor=1.1),
    )
    asked = Approval(queue=QUEUE)
    return Approvals(tiers=Tiers(tiers), by_tier={"large": asked})


def must_be_asked(amount_usd: Floats, doubt: Floats) -> Flags:
    """Which of the tickets that are asked about nothing may leave out."""
    return np.asarray((amount_usd >= LARGE_USD) & (doubt > 1.0 - LARGE_FLOOR))


def price_of(scores: Floats, *, volume: float = VOLUME) -> float:
    """The price, or limit, above which a share of past scores was."""
    return float(np.quantile(scores, 1.0 - volume))

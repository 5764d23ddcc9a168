"""How much money a proposal is about."""

from __future__ import annotations

import math
from collections.abc import Mapping

USUAL = ("amount_usd", "amount", "total_usd", "total")
"""Keys an amount usually stands under, the first that is there counting."""


def amount_in(proposal: Mapping[str, object]) -> float | None:
    """The amount a proposal names: under a usual key, else the first that ends in `_usd`."""
    others = (key for key in proposal if key.endswith("_usd"))
    found = (amount_of(proposal.get(key)) for key in (*USUAL, *others))
    return next((amount for amount in found if amount is not None), None)


def amount_of(value: object) -> float | None:
    """A value as an amount in US dollars; `None` if it is no finite number of at least 0."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and value >= 0 else None

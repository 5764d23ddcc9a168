"""How much money a proposal is about."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from surestep.values import Output, Question

# Any: the state has the type of the user's own schema.
Amount: TypeAlias = Callable[[Any, Output | None], float]

USUAL = ("amount_usd", "amount", "total_usd", "total")
"""Keys an amount usually stands under, the first that is there counting."""


def amount_in(proposal: Mapping[str, object]) -> float | None:
    """The amount a proposal names: under a usual key, else the first that ends in `_usd`."""
    others = (key for key in proposal if key.endswith("_usd"))
    found = (amount_of(proposal.get(key)) for key in (*USUAL, *others))
    return next((amount for amount in found if amount is not None), None)


def stake_usd(question: Question) -> float | None:
    """What is at stake in a question: what its policy says, else the amount its proposal names."""
    return amount_in(question.proposal) if question.amount_usd is None else question.amount_usd


def amount_of(value: object) -> float | None:
    """A value as an amount in US dollars; `None` if it is no finite number of at least 0."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and value >= 0 else None


def at_stake(amount: str | Amount, state: object, output: Output | None) -> float | None:
    """What a step has at stake, in US dollars; `None` if nobody knows.

    Args:
        amount: the key it stands under, in the update or else in the state; or a function of
            `(state, output)`.
        state: what the worker saw.
        output: what it made; `None` before it has run.
    """
    if callable(amount):
        try:
            return amount_of(amount(state, output))
        except Exception:  # noqa: BLE001 - foreign code; what it breaks on is not known to be small
            return None
    update = None if output is None else output.update
    # A Command carries its update in an attribute of that name.
    places = (update, getattr(update, "update", None), state)
    found = (amount_of(_looked_up(place, amount)) for place in places)
    return next((one for one in found if one is not None), None)


def _looked_up(place: object, key: str) -> object:
    return place.get(key) if isinstance(place, Mapping) else getattr(place, key, None)

"""Approval by tier: act, ask one person, ask several, or never act without asking."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from surestep.budgets import checked
from surestep.errors import PlanError
from surestep.review.amounts import amount_of
from surestep.values import Ask, Output, Verdict
from surestep.verifiers.calibration import Tier, Tiers

# Any: the state has the type of the user's own schema, and so has what is read from it.
Predicate: TypeAlias = Callable[[Any, Output | None, tuple[Verdict, ...]], bool]
Amount: TypeAlias = Callable[[Any, Output | None], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Whom a tier asks where it does not act by itself.

    Attributes:
        approvers: how many different people must approve; 2 is four eyes. 1 by default.
        queue: where the question waits.
        priority: higher is offered first.

    Raises:
        PlanError: for fewer than one approver.
    """

    approvers: int = 1
    queue: str = "default"
    priority: int = 0

    def __post_init__(self) -> None:
        checked.count("approvers", self.approvers, least=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Approvals:
    """A step's human policy, by tier: pass it as `human=`.

    The step acts by itself where its calibrated confidence reaches the tier's threshold. A tier
    with a `floor` above 1 never does; one in which errors cost nothing always does. Confidence
    that is not known reaches no threshold above 0, and an amount that is not known counts as one
    of the last tier.

    Attributes:
        tiers: when to act, by amount.
        by_tier: whom to ask, by the name of the tier; one approver where nothing is said.
        amount: the key the amount in US dollars stands under, in the update or else in the
            state; or a function of `(state, output)`.
        calibrate: makes P(right) of the worker's confidence, as a `Calibrator` does; by default
            the worker is believed.
        ask_if: predicates of `(state, output, verdicts)` that have a person asked whatever the
            tier, by the reason the person is given.

    Raises:
        PlanError: if `by_tier` names no tier.
    """

    tiers: Tiers
    by_tier: Mapping[str, Approval] = field(default_factory=dict)
    amount: str | Amount = "amount_usd"
    calibrate: Callable[[float], float] | None = None
    ask_if: Mapping[str, Predicate] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = [tier.name for tier in self.tiers.tiers]
        for name in self.by_tier:
            if name not in names:
                raise PlanError(
                    f"by_tier names tier {name!r}.", remedy=f"The tiers are: {', '.join(names)}."
                )

    def __call__(
        self, state: object, output: Output | None, verdicts: tuple[Verdict, ...]
    ) -> bool | Ask:
        """Whom to ask about an output, and why; `False` for nobody."""
        amount_usd = self._amount_usd(state, output)
        last = self.tiers.tiers[-1]
        tier = last if amount_usd is None else self.tiers.at(amount_usd)
        whys = [why for why, asks in self.ask_if.items() if _asks(asks, state, output, verdicts)]
        whys += self._doubts(tier, amount_usd, output)
        if not whys:
            return False
        whom = self.by_tier.get(tier.name, Approval())
        return Ask(
            f"{'; '.join(whys)} (tier {tier.name})",
            approvers=whom.approvers,
            queue=whom.queue,
            priority=whom.priority,
        )

    def _amount_usd(self, state: object, output: Output | None) -> float | None:
        if callable(self.amount):
            try:
                return amount_of(self.amount(state, output))
            except Exception:  # noqa: BLE001 - foreign code; what it breaks on is not known to be small
                return None
        update = None if output is None else output.update
        # A Command carries its update in an attribute of that name.
        places = (update, getattr(update, "update", None), state)
        found = (amount_of(_looked_up(place, self.amount)) for place in places)
        return next((amount for amount in found if amount is not None), None)

    def _doubts(self, tier: Tier, amount_usd: float | None, output: Output | None) -> list[str]:
        """Why the tier does not act by itself; nothing if it does."""
        if amount_usd is None:
            return ["the amount is not known"]
        threshold = tier.threshold(amount_usd)
        if threshold > 1.0:
            return [f"${amount_usd:,.2f} is never left to the agent"]
        raw = None if output is None else output.confidence
        if raw is None:
            why = f"${amount_usd:,.2f} without a confidence, which must reach {threshold:.2f}"
            return [why] if threshold > 0.0 else []
        confidence = raw if self.calibrate is None else self.calibrate(raw)
        why = f"${amount_usd:,.2f} at confidence {confidence:.2f}, below {threshold:.2f}"
        return [] if confidence >= threshold else [why]


def _asks(
    predicate: Predicate, state: object, output: Output | None, verdicts: tuple[Verdict, ...]
) -> bool:
    try:
        return bool(predicate(state, output, verdicts))
    except Exception:  # noqa: BLE001 - foreign code that breaks must not spare anybody a question
        return True


def _looked_up(place: object, key: str) -> object:
    return place.get(key) if isinstance(place, Mapping) else getattr(place, key, None)

"""Approval by tier: act, ask one person, ask several, or never act without asking."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from surestep.budgets import checked
from surestep.errors import PlanError
from surestep.review.amounts import Amount, at_stake
from surestep.review.team import Team
from surestep.values import Ask, Output, Verdict
from surestep.verifiers.calibration import Tier, Tiers

# Any: the state has the type of the user's own schema, and so has what is read from it.
Predicate: TypeAlias = Callable[[Any, Output | None, tuple[Verdict, ...]], bool]


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
        team: the reviewers who are asked less when more arrives than they can take; by default
            everything is asked. Only doubts about a confidence give way, and only where one
            approver would do and the confidence reaches the tier's floor.
        spare_below: questions that may give way are not asked if less than this is at stake,
            (1 - confidence) * amount, in US dollars; set from the team's queues as runs go.

    Raises:
        PlanError: if `by_tier` names no tier.
    """

    tiers: Tiers
    by_tier: Mapping[str, Approval] = field(default_factory=dict)
    amount: str | Amount = "amount_usd"
    calibrate: Callable[[float], float] | None = None
    ask_if: Mapping[str, Predicate] = field(default_factory=dict)
    team: Team | None = None
    spare_below: float = -math.inf

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
        ask = self.wanted(state, output, verdicts)
        if ask is None:
            return False
        doubt = 1.0 - (self._calibrated(_raw(output)) or 0.0)
        # Compared in dollars at risk: a small doubt about much may matter more than a large one.
        gives_way = not ask.must and doubt * (ask.amount_usd or 0.0) < self.spare_below
        return False if gives_way else ask

    def wanted(
        self, state: object, output: Output | None, verdicts: tuple[Verdict, ...]
    ) -> Ask | None:
        """The same, if people had time for everything; `None` for nobody."""
        amount_usd = at_stake(self.amount, state, output)
        tier = self._tier(amount_usd)
        whys = [why for why, asks in self.ask_if.items() if _asks(asks, state, output, verdicts)]
        must = bool(whys)
        raw = _raw(output)
        if doubt := self._doubt(tier, amount_usd, raw):
            must = must or self._is_firm(tier, amount_usd, raw)
            whys.append(doubt)
        return self.asking("; ".join(whys), state, output, must=must) if whys else None

    def asking(self, why: str, state: object, output: Output | None, *, must: bool = True) -> Ask:
        """Whom the tier of an output asks, for whatever reason."""
        amount_usd = at_stake(self.amount, state, output)
        tier = self._tier(amount_usd)
        whom = self.by_tier.get(tier.name, Approval())
        return Ask(
            f"{why} (tier {tier.name})",
            approvers=whom.approvers,
            queue=whom.queue,
            priority=whom.priority,
            calibrated=None if self.calibrate is None else self._calibrated(_raw(output)),
            amount_usd=amount_usd,
            tier=tier.name,
            must=must,
        )

    def _tier(self, amount_usd: float | None) -> Tier:
        return self.tiers.tiers[-1] if amount_usd is None else self.tiers.at(amount_usd)

    def _calibrated(self, raw: float | None) -> float | None:
        return raw if raw is None or self.calibrate is None else self.calibrate(raw)

    def _doubt(self, tier: Tier, amount_usd: float | None, raw: float | None) -> str:
        """Why the tier does not act by itself; `""` if it does."""
        if amount_usd is None:
            return "the amount is not known"
        threshold = tier.threshold(amount_usd)
        if threshold > 1.0:
            return f"${amount_usd:,.2f} is never left to the agent"
        confidence = self._calibrated(raw)
        if confidence is None:
            why = f"${amount_usd:,.2f} without a confidence, which must reach {threshold:.2f}"
            return why if threshold > 0.0 else ""
        why = f"${amount_usd:,.2f} at confidence {confidence:.2f}, below {threshold:.2f}"
        return "" if confidence >= threshold else why

    def _is_firm(self, tier: Tier, amount_usd: float | None, raw: float | None) -> bool:
        """Whether a doubt must be asked about, however many questions wait."""
        confidence = self._calibrated(raw)
        if amount_usd is None or confidence is None or confidence < tier.floor:
            return True
        return self.by_tier.get(tier.name, Approval()).approvers > 1


def _raw(output: Output | None) -> float | None:
    return None if output is None else output.confidence


def _asks(
    predicate: Predicate, state: object, output: Output | None, verdicts: tuple[Verdict, ...]
) -> bool:
    try:
        return bool(predicate(state, output, verdicts))
    except Exception:  # noqa: BLE001 - foreign code that breaks must not spare anybody a question
        return True

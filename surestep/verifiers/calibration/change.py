"""What a change of thresholds would have done to the items of the log, before anyone makes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from surestep.budgets import checked
from surestep.errors import PlanError
from surestep.verifiers.calibration.labelled import chance
from surestep.verifiers.calibration.tiers import Tiers


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """An item of the log.

    Attributes:
        confidence: the calibrated probability that it was right.
        amount_usd: what was at stake, in US dollars.
        right: whether it was right; `None` if nobody has judged it.
        chance: the probability with which it was chosen to be judged, in (0, 1].

    Raises:
        PlanError: for a confidence outside [0, 1], a negative amount, or a chance of 0.
    """

    confidence: float
    amount_usd: float = 0.0
    right: bool | None = None
    chance: float = 1.0

    def __post_init__(self) -> None:
        checked.rates(self, "confidence")
        checked.amounts(self, amount_usd="US dollars")
        chance("chance", self.chance)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """What thresholds do with the items of a log.

    Attributes:
        items: how many there are.
        asked: how many of them a person is asked about.
        amount_usd: what is at stake in all of them, in US dollars.
        asked_usd: what is at stake in those a person is asked about, in US dollars.
        errors: how many of the others are wrong, as their confidences say.
        errors_judged: the same from those that were judged, each counted 1 / chance times;
            `None` if none of them was.
        cost_usd: what asking and errors cost, in US dollars, as the confidences say.
    """

    items: int
    asked: int
    amount_usd: float
    asked_usd: float
    errors: float
    errors_judged: float | None
    cost_usd: float

    @property
    def automatic(self) -> float:
        """The share of items nobody is asked about; 1.0 of no items."""
        return 1.0 - self.asked / self.items if self.items else 1.0

    @property
    def automatic_usd(self) -> float:
        """The share of dollars nobody is asked about; 1.0 of no dollars."""
        return 1.0 - self.asked_usd / self.amount_usd if self.amount_usd else 1.0

    @property
    def error_rate(self) -> float:
        """The share of the items nobody is asked about that is wrong; 0.0 if there are none."""
        acted = self.items - self.asked
        return self.errors / acted if acted else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdChange:
    """A change of a step's thresholds that somebody may make, and what to expect of it.

    Attributes:
        step: the step's path.
        now: its tiers as they are.
        proposed: its tiers as they would be.
        before: what the present ones do with the log.
        after: what the proposed ones would have done.
    """

    step: str
    now: Tiers
    proposed: Tiers
    before: Handling
    after: Handling

    def lines(self) -> tuple[str, ...]:
        """The change in sentences."""
        one, other = self.before, self.after
        judged = [
            "unknown" if it.errors_judged is None else f"{it.errors_judged:.1f}"
            for it in (one, other)
        ]
        dollars = f", with {one.automatic_usd:.1%} -> {other.automatic_usd:.1%} of the dollars"
        return (
            f"{self.step}: of {one.items} logged items, {one.automatic:.1%} -> "
            f"{other.automatic:.1%} go on unasked{dollars if one.amount_usd else ''}.",
            f"Errors among them: {one.errors:.1f} -> {other.errors:.1f} expected "
            f"({one.error_rate:.2%} -> {other.error_rate:.2%}); {judged[0]} -> {judged[1]} by "
            "what was reviewed.",
            f"Cost of asking and errors: {one.cost_usd:.2f} -> {other.cost_usd:.2f} USD.",
        )

    def as_dict(self) -> dict[str, object]:
        """The change as plain JSON values."""
        return {
            "step": self.step,
            "now": self.now.as_dict(),
            "proposed": self.proposed.as_dict(),
            "before": asdict(self.before),
            "after": asdict(self.after),
        }


def propose(step: str, log: Sequence[Logged], *, now: Tiers, proposed: Tiers) -> ThresholdChange:
    """A change of thresholds with its effect on volume, dollars and errors, on logged items.

    Costs of both sides are those the proposed tiers state, so that only decisions differ.

    Args:
        step: the step's path.
        log: its items, judged or not.
        now: its tiers as they are.
        proposed: its tiers as they would be.

    Raises:
        PlanError: for an empty log.
    """
    if not log:
        raise PlanError(f"The log of step {step!r} is empty.", remedy="Let it run first.")
    before, after = (_handled(log, tiers, costs=proposed) for tiers in (now, proposed))
    return ThresholdChange(step=step, now=now, proposed=proposed, before=before, after=after)


def _handled(log: Sequence[Logged], tiers: Tiers, *, costs: Tiers) -> Handling:
    acts = [tiers.acts(item.confidence, amount_usd=item.amount_usd) for item in log]
    acted = [item for item, act in zip(log, acts, strict=True) if act]
    asked = [item for item, act in zip(log, acts, strict=True) if not act]
    erring_usd = sum(
        (1.0 - item.confidence) * costs.at(item.amount_usd).cost_of_error_usd(item.amount_usd)
        for item in acted
    )
    return Handling(
        items=len(log),
        asked=len(asked),
        amount_usd=sum(item.amount_usd for item in log),
        asked_usd=sum(item.amount_usd for item in asked),
        errors=sum(1.0 - item.confidence for item in acted),
        errors_judged=_judged(acted),
        cost_usd=erring_usd + sum(costs.at(item.amount_usd).asking_usd for item in asked),
    )


def _judged(acted: Sequence[Logged]) -> float | None:
    # Only what goes on is counted: an asked person mends the others.
    judged = [item for item in acted if item.right is not None]
    wrong = sum(1.0 / item.chance for item in judged if not item.right)
    # Hájek's estimate: the share among the judged, times how many there are.
    return wrong / sum(1.0 / item.chance for item in judged) * len(acted) if judged else None

"""Which actions to look at after they were taken: the doubtful more often, every one with a chance.

An action is drawn with a probability proportional to √(e(1 - e)), where e is 1 - its confidence:
the design of least variance for estimates that already use the confidence (Neyman 1934). A floor
keeps it from trusting confidence blindly. Draws are independent of each other, and depend on
nothing but the seed and the item's name, so that every process draws the same.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from surestep.budgets import checked
from surestep.errors import PlanError

_LEAST_SPREAD = 1e-6
_FLOOR = 0.5
"""The floor, as a share of the chance that uniform sampling would give everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """Whether an action is to be reviewed, and with what probability it was to be.

    Attributes:
        item: the action's name.
        confidence: the calibrated probability that it was right.
        chance: the probability of being drawn; kept with the item, drawn or not, because
            estimates need it.
        drawn: whether it was.
    """

    item: str
    confidence: float
    chance: float
    drawn: bool

    def thinned(self, keep: float, *, seed: int) -> Draw:
        """The same draw when only a share of the reviews can be done; estimates stay unbiased.

        Args:
            keep: the share to keep, above 0.
            seed: of the second draw; another one than the first had.

        Raises:
            PlanError: for a share outside (0, 1].
        """
        if checked.rate("keep", keep) == 0.0:
            raise PlanError("keep is 0.0.", remedy="Keep some, or nothing can be said of any.")
        # The item's name again, so that every process sheds the same reviews.
        stays = self.drawn and _uniform(self.item, seed) < keep
        return replace(self, chance=self.chance * keep, drawn=stays)


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """Gives each action its probability of being reviewed, by its confidence.

    Attributes:
        scale: the probability over √(e(1 - e)), until it meets the floor or 1.
        floor: the smallest probability.

    Raises:
        PlanError: for a negative scale, or a floor outside [0, 1].
    """

    scale: float
    floor: float

    def __post_init__(self) -> None:
        checked.amounts(self, scale="as a number")
        checked.rates(self, "floor")

    @classmethod
    def of(
        cls, confidences: Mapping[str, float], *, budget: float, floor: float | None = None
    ) -> Design:
        """The design under which so many actions are expected to be reviewed.

        Use it on the actions it is made of, or on further ones that are like them.

        Args:
            confidences: the calibrated confidence of each action, by its name.
            budget: how many to review, on average; all of them if it is as many.
            floor: the smallest probability; default: half of what uniform sampling would give.

        Raises:
            PlanError: for a confidence outside [0, 1], no actions, a budget that is not above 0,
                or a floor that alone would need more than the budget.
        """
        spreads = [_spread(value) for value in confidences.values()]
        wanted = min(checked.positive("budget", budget, unit="reviews"), len(spreads))
        if not spreads:
            raise PlanError("There are no actions.", remedy="Give those to be reviewed.")
        least = _FLOOR * wanted / len(spreads) if floor is None else checked.rate("floor", floor)
        if least * len(spreads) > wanted:
            raise PlanError(
                f"A floor of {least:g} on {len(spreads)} actions takes over {wanted:g} reviews.",
                remedy="Lower the floor, or raise the budget.",
            )
        return cls(scale=_scale(spreads, wanted, least), floor=least)

    def chance(self, confidence: float) -> float:
        """The probability of reviewing an action of this confidence.

        Raises:
            PlanError: for a confidence outside [0, 1].
        """
        return min(max(self.scale * _spread(confidence), self.floor), 1.0)

    def draw(self, item: str, confidence: float, *, seed: int) -> Draw:
        """Whether to review an action; the same answer whenever, and wherever, it is asked.

        Args:
            item: the action's name, unique among those drawn from.
            confidence: the calibrated probability that it was right.
            seed: of the draw.

        Raises:
            PlanError: for a confidence outside [0, 1].
        """
        chance = self.chance(confidence)
        drawn = _uniform(item, seed) < chance
        return Draw(item=item, confidence=confidence, chance=chance, drawn=drawn)


def draw_all(confidences: Mapping[str, float], *, budget: float, seed: int) -> list[Draw]:
    """Every action with its chance, about `budget` of them drawn for review.

    Args:
        confidences: the calibrated confidence of each action, by its name.
        budget: how many to review, on average.
        seed: of the draws.

    Raises:
        PlanError: as `Design.of` does.
    """
    design = Design.of(confidences, budget=budget)
    return [design.draw(item, value, seed=seed) for item, value in confidences.items()]


def _spread(confidence: float) -> float:
    """√(e(1 - e)), a little of it at least, so that no budget is out of reach."""
    error = 1.0 - checked.rate("confidence", confidence)
    return max(math.sqrt(error * (1.0 - error)), _LEAST_SPREAD)


def _scale(spreads: list[float], budget: float, floor: float) -> float:
    """The scale at which the chances add up to the budget.

    Their sum grows along straight lines that bend where a chance leaves the floor or reaches 1.
    """
    # Walked exactly, because a bisection would leave a budget that is nearly met.
    bends = [(floor / spread, -floor, spread) for spread in spreads]
    bends += [(1.0 / spread, 1.0, -spread) for spread in spreads]
    fixed, slope = floor * len(spreads), 0.0
    scale = 0.0
    for scale, step, turn in sorted(bends):
        if fixed + slope * scale >= budget:
            break
        fixed += step
        slope += turn
    return (budget - fixed) / slope if slope > 0.0 else scale


def _uniform(item: str, seed: int) -> float:
    """A number in [0, 1) that looks drawn at random, the same for the same item and seed."""
    digest = hashlib.blake2b(f"{seed}:{item}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2.0**64

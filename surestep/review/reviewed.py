"""Review after the fact: which of the outputs that went on without a person somebody looks at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from surestep.budgets import checked
from surestep.errors import PlanError
from surestep.review.amounts import Amount
from surestep.review.sampling import Design, Draw
from surestep.review.team import Team

UNKNOWN = 0.5
"""The confidence of an output of which nobody has said how sure they are."""
LEAST = 50
"""Past outputs below which the draw is uniform: confidences of fewer say little of their law."""
LATEST = 1_000
"""Past outputs the draw is made from, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """Has a sample of a step's outputs reviewed once they went on: pass it as `review=`.

    Doubtful outputs are drawn more often, and every one with a known probability, which is kept
    with it. No run waits for a review.

    Attributes:
        share: how many of the outputs are drawn, on average; 0.05 by default.
        floor: the smallest probability of an output; half of `share` by default.
        queue: where reviews wait; `"review"` by default.
        priority: higher is offered first.
        amount: the key the amount at stake stands under, in US dollars, in the update or else in
            the state; or a function of `(state, output)`.
        calibrate: makes P(right) of the worker's confidence, as a `Calibrator` does; by default
            the worker is believed.
        error_rate: the share of wrong outputs that is still fine; alarms are about more.
        items_between_false_alarms: how many outputs there are between false alarms, at least, on
            average.
        seed: of the draws.
        team: the reviewers, of whose work these are shed first when more arrives than they can
            take; by default none are.

    Raises:
        PlanError: for a share of 0, or a number out of its range.
    """

    share: float = 0.05
    floor: float | None = None
    queue: str = "review"
    priority: int = 0
    amount: str | Amount = "amount_usd"
    calibrate: Callable[[float], float] | None = None
    error_rate: float = 0.05
    items_between_false_alarms: float = 5_000.0
    seed: int = 0
    team: Team | None = None

    def __post_init__(self) -> None:
        if checked.rate("share", self.share) == 0.0:
            raise PlanError("share is 0.0.", remedy="Review some, or leave review= out.")
        if self.floor is not None and checked.rate("floor", self.floor) > self.share:
            raise PlanError(
                f"floor is {self.floor}, above the share, {self.share}.",
                remedy="Lower the floor, or raise the share.",
            )
        checked.open_rate("error_rate", self.error_rate)
        if not self.items_between_false_alarms > 1.0:
            raise PlanError(
                f"items_between_false_alarms is {self.items_between_false_alarms!r}.",
                remedy="Give more than 1.",
            )

    def confidence(self, raw: float | None) -> float:
        """The calibrated confidence of an output; 0.5 where nobody knows."""
        if raw is None or self.calibrate is None:
            return UNKNOWN if raw is None else raw
        try:
            return checked.rate("confidence", self.calibrate(raw))
        except Exception:  # noqa: BLE001 - foreign code; what it breaks on is not known to be right
            return UNKNOWN

    def design(self, confidences: Sequence[float]) -> Design:
        """How outputs are drawn, given the confidences of past ones."""
        # A scale of 0 leaves the floor alone, so that each output has the same chance.
        if len(confidences) < LEAST:
            return Design(scale=0.0, floor=self.share)
        known = {str(place): value for place, value in enumerate(confidences)}
        return Design.of(known, budget=self.share * len(known), floor=self.floor)

    def draw(self, item: str, confidence: float, design: Design, *, kept: float = 1.0) -> Draw:
        """Whether an output is reviewed; the same answer wherever it is asked.

        Args:
            item: names the output.
            confidence: its calibrated confidence.
            design: how outputs are drawn.
            kept: the share of the reviews that can be done for the time being.
        """
        # The second draw has a seed of its own: with the first one's it would always keep.
        drawn = design.draw(item, confidence, seed=self.seed)
        return drawn if kept == 1.0 else drawn.thinned(kept, seed=self.seed + 1)

    def as_dict(self) -> dict[str, object]:
        """What matters of it outside of the graph, as plain JSON values."""
        return {
            "share": self.share,
            "queue": self.queue,
            "error_rate": self.error_rate,
            "items_between_false_alarms": self.items_between_false_alarms,
        }

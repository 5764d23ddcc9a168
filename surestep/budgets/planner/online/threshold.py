"""A planner with one number: outputs the worker is sure of go on unchecked."""

from __future__ import annotations

from dataclasses import dataclass

from surestep.budgets import checked
from surestep.budgets.planner.online.moment import Finding, Moment, Next


@dataclass(frozen=True, slots=True)
class Threshold:
    """Has an output checked if its worker is less sure of it than `confidence`.

    It looks neither at the time nor at the money that is left. Promises are calibrated on
    settings like it.

    Attributes:
        confidence: the confidence from which an output goes on unchecked; above 1 never.
        checks: how many of the step's verifiers are asked about the others.

    Raises:
        PlanError: for a negative or infinite confidence, or a negative number of checks.
    """

    confidence: float
    checks: int = 1

    def __post_init__(self) -> None:
        checked.not_negative("confidence", self.confidence, unit="as a probability")
        checked.count("checks", self.checks, least=0)

    def __call__(self, moment: Moment) -> None:
        """Nothing: it decides on outputs only."""

    def after(self, finding: Finding) -> Next | None:
        """Whom to ask about an output; an output without a confidence is checked."""
        if finding.verdicts:
            return Next(action="accept", why="enough verifiers have accepted it")
        names = finding.unasked[: self.checks]
        sure = finding.confidence is not None and finding.confidence >= self.confidence
        check = f"ask {', '.join(names) or 'nobody'}"
        said = "no confidence" if finding.confidence is None else f"{finding.confidence:.1%} sure"
        if sure or not names:
            return Next(action="accept", why=said, instead=f"rather than {check}")
        return Next(action="check", verifiers=names, why=said, instead="rather than accept")

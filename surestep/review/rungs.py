"""The ladder of autonomy: its rungs, and what each takes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import Self

from surestep.budgets import checked
from surestep.errors import PlanError


class Rung(IntEnum):
    """Where a step stands, from a person who does the work to nobody who looks at it."""

    PERSON_LEADS = 0
    """A person does it; what the step would have done is compared."""
    APPROVE_EVERY_ACTION = 1
    """A person approves each action before it happens."""
    APPROVE_BY_TIER = 2
    """A person approves those above a tier, by confidence or amount."""
    SAMPLED_REVIEW = 3
    """Nobody approves; a sample is reviewed afterwards."""
    AUTONOMOUS = 4
    """Nobody approves; only alarms look."""

    @property
    def words(self) -> str:
        """The rung in words."""
        return self.name.lower().replace("_", " ")

    @classmethod
    def named(cls, words: str) -> Rung:
        """The rung that is called so, as `words` has it, or by its number.

        Raises:
            PlanError: if there is none.
        """
        for one in cls:
            if words.strip().lower().replace("_", " ") in (one.words, str(int(one))):
                return one
        raise PlanError(
            f"There is no rung {words!r}.",
            remedy=f"Give one of: {', '.join(one.words for one in cls)}.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What a rung takes.

    Attributes:
        reviewed: outcomes that were reviewed, at least.
        error_rate: upper end of the interval of the error rate, at most.
        loss_usd: upper end of the mean loss per action, at most, in US dollars.

    Raises:
        PlanError: for a number out of its range.
    """

    reviewed: int
    error_rate: float
    loss_usd: float = math.inf

    def __post_init__(self) -> None:
        checked.count("reviewed", self.reviewed, least=0)
        checked.open_rate("error_rate", self.error_rate)
        if not self.loss_usd > 0.0:
            raise PlanError(f"loss_usd is {self.loss_usd!r}.", remedy="Give more than 0 USD.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """What each rung above the first takes.

    Attributes:
        approve_every_action: what it takes to propose actions.
        approve_by_tier: what it takes to act alone below a tier.
        sampled_review: what it takes to act without approval.
        autonomous: what it takes to act without review.
    """

    approve_every_action: Requirement = Requirement(reviewed=30, error_rate=0.3)
    approve_by_tier: Requirement = Requirement(reviewed=100, error_rate=0.1)
    sampled_review: Requirement = Requirement(reviewed=300, error_rate=0.03)
    autonomous: Requirement = Requirement(reviewed=1_000, error_rate=0.01)

    @classmethod
    def costing(cls, asking_usd: float) -> Ladder:
        """The usual ladder, where acting alone must cost no more than asking a person would.

        Args:
            asking_usd: what asking a person about one action costs, in US dollars.

        Raises:
            PlanError: if it is not above 0.
        """
        limit = checked.positive("asking_usd", asking_usd, unit="USD")
        return cls(
            sampled_review=Requirement(reviewed=300, error_rate=0.03, loss_usd=limit),
            autonomous=Requirement(reviewed=1_000, error_rate=0.01, loss_usd=limit),
        )

    def requirement(self, rung: Rung) -> Requirement | None:
        """What a rung takes; `None` for the first, which takes nothing."""
        return {
            Rung.APPROVE_EVERY_ACTION: self.approve_every_action,
            Rung.APPROVE_BY_TIER: self.approve_by_tier,
            Rung.SAMPLED_REVIEW: self.sampled_review,
            Rung.AUTONOMOUS: self.autonomous,
        }.get(rung)

    def as_dict(self) -> dict[str, object]:
        """The ladder as plain JSON values."""
        return {
            name: {key: value for key, value in entry.items() if value != math.inf}
            for name, entry in asdict(self).items()
        }

    @classmethod
    def of_dict(cls, values: Mapping[str, object]) -> Self:
        """The ladder that `as_dict` describes.

        Raises:
            PlanError: for a missing or unknown key, or a value that does not fit.
        """
        checked.keys("ladder", values, required=tuple(cls.__slots__))
        return cls(**{name: _requirement(name, entry) for name, entry in values.items()})


def _requirement(name: str, entry: object) -> Requirement:
    values = checked.table(name, entry)
    checked.keys(name, values, required=("reviewed", "error_rate"), optional=("loss_usd",))
    return Requirement(
        reviewed=checked.count("reviewed", values["reviewed"], least=0),
        error_rate=checked.rate("error_rate", values["error_rate"]),
        loss_usd=checked.positive("loss_usd", values["loss_usd"], unit="USD")
        if "loss_usd" in values
        else math.inf,
    )

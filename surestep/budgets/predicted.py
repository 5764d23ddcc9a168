"""What a plan is expected to do, each figure with its interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self

from surestep.budgets import checked
from surestep.errors import PlanError


@dataclass(frozen=True, slots=True)
class Estimate:
    """A predicted figure and the interval it lies in.

    Attributes:
        value: the prediction.
        low: the lower end of its interval.
        high: the upper end.

    Raises:
        PlanError: for NaN, an infinite number, or ends that do not enclose the value.
    """

    value: float
    low: float
    high: float

    def __post_init__(self) -> None:
        for entry in fields(self):
            checked.finite(entry.name, getattr(self, entry.name), remedy="Give a finite number.")
        if not self.low <= self.value <= self.high:
            raise PlanError(
                f"Estimate {self.value!r} lies outside its interval {self.low!r} to {self.high!r}.",
                remedy="Give low <= value <= high.",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicted:
    """What a plan is predicted to do, per run.

    Attributes:
        success: probability of a right result.
        latency_mean_s: mean machine time in seconds.
        latency_p95_s: 95th percentile of machine time in seconds.
        cost_usd: mean cost in US dollars.
        human_minutes: mean minutes of people's time.
    """

    success: Estimate
    latency_mean_s: Estimate
    latency_p95_s: Estimate
    cost_usd: Estimate
    human_minutes: Estimate

    @classmethod
    def of_dict(cls, values: Mapping[str, object]) -> Self:
        """The prediction written as `{figure: {"value": ..., "low": ..., "high": ...}}`.

        Raises:
            PlanError: for a figure or an end that is missing, unknown or no number.
        """
        checked.keys("predicted", values, required=[entry.name for entry in fields(cls)])
        return cls(**{name: _estimate(name, entry) for name, entry in values.items()})


def _estimate(name: str, entry: object) -> Estimate:
    ends = checked.table(f"predicted.{name}", entry)
    names = [end.name for end in fields(Estimate)]
    checked.keys(f"predicted.{name}", ends, required=names)
    numbers = {
        end: checked.finite(f"predicted.{name}.{end}", ends[end], remedy="Give a finite number.")
        for end in names
    }
    return Estimate(**numbers)

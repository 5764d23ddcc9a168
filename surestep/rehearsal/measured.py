"""What trials of a suite measured, and whether it is as predicted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from statistics import NormalDist, fmean, stdev
from typing import Literal

from surestep.budgets.predicted import Estimate, Predicted
from surestep.budgets.profiled import PersonProfile
from surestep.budgets.shares import wilson
from surestep.errors import InputError
from surestep.rehearsal.case import Trial
from surestep.traces.labels import steps_in

Fit = Literal["inside", "chance", "outside"]
"""Of a measured figure: inside the predicted interval; outside of it, but not by more than so few
runs may stray; or outside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """One figure, predicted and measured.

    Attributes:
        figure: the field of `Predicted` it is.
        predicted: what was expected, with its interval.
        measured: what was found, with the interval its truth lies in.
    """

    figure: str
    predicted: Estimate
    measured: Estimate

    @property
    def fit(self) -> Fit:
        """How the two go together."""
        if self.predicted.low <= self.measured.value <= self.predicted.high:
            return "inside"
        apart = self.measured.low > self.predicted.high or self.measured.high < self.predicted.low
        return "outside" if apart else "chance"


def beside(predicted: Predicted, found: Predicted) -> tuple[Beside, ...]:
    """Each figure as predicted and as measured."""
    return tuple(
        Beside(
            figure=entry.name,
            predicted=getattr(predicted, entry.name),
            measured=getattr(found, entry.name),
        )
        for entry in fields(Predicted)
    )


def measured(
    trials: Sequence[Trial], *, person: PersonProfile | None = None, confidence: float = 0.95
) -> Predicted:
    """What trials came to, per run, each figure with the interval its truth lies in.

    A run that came to no result, or waits for somebody, was not right. Intervals: of the success
    Wilson's, of means the normal one, of the quantile that of order statistics.

    Args:
        trials: two or more.
        person: gives the minutes a question takes; without, people take none.
        confidence: probability that each interval holds.

    Raises:
        InputError: there are fewer than two trials.
    """
    if len(trials) < 2:
        raise InputError(f"{len(trials)} trials measure nothing.", remedy="Rehearse 2 or more.")
    z = NormalDist().inv_cdf(0.5 + confidence / 2.0)
    times_s = [_amount(trial, "machine_s") for trial in trials]
    success = wilson(sum(trial.right for trial in trials), len(trials), confidence=confidence)
    minutes = person.minutes if person else 0.0
    return Predicted(
        success=Estimate(success.value, success.low, success.high),
        latency_mean_s=_mean(times_s, z),
        latency_p95_s=_quantile(times_s, 0.95, z),
        cost_usd=_mean([_amount(trial, "cost_usd") for trial in trials], z),
        human_minutes=_mean([minutes * _asked(trial) for trial in trials], z),
    )


def _mean(amounts: Sequence[float], z: float) -> Estimate:
    mean, error = fmean(amounts), z * stdev(amounts) / math.sqrt(len(amounts))
    return Estimate(mean, max(0.0, mean - error), mean + error)


def _quantile(amounts: Sequence[float], share: float, z: float) -> Estimate:
    ranked, last = sorted(amounts), len(amounts) - 1
    error = z * math.sqrt(len(amounts) * share * (1.0 - share))
    low, middle, high = (
        ranked[min(last, max(0, math.ceil(share * len(amounts) + move) - 1))]
        for move in (-error, 0.0, error)
    )
    return Estimate(middle, low, high)


def _amount(trial: Trial, key: str) -> float:
    value = trial.record[key]
    return float(value) if isinstance(value, (int, float)) else 0.0


def _asked(trial: Trial) -> int:
    return sum(1 for one in steps_in(trial.record) if one["human"])

"""What the trials of one plan add up to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from examples.production_flow.suite import MINUTES
from surestep.budgets.shares import Share, wilson
from surestep.rehearsal import Trial
from surestep.traces.labels import steps_in
from surestep.traces.runs import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How a plan did.

    Attributes:
        right: requests that were done right.
        wrong: requests that were carried through, and wrong.
        stopped: requests that failed closed.
        asked: requests a person was asked about.
        p50_s: median machine time, in seconds.
        p95_s: its 95th percentile.
        cost_usd: mean cost of the model calls of a request, in US dollars.
        estimated_usd: the part of it that is estimated, of calls that were cut off.
        human_minutes: mean minutes of people's time.
    """

    right: Share
    wrong: Share
    stopped: Share
    asked: Share
    p50_s: float
    p95_s: float
    cost_usd: float
    estimated_usd: float
    human_minutes: float


def figures(trials: Sequence[Trial]) -> Figures:
    """The figures of some trials."""
    count = len(trials)
    records = [trial.record for trial in trials]
    times = sorted(_numbers(records, "machine_s"))
    questions = [sum(bool(step["human"]) for step in steps_in(record)) for record in records]
    ended = [trial for trial in trials if trial.record["outcome"] == "succeeded"]
    right = sum(trial.right for trial in trials)
    return Figures(
        right=wilson(right, count),
        wrong=wilson(len(ended) - right, count),
        stopped=wilson(sum(record["outcome"] == "failed" for record in records), count),
        asked=wilson(sum(number > 0 for number in questions), count),
        p50_s=_quantile(times, 0.50),
        p95_s=_quantile(times, 0.95),
        cost_usd=_mean(records, "cost_usd"),
        estimated_usd=_mean(records, "estimated_usd"),
        human_minutes=MINUTES * fmean(questions),
    )


def _numbers(records: Sequence[Record], key: str) -> list[float]:
    return [float(str(record[key])) for record in records]


def _mean(records: Sequence[Record], key: str) -> float:
    return fmean(_numbers(records, key))


def _quantile(ordered: Sequence[float], share: float) -> float:
    """The least value that is not below so large a share of all."""
    return ordered[min(len(ordered), math.ceil(share * len(ordered))) - 1]

"""Two sets of evidence as one, and evidence that counts for less."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from surestep.budgets.fitting import amounts, steps
from surestep.budgets.profiled import CheckProfile, Confidence, StepProfile

Timed = TypeVar("Timed", StepProfile, CheckProfile)


def merged(one: StepProfile, other: StepProfile) -> StepProfile:
    """What both say of a step: measured rates by their trials, the first's where both are stated.

    A stated rate gives way to a measured one. What the step does to the world, how critical it
    is and who is asked about it stay as the first has it.
    """
    worth = one.trials, other.trials
    success, trials = _rate((one.success, one.trials), (other.success, other.trials))
    spread, spread_trials = _rate(
        (one.spread, one.spread_trials), (other.spread, other.spread_trials)
    )
    retry, retry_trials = _retry(one, other)
    return replace(
        _timed(one, other),
        success=success,
        trials=trials,
        spread=spread,
        spread_trials=spread_trials,
        retry_success=retry,
        retry_trials=retry_trials,
        alike=_mean(worth, (one.alike, other.alike)),
        visits=_mean(worth, (one.visits, other.visits)),
        latency_wrong=_mean((one.calls, other.calls), (one.latency_wrong, other.latency_wrong)),
        tokens_in=_mean((one.calls, other.calls), (one.tokens_in, other.tokens_in)),
        tokens_out=_mean((one.calls, other.calls), (one.tokens_out, other.tokens_out)),
        person=one.person or other.person,
        calibration=_calibration((*one.calibration, *other.calibration)),
        checks={
            name: _check(one.checks[name], other.checks[name])
            if name in one.checks and name in other.checks
            else one.checks.get(name) or other.checks[name]
            for name in {**one.checks, **other.checks}
        },
    )


def aged(step: StepProfile, keep: float) -> StepProfile:
    """The same rates, their evidence worth `keep` of what it was; stated rates stay exact."""
    return replace(
        step,
        trials=step.trials * keep,
        spread_trials=step.spread_trials * keep,
        retry_trials=step.retry_trials * keep,
        calls=step.calls * keep,
        calibration=tuple(replace(one, trials=one.trials * keep) for one in step.calibration),
        checks={
            name: replace(
                check,
                trials_ok=check.trials_ok * keep,
                trials_bad=check.trials_bad * keep,
                spread_trials=check.spread_trials * keep,
                calls=check.calls * keep,
            )
            for name, check in step.checks.items()
        },
    )


def _retry(one: StepProfile, other: StepProfile) -> tuple[float | None, float]:
    if one.retry_success is None or other.retry_success is None:
        # What the classes of difficulty say of retries gives way to what was measured.
        known = other if one.retry_success is None else one
        return known.retry_success, known.retry_trials
    return _rate((one.retry_success, one.retry_trials), (other.retry_success, other.retry_trials))


def _check(one: CheckProfile, other: CheckProfile) -> CheckProfile:
    accept_ok, trials_ok = _rate((one.accept_ok, one.trials_ok), (other.accept_ok, other.trials_ok))
    accept_bad, trials_bad = _rate(
        (one.accept_bad, one.trials_bad), (other.accept_bad, other.trials_bad)
    )
    # No trials of its own: it is seen in repeats of both kinds of outputs.
    trials_one, trials_other = (it.trials_ok + it.trials_bad for it in (one, other))
    blind, _ = _rate((one.blind, one.trials_bad), (other.blind, other.trials_bad))
    spread, spread_trials = _rate(
        (one.spread, one.spread_trials), (other.spread, other.spread_trials)
    )
    return replace(
        _timed(one, other),
        accept_ok=accept_ok,
        accept_bad=accept_bad,
        trials_ok=trials_ok,
        trials_bad=trials_bad,
        blind=min(blind, accept_bad),
        spread=spread,
        spread_trials=spread_trials,
        persistence=_mean((trials_one, trials_other), (one.persistence, other.persistence)),
        family=one.family or other.family,
    )


def _timed(one: Timed, other: Timed) -> Timed:
    """The first, with the times and prices of both."""
    weights = one.calls, other.calls
    # Two stated times have no calls to be weighed by.
    if not any(weights):
        return one
    points = [_points(it) for it in (one, other)]
    counts = [it.calls / len(times) for it, times in zip((one, other), points, strict=True)]
    return replace(
        one,
        calls=sum(weights),
        latency_s=_mean(weights, (one.latency_s, other.latency_s)),
        latencies_s=amounts.points(
            np.concatenate(points),
            np.repeat(counts, [len(times) for times in points]),
        ),
        cost_usd=_mean(weights, (one.cost_usd, other.cost_usd)),
    )


def _points(timed: StepProfile | CheckProfile) -> Sequence[float]:
    return timed.latencies_s or (timed.latency_s,)


def _rate(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    """Two rates with their trials as one."""
    trials = one[1] + other[1]
    return _mean((one[1], other[1]), (one[0], other[0])), trials


def _mean(weights: tuple[float, float], values: tuple[float, float]) -> float:
    """The weighted mean; the first if neither weighs anything."""
    total = sum(weights)
    if total <= 0.0:
        return values[0]
    share = weights[0] / total
    # In this form, a mean of equal values is that value to the last digit.
    return values[1] + share * (values[0] - values[1])


def _calibration(bins: tuple[Confidence, ...]) -> tuple[Confidence, ...]:
    said, right, trials = (
        np.array([getattr(one, name) for one in bins], dtype=float)
        for name in ("said", "right", "trials")
    )
    return steps.calibration(said, right, trials) if bins else ()

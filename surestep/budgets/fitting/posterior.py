"""How uncertain the rates of a profile are: draws from their posterior, and intervals.

A rate with trials is uncertain, one without is stated and taken as exact. Steps share one
pseudo-failure, because one each would condemn long graphs: with `m` steps, success follows
Beta(hits, misses + 1/m), the scaled fiducial distribution. Verifiers lend each other strength, one
name over all steps where it is seen on several, the others together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Protocol, Self, TypeVar

import numpy as np

from surestep.budgets.fitting import hierarchy
from surestep.budgets.fitting.hierarchy import Floats
from surestep.budgets.predicted import Estimate
from surestep.budgets.profiled import CheckProfile, StepProfile


class Known(Protocol):
    """What is known of steps, as `Profile` has it."""

    @property
    def steps(self) -> Mapping[str, StepProfile]:
        """Each step, by its path."""
        ...

    def with_steps(self, steps: Mapping[str, StepProfile]) -> Self:
        """This, with other knowledge of the same steps."""
        ...


K = TypeVar("K", bound=Known)


@dataclass(frozen=True, slots=True, eq=False)
class CheckDraws:
    """One verifier's rates, one entry per draw.

    Attributes:
        accept_ok: P(accept | right).
        accept_bad: P(accept | wrong).
        blind: share of wrong outputs its family cannot tell; never above `accept_bad`.
        spread: correlation of its family's verdicts.
    """

    accept_ok: Floats
    accept_bad: Floats
    blind: Floats
    spread: Floats


@dataclass(frozen=True, slots=True, eq=False)
class StepDraws:
    """One step's rates, one entry per draw.

    Attributes:
        success: P(an unchecked output is right).
        spread: correlation between attempts at one task.
        retry_success: P(right) after a refusal; `None` where the profile has none.
        time: what to multiply the worker's times by.
        checks: the rates of each verifier, by name.
    """

    success: Floats
    spread: Floats
    retry_success: Floats | None
    time: Floats
    checks: Mapping[str, CheckDraws]


def sampled(
    steps: Mapping[str, StepProfile], n: int = 1000, *, seed: int = 0
) -> Mapping[str, StepDraws]:
    """`n` draws of the rates of all steps, as arrays; entries of one index belong together.

    Args:
        steps: each step, by its path.
        n: how many draws.
        seed: the same seed gives the same draws.
    """
    return _sampled(tuple(steps.items()), n, seed)


# One profile is planned for several times: for each limit that may have to give way, say.
@lru_cache(maxsize=4)
def _sampled(
    every: Sequence[tuple[str, StepProfile]], n: int, seed: int
) -> Mapping[str, StepDraws]:
    steps = dict(every)
    rng = np.random.default_rng(seed)
    # Stated steps cannot fail unseen, so they need no part of the pseudo-failure.
    uncertain = sum(1 for step in steps.values() if step.trials > 0.0)
    accept_ok = _pooled(steps, "accept_ok", "trials_ok", n, rng)
    accept_bad = _pooled(steps, "accept_bad", "trials_bad", n, rng)
    return {
        path: StepDraws(
            _success(step, uncertain, n, rng),
            _beta(step.spread, step.spread_trials, n, rng),
            None
            if step.retry_success is None
            else _beta(step.retry_success, step.retry_trials, n, rng),
            _time(step, n, rng),
            {
                name: _check(check, accept_ok[path, name], accept_bad[path, name], n, rng)
                for name, check in step.checks.items()
            },
        )
        for path, step in steps.items()
    }


def draws(profile: K, n: int = 1000, *, seed: int = 0) -> list[K]:
    """`n` profiles the records may just as well have come from.

    Rates that are stated, having no trials, are the same in all of them.

    Args:
        profile: what is known.
        n: how many profiles.
        seed: the same seed gives the same profiles.
    """
    arrays = sampled(profile.steps, n, seed=seed)
    return [
        profile.with_steps(
            {path: _drawn(step, arrays[path], i) for path, step in profile.steps.items()}
        )
        for i in range(n)
    ]


def expected(profile: K, drawn: Mapping[str, StepDraws]) -> K:
    """The profile with each uncertain rate at the mean of its draws.

    That is what a rate is worth before more is known: a verifier that was never seen to miss
    does so now and then all the same. Times and stated rates stay as they are.

    Args:
        profile: what is known.
        drawn: draws of its rates.
    """
    return profile.with_steps(
        {path: _at_means(step, drawn[path]) for path, step in profile.steps.items()}
    )


def interval(draws: Sequence[float] | Floats, value: float, *, confidence: float) -> Estimate:
    """`value` with the middle `confidence` of its draws, widened where that leaves it outside."""
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(np.asarray(draws), [tail, 1.0 - tail])
    return Estimate(value, min(float(low), value), max(float(high), value))


def _success(step: StepProfile, steps: int, n: int, rng: np.random.Generator) -> Floats:
    if step.trials <= 0.0:
        return np.full(n, step.success)
    share = 1.0 / steps
    # A step that was never right needs a share of a success to have a distribution at all.
    hits = step.success * step.trials
    return rng.beta(max(hits, share), step.trials - hits + share, size=n)


def _beta(rate: float, trials: float, n: int, rng: np.random.Generator) -> Floats:
    if trials <= 0.0:
        return np.full(n, rate)
    hits = rate * trials
    # Jeffreys prior: correlations and retries are not multiplied up over a graph.
    return rng.beta(hits + 0.5, trials - hits + 0.5, size=n)


def _time(step: StepProfile, n: int, rng: np.random.Generator) -> Floats:
    # A single time says nothing of its own spread.
    if step.calls <= 0.0 or not step.latency_s or len(step.latencies_s) < 2:
        return np.ones(n)
    error = np.std(step.latencies_s) / step.latency_s / np.sqrt(step.calls)
    # Log-normal, so that no draw is negative; its mean is 1.
    return np.exp(rng.normal(-(error**2) / 2.0, error, size=n))


def _check(
    check: CheckProfile, accept_ok: Floats, accept_bad: Floats, n: int, rng: np.random.Generator
) -> CheckDraws:
    blind = np.full(n, check.blind)
    # A blind spot that was not found is not drawn: a prior would find one everywhere.
    if check.blind > 0.0 and check.trials_bad > 0.0:
        blind = _beta(check.blind, check.trials_bad, n, rng)
    spread = _beta(check.spread, check.spread_trials, n, rng)
    return CheckDraws(accept_ok, accept_bad, np.minimum(blind, accept_bad), spread)


def _pooled(
    steps: Mapping[str, StepProfile], rate: str, trials: str, n: int, rng: np.random.Generator
) -> dict[tuple[str, str], Floats]:
    checks = {(path, name): it for path, step in steps.items() for name, it in step.checks.items()}
    groups: dict[str, list[tuple[str, str]]] = {}
    exact: dict[tuple[str, str], Floats] = {}
    for (path, name), check in checks.items():
        if getattr(check, trials) > 0.0:
            # The same verifier on other steps is better evidence than another one here.
            several = sum(1 for step in steps.values() if name in step.checks) > 1
            groups.setdefault(name if several else "", []).append((path, name))
        else:
            exact[path, name] = np.full(n, getattr(check, rate))
    for keys in groups.values():
        counts = np.array([getattr(checks[key], trials) for key in keys])
        hits = counts * [getattr(checks[key], rate) for key in keys]
        columns = hierarchy.rates(hits, counts, n, rng).T
        exact |= dict(zip(keys, columns, strict=True))
    return exact


def _drawn(step: StepProfile, arrays: StepDraws, i: int) -> StepProfile:
    # One factor for all times of a step keeps the shape of their distribution.
    time = float(arrays.time[i])
    return replace(
        _with_rates(step, arrays, lambda rate: float(rate[i])),
        latency_s=step.latency_s * time,
        latencies_s=tuple(one * time for one in step.latencies_s),
    )


def _at_means(step: StepProfile, arrays: StepDraws) -> StepProfile:
    return _with_rates(step, arrays, _mean)


def _mean(drawn: Floats) -> float:
    # The mean of equal numbers may differ from them by rounding.
    low, high = float(drawn.min()), float(drawn.max())
    return low if low == high else float(drawn.mean())


def _with_rates(
    step: StepProfile, arrays: StepDraws, rate: Callable[[Floats], float]
) -> StepProfile:
    """The step with each rate as `rate` takes it from its draws."""
    retry = arrays.retry_success
    return replace(
        step,
        success=rate(arrays.success),
        spread=rate(arrays.spread),
        retry_success=None if retry is None else rate(retry),
        checks={
            name: replace(
                check,
                accept_ok=rate(arrays.checks[name].accept_ok),
                accept_bad=rate(arrays.checks[name].accept_bad),
                blind=rate(arrays.checks[name].blind),
                spread=rate(arrays.checks[name].spread),
            )
            for name, check in step.checks.items()
        },
    )

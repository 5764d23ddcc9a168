"""What uncertain rates make of a step's figures, draw by draw, without working each draw out.

P(wrong), P(stopped), cost, minutes and time are nearly products of factors, one a rate, and each
factor nearly linear in its rate. It is taken at three rates: the least drawn, the mean, and one so
high that few draws lie above it, which count as that one does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from surestep.budgets.algebra.treated import treated
from surestep.budgets.assurance import Assurance
from surestep.budgets.fitting.posterior import CheckDraws, StepDraws
from surestep.budgets.planner.selection.table import Floats
from surestep.budgets.profiled import CheckProfile, PersonProfile, StepProfile

_SMALL = 1e-9
_HIGH = 0.99
# Rates, costs and means do not depend on the tick, and a long one makes their laws short.
_COARSE_S = 1e6


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """What one treatment of a step comes to, one entry per draw, for one visit.

    Attributes:
        wrong: P(goes on with a wrong output).
        stopped: P(fails closed).
        cost_usd: mean price, in US dollars.
        human_minutes: mean minutes of people's time.
        latency_s: mean time until it is settled, in seconds.
    """

    wrong: Floats
    stopped: Floats
    cost_usd: Floats
    human_minutes: Floats
    latency_s: Floats


@dataclass(frozen=True, slots=True)
class _Rate:
    """An uncertain rate: its mean, its draws, and the step with another one in its place."""

    mean: float
    drawn: Floats
    moved: Callable[[float], StepProfile]


# The same treatment is met again under other limits.
@lru_cache(maxsize=1024)
def spread(
    step: StepProfile, assurance: Assurance, draws: StepDraws, *, person: PersonProfile | None
) -> Spread:
    """One treatment of a step under every draw of its rates.

    Args:
        step: the step with its rates at the means of their draws, as `posterior.expected` has it.
        assurance: the treatment.
        draws: the draws.
        person: who is asked about it, if anybody.
    """
    step = _timed(step)

    def figures(one: StepProfile) -> Floats:
        it = treated(one, assurance, person=person, tick_s=_COARSE_S)
        found = [it.wrong, it.stopped, it.cost_usd, it.human_minutes, it.settled.mean_s]
        return _SMALL + np.array(found)

    middle = figures(step)
    drawn = np.tile(middle[:, None], len(draws.success))
    for rate in _rates(step, set(assurance.verifiers or ()), draws):
        ends = {end: figures(rate.moved(end)) for end in _ends(rate)}
        nodes = sorted([*ends.items(), (rate.mean, middle)], key=lambda node: node[0])
        places = [place for place, _ in nodes]
        for row, values in enumerate(np.transpose([found for _, found in nodes])):
            drawn[row] *= np.interp(rate.drawn, places, values / middle[row])
    wrong, stopped, *others = drawn - _SMALL
    wrong, stopped = np.clip(wrong, 0.0, 1.0), np.clip(stopped, 0.0, 1.0)
    over = np.maximum(1.0, wrong + stopped)
    return Spread(wrong / over, stopped / over, *(np.maximum(one, 0.0) for one in others))


def _ends(rate: _Rate) -> tuple[float, ...]:
    """The least of a rate's draws and a high quantile of them, apart from their mean."""
    ends = float(rate.drawn.min()), float(np.quantile(rate.drawn, _HIGH))
    return tuple(end for end in ends if end != rate.mean)


def _rates(step: StepProfile, used: set[str], draws: StepDraws) -> Iterator[_Rate]:
    """The uncertain rates of a step and of the verifiers in use."""
    every = [
        _Rate(step.success, draws.success, lambda rate: replace(step, success=rate)),
        _Rate(step.spread, draws.spread, lambda rate: replace(step, spread=rate)),
        _Rate(1.0, draws.time, lambda by: replace(step, latency_s=step.latency_s * by)),
    ]
    if step.retry_success is not None and draws.retry_success is not None:
        mean, drawn = step.retry_success, draws.retry_success
        every.append(_Rate(mean, drawn, lambda rate: replace(step, retry_success=rate)))
    for name in sorted(used & set(step.checks)):
        every += _check_rates(step, name, draws.checks[name])
    return (rate for rate in every if rate.drawn.min() < rate.drawn.max())


def _check_rates(step: StepProfile, name: str, drawn: CheckDraws) -> Iterator[_Rate]:
    check = step.checks[name]

    def judging(moved: CheckProfile) -> StepProfile:
        return replace(step, checks={**step.checks, name: moved})

    def missing(rate: float) -> StepProfile:
        # What is blind is missed, so it cannot be more.
        return judging(replace(check, accept_bad=rate, blind=min(check.blind, rate)))

    def blind(rate: float) -> StepProfile:
        return judging(replace(check, accept_bad=max(check.accept_bad, rate), blind=rate))

    yield _Rate(
        check.accept_ok, drawn.accept_ok, lambda rate: judging(replace(check, accept_ok=rate))
    )
    yield _Rate(check.accept_bad, drawn.accept_bad, missing)
    yield _Rate(check.blind, drawn.blind, blind)
    yield _Rate(check.spread, drawn.spread, lambda rate: judging(replace(check, spread=rate)))


def _timed(step: StepProfile) -> StepProfile:
    """The step with means for its times: at so long a tick, nothing else of them counts."""
    checks = {name: replace(check, latencies_s=()) for name, check in step.checks.items()}
    return replace(step, latencies_s=(), checks=checks)

"""How far two profiles differ, and how far that may be chance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from surestep.budgets import checked
from surestep.budgets.fitting import posterior
from surestep.budgets.fitting.changes import Change, Changes
from surestep.budgets.fitting.hierarchy import Floats
from surestep.budgets.fitting.posterior import StepDraws
from surestep.budgets.profiled import StepProfile

_DRAWS = 4000


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure and its draws.

    Attributes:
        value: as the profile has it.
        draws: what it may just as well be.
    """

    value: float
    draws: Floats


def between(
    old: Mapping[str, StepProfile],
    new: Mapping[str, StepProfile],
    *,
    confidence: float,
    seed: int,
) -> Changes:
    """What differs between two sets of steps.

    Args:
        old: each step as it was.
        new: each step as it is.
        confidence: probability that each interval holds.
        seed: the same seed gives the same intervals.

    Raises:
        PlanError: for a confidence that is not strictly between 0 and 1.
    """
    checked.open_rate("confidence", confidence)
    drawn_old = posterior.sampled(old, _DRAWS, seed=seed)
    # Evidence for one says nothing of the other, so their draws must not move together.
    drawn_new = posterior.sampled(new, _DRAWS, seed=seed + 1)
    changes = []
    for step in (it for it in new if it in old):
        before = dict(figures(old[step], drawn_old[step]))
        for key, after in figures(new[step], drawn_new[step]):
            if key in before and before[key].value != after.value:
                changes.append(change(step, key, before[key], after, confidence))
    return Changes(
        run=change("", ("", "success"), _run(old, drawn_old), _run(new, drawn_new), confidence),
        changes=tuple(changes),
        added=tuple(step for step in new if step not in old),
        removed=tuple(step for step in old if step not in new),
        confidence=confidence,
    )


def figures(step: StepProfile, drawn: StepDraws) -> Iterator[tuple[tuple[str, str], Figure]]:
    """The figures of a step and its verifiers, by verifier (`""` for the step) and name.

    Args:
        step: the step.
        drawn: its draws.
    """
    yield ("", "success"), Figure(step.success, drawn.success)
    yield ("", "spread"), Figure(step.spread, drawn.spread)
    if step.retry_success is not None and drawn.retry_success is not None:
        yield ("", "retry_success"), Figure(step.retry_success, drawn.retry_success)
    yield ("", "latency_s"), Figure(step.latency_s, step.latency_s * drawn.time)
    yield ("", "cost_usd"), Figure(step.cost_usd, np.full_like(drawn.success, step.cost_usd))
    for name, check in step.checks.items():
        rates = drawn.checks[name]
        yield (name, "accept_ok"), Figure(check.accept_ok, rates.accept_ok)
        yield (name, "accept_bad"), Figure(check.accept_bad, rates.accept_bad)
        yield (name, "blind"), Figure(check.blind, rates.blind)


def _run(steps: Mapping[str, StepProfile], drawn: Mapping[str, StepDraws]) -> Figure:
    value, draws = 1.0, np.ones(_DRAWS)
    for path, step in steps.items():
        value *= (1.0 - step.criticality * (1.0 - step.success)) ** step.visits
        draws *= (1.0 - step.criticality * (1.0 - drawn[path].success)) ** step.visits
    return Figure(value, draws)


def change(
    step: str, key: tuple[str, str], before: Figure, after: Figure, confidence: float
) -> Change:
    """How far a figure differs.

    Args:
        step: whose it is; `""` for a run.
        key: its verifier, if it is one's, and its name.
        before: the older one.
        after: the newer one, drawn independently.
        confidence: probability that each interval holds.
    """
    apart = after.draws - before.draws
    return Change(
        step=step,
        check=key[0],
        figure=key[1],
        before=posterior.interval(before.draws, before.value, confidence=confidence),
        after=posterior.interval(after.draws, after.value, confidence=confidence),
        difference=posterior.interval(apart, after.value - before.value, confidence=confidence),
        rise=float(np.mean(apart > 0.0) + np.mean(apart == 0.0) / 2.0),
    )

"""Poses a planning problem: a profile's steps with all their options, under aims."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from graphlib import TopologicalSorter

import numpy as np

from surestep.budgets import checked
from surestep.budgets.assurance import Assurance
from surestep.budgets.fitting.posterior import StepDraws, expected, sampled
from surestep.budgets.planner.aims import Aims
from surestep.budgets.planner.candidates import NOTHING
from surestep.budgets.planner.elasticity import Spread, spread
from surestep.budgets.planner.options import Option, late, option, options
from surestep.budgets.planner.problem import Problem
from surestep.budgets.planner.selection.paths import Shape
from surestep.budgets.profile import Profile
from surestep.budgets.profiled import StepProfile
from surestep.values import Effect

DRAWS = 400

# Laws have about this many ticks over a whole run, or up to the larger number if the tick can
# then divide all times that are whole milliseconds.
_TICKS = 2048
_WHOLE_TICKS = 8192
# Rates do not depend on the tick, and a long one makes laws short.
_COARSE_S = 1e6

_NO_DRAWS: Mapping[str, StepDraws] = {}

Forced = Mapping[str, Mapping[str, object]]
"""For some steps, some keys of their assurance."""


def posed(
    profile: Profile,
    aims: Aims,
    *,
    forced: Forced | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> Problem:
    """The problem of planning a profile's steps.

    Args:
        profile: what is known.
        aims: the objective and the limits.
        forced: choices already made.
        draws: how many draws of the uncertain rates to plan with.
        seed: of those draws.

    Raises:
        PlanError: for a forced step, key or value that does not fit.
    """
    forced = forced or {}
    for name in forced:
        checked.known(name, profile.steps, what="Step")
    fitted, drawn = profile.steps, _NO_DRAWS
    if _uncertain(profile):
        drawn = sampled(profile.steps, draws, seed=seed)
        profile = expected(profile, drawn)
    names = tuple(TopologicalSorter(profile.after).static_order())
    tick_s = tick_of(profile)
    menus = [
        _menu(profile, name, aims, tick_s, forced.get(name), fitted=fitted[name]) for name in names
    ]
    barriers = [name for name in names if profile.steps[name].effect is Effect.IRREVERSIBLE]
    shape = Shape.of({name: profile.after[name] for name in names}, barriers)
    spreads = _spreads(profile, names, menus, drawn) if drawn else ()
    return Problem(profile, aims, names, tuple(menus), shape, spreads)


def at_expected_rates(profile: Profile) -> Profile:
    """The profile plans are made with: its uncertain rates at their means, as `posed` has them."""
    if not _uncertain(profile):
        return profile
    return expected(profile, sampled(profile.steps, DRAWS))


def tick_of(profile: Profile) -> float:
    """The tick of all laws, in seconds: a divisor of all times if that is fine enough."""
    span = math.fsum(
        step.visits * math.fsum(map(max, _times(step))) for step in profile.steps.values()
    )
    times = [time for step in profile.steps.values() for many in _times(step) for time in many]
    whole = [round(time * 1e3) for time in times]
    exact = all(
        math.isclose(ms, time * 1e3, abs_tol=1e-6) for ms, time in zip(whole, times, strict=True)
    )
    divisor = reduce(math.gcd, whole, 0) / 1e3
    if exact and divisor and span / divisor <= _WHOLE_TICKS:
        return divisor
    return span / _TICKS if span > 0.0 else 1.0


def _times(step: StepProfile) -> Iterator[tuple[float, ...]]:
    yield step.latencies_s or (step.latency_s,)
    for check in step.checks.values():
        yield check.latencies_s or (check.latency_s,)


def _menu(
    profile: Profile,
    name: str,
    aims: Aims,
    tick_s: float,
    forced: Mapping[str, object] | None,
    *,
    fitted: StepProfile,
) -> tuple[Option, ...]:
    step = profile.steps[name]
    person = step.person or profile.person
    every = options(name, step, person=person, tick_s=tick_s, forced=forced)
    if forced is None and fitted.checks != step.checks:
        every = _paying(replace(step, checks=fitted.checks), every, profile)
    return _relevant([_charged(profile, name, one) for one in every], aims)


def _paying(step: StepProfile, menu: Sequence[Option], profile: Profile) -> tuple[Option, ...]:
    """The options that do no harm with verifiers as their own records show them, either.

    Means lean on other verifiers, and might recommend a weak one that its own record does not.
    """

    def loss(assurance: Assurance) -> float:
        person = step.person or profile.person
        return option(step, assurance, person=person, tick_s=_COARSE_S).loss

    bare = loss(NOTHING)
    return tuple(one for one in menu if one.assurance == NOTHING or loss(one.assurance) <= bare)


def _charged(profile: Profile, name: str, one: Option) -> Option:
    """The option with the price of what starts after it in vain, should it be refused.

    That is a first call of each step that can start, unchecked, until the verdict is there.
    """
    if not one.treated.rejected:
        return one
    patience_s = one.treated.confirm.mean_s
    waste = math.fsum(
        profile.steps[later].cost_usd
        for later, starts_s in _following(profile, name).items()
        if starts_s < patience_s
    )
    return replace(one, cost_usd=one.cost_usd + one.treated.rejected * waste)


def _following(profile: Profile, name: str) -> dict[str, float]:
    """When the steps after one can start, in seconds after it; not those behind a barrier."""
    starts: dict[str, float] = {}
    for later in TopologicalSorter(profile.after).static_order():
        before = [
            0.0 if early == name else starts[early] + profile.steps[early].latency_s
            for early in profile.after[later]
            if early == name or early in starts
        ]
        if before and profile.steps[later].effect is not Effect.IRREVERSIBLE:
            starts[later] = max(before)
    return starts


def _relevant(found: Sequence[Option], aims: Aims) -> tuple[Option, ...]:
    """The options that are best in some way the aims ask for, the cheaper of equals."""
    timed = bool(aims.quantiles) or aims.objective == "latency_p95_s"
    size = max(one.treated.settled.pmf.size for one in found) if timed else 0
    rows = np.array([[*_counted(one, aims), *(late(one, size) if timed else ())] for one in found])
    by_rank = sorted(
        range(len(found)),
        key=lambda place: (*rows[place], found[place].cost_usd, found[place].human_minutes),
    )
    kept: list[int] = []
    for place in by_rank:
        if not np.any(np.all(rows[kept] <= rows[place] + 1e-12, axis=1)):
            kept.append(place)
    return tuple(found[place] for place in sorted(kept))


def _counted(one: Option, aims: Aims) -> list[float]:
    """The amounts the aims look at."""
    counted = [one.loss]
    if aims.cost_usd is not None or aims.objective == "cost_usd":
        counted.append(one.cost_usd)
    if aims.human_minutes is not None or aims.objective == "human_minutes":
        counted.append(one.human_minutes)
    if aims.latency_mean_s is not None or aims.objective == "latency_mean_s":
        counted += [one.treated.advance.mean_s, one.treated.settled.mean_s]
    return counted


def _uncertain(profile: Profile) -> bool:
    return any(
        step.trials or step.retry_trials or step.spread_trials or step.calls or _of_checks(step)
        for step in profile.steps.values()
    )


def _of_checks(step: StepProfile) -> bool:
    return any(one.trials_ok or one.trials_bad or one.spread_trials for one in step.checks.values())


def _spreads(
    profile: Profile,
    names: Sequence[str],
    menus: Sequence[Sequence[Option]],
    drawn: Mapping[str, StepDraws],
) -> tuple[tuple[Spread, ...], ...]:
    return tuple(
        tuple(
            spread(step, one.assurance, drawn[name], person=step.person or profile.person)
            for one in menu
        )
        for name, menu in zip(names, menus, strict=True)
        for step in (profile.steps[name],)
    )

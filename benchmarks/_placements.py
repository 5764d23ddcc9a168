"""Ways of placing checkers to compare the planner with, on profiles whose truth is known."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from surestep.budgets import Assurance, CheckProfile, Profile, StepProfile
from surestep.budgets.planner.options import option
from surestep.budgets.planner.problem import Problem

COARSE_S = 1e6
"""No law of time is asked for here."""

NONE = Assurance(mode="off")
Placement = dict[str, Assurance]
Baseline = Callable[[Problem, float], Placement]


def worth(truth: Profile, placed: Mapping[str, Assurance]) -> tuple[float, float]:
    """The true P(right result) of a placement, and its true mean cost, worked out exactly."""
    found = [
        option(step, placed.get(name, NONE), person=None, tick_s=COARSE_S)
        for name, step in truth.steps.items()
    ]
    return math.exp(-sum(one.loss for one in found)), sum(one.cost_usd for one in found)


def nothing(problem: Problem, budget_usd: float) -> Placement:
    """No check at all."""
    del problem, budget_usd
    return {}


def everything(problem: Problem, budget_usd: float) -> Placement:
    """Every verifier of every step, all of which have to accept, with two retries."""
    del budget_usd
    return {name: checked(tuple(step.checks)) for name, step in problem.profile.steps.items()}


def checked(names: tuple[str, ...], retries: int = 2) -> Assurance:
    """These verifiers, all of which have to accept."""
    return Assurance(mode="serial", verifiers=names, retries=retries, samples=1, human="never")


def topological(problem: Problem, budget_usd: float) -> Placement:
    """One checker per node while the budget lasts: terminal nodes, initial ones, by fan-in.

    After Sherlock (arXiv 2511.00330), which knows of one checker per node: here its first.
    """
    return _in_order(problem, budget_usd, lambda checks: next(iter(checks)))


def choosing(problem: Problem, budget_usd: float) -> Placement:
    """The same, but every node's checker is the one that tells most for its price."""
    return _in_order(
        problem, budget_usd, lambda checks: max(checks, key=lambda one: _accuracy(checks[one]))
    )


def _in_order(
    problem: Problem, budget_usd: float, pick: Callable[[Mapping[str, CheckProfile]], str]
) -> Placement:
    profile = problem.profile
    followed = {early for after in profile.after.values() for early in after}
    ranks = {
        name: (name in followed, bool(profile.after[name]), -len(profile.after[name]))
        for name in profile.steps
    }
    placed: Placement = {}
    for name in sorted(profile.steps, key=ranks.__getitem__):
        more = {**placed, name: checked((pick(profile.steps[name].checks),))}
        if worth(profile, more)[1] <= budget_usd:
            placed = more
    return placed


def _accuracy(check: CheckProfile) -> float:
    return (check.accept_ok - check.accept_bad) / (0.1 + check.cost_usd)


def greedy(problem: Problem, budget_usd: float) -> Placement:
    """The planner's own options, taken one at a time by gain in -ln P per dollar."""
    loss, cost = problem.loss, problem.cost_usd
    at = cost.argmin(axis=1)
    steps = np.arange(len(at))
    while True:
        gain = loss[steps, at][:, None] - loss
        price = cost - cost[steps, at][:, None]
        able = (gain > 1e-12) & (price <= budget_usd - cost[steps, at].sum())
        if not able.any():
            break
        ratio = np.where(able, gain / np.maximum(price, 1e-9), -np.inf)
        step, taken = divmod(int(ratio.argmax()), ratio.shape[1])
        at[step] = taken
    pairs = zip(problem.names, problem.options, at, strict=True)
    return {name: options[place].assurance for name, options, place in pairs}


def rollouts(problem: Problem, budget_usd: float) -> Placement:
    """Step by step the option after which a fixed policy does best, within the budget on average.

    After MCPP (arXiv 2605.06110), whose policy is `k` sequential samples until its checker
    accepts, k in 1, 4, 16, 64. Its checker is free and perfect, ours is each step's best one; means
    are worked out instead of simulated.
    """
    later = [
        [_policy(problem.profile.steps[name], tries) for name in problem.names]
        for tries in (1, 4, 16, 64)
    ]
    placed, lost, spent = {}, 0.0, 0.0
    for place, (name, options) in enumerate(zip(problem.names, problem.options, strict=True)):
        best = (math.inf, options[0])
        for one in options:
            for policy in later:
                rest = policy[place + 1 :]
                cost = spent + one.cost_usd + sum(usd for _, usd in rest)
                loss = lost + one.loss + sum(losing for losing, _ in rest)
                if cost <= budget_usd and loss < best[0]:
                    best = (loss, one)
        placed[name] = best[1].assurance
        lost, spent = lost + best[1].loss, spent + best[1].cost_usd
    return placed


def _policy(step: StepProfile, tries: int) -> tuple[float, float]:
    best = max(step.checks, key=lambda one: _accuracy(step.checks[one]), default=None)
    how = NONE if best is None or tries == 1 else checked((best,), tries - 1)
    found = option(step, how, person=None, tick_s=COARSE_S)
    return found.loss, found.cost_usd


def better_worker(truth: Profile, budget_usd: float) -> tuple[float, float]:
    """What the same money buys as a better first answer: errors fall as the root of its price."""
    base = sum(step.cost_usd for step in truth.steps.values())
    errors = max(budget_usd / base, 1.0) ** -0.5
    steps = {
        name: replace(step, success=1.0 - (1.0 - step.success) * errors)
        for name, step in truth.steps.items()
    }
    return worth(replace(truth, steps=steps), {})[0], max(budget_usd, base)

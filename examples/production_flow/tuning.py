"""Plans made from rehearsals: what each step is like, and what is best for each use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from examples.production_flow.graph import graph, suite
from examples.production_flow.uses import Use
from surestep import Plan, Profile, VerifiedGraph, plan
from surestep.budgets import StepProfile
from surestep.budgets.planner.infeasible import Infeasible
from surestep.budgets.planner.measure import runs_needed
from surestep.rehearsal import Trial, profiled, rehearse_suite
from surestep.testing import run

STATED = ("validate", "authorise", "quote", "reserve", "commit")
"""Steps of code that tests vouch for: they are stated to be right, and not learnt from runs."""
SURE = ("fresh", "plausible")
"""Rules that see every fault of their kind, as tests vouch: they are stated to miss none."""


@dataclass(frozen=True, slots=True)
class Tuned:
    """A plan made for a use.

    Attributes:
        plan: the plan, with what it is predicted to do.
        short: why it is not quite what the use asks for; `""` if it is.
    """

    plan: Plan
    short: str = ""


def learnt(requests: int, seed: int, done: Callable[[Trial], object]) -> Profile:
    """What rehearsals with every check, and a person for what is refused, tell of the steps.

    Args:
        requests: how many are rehearsed.
        seed: of the requests; not that of those the plans are measured on.
        done: called with each as it ends.
    """
    made: list[VerifiedGraph] = []

    async def make() -> VerifiedGraph:
        made.append(graph())
        return made[-1]

    everything = Plan.everything()
    trials = run(rehearse_suite(suite, make, requests, seed=seed, plan=everything, done=done))
    profile = profiled(suite, trials, made[-1])
    return profile.with_steps({name: _stated(name, it) for name, it in profile.steps.items()})


def _stated(name: str, step: StepProfile) -> StepProfile:
    """What is known of a step, with what tests say of its code in place of what runs do."""
    sure = {
        rule: replace(check, accept_bad=0.0, blind=0.0, trials_bad=0.0)
        for rule, check in step.checks.items()
        if rule in SURE
    }
    step = replace(step, checks={**step.checks, **sure})
    return replace(step, success=1.0, trials=0.0, spread=0.0) if name in STATED else step


def tuned(profile: Profile, use: Use) -> Tuned:
    """The best plan for a use, by what is known of the steps, or the nearest to it.

    Raises:
        Infeasible: no single limit stands in the way of a plan, so that there is no nearest.
    """
    try:
        return Tuned(plan(profile, use.slo, objective=use.objective))
    except Infeasible as short:
        if "reliability" not in short.nearest:
            raise
        runs = runs_needed(profile, use.slo, objective=use.objective)
        more = f" {runs} more rehearsals would do, if they came out as expected." if runs else ""
        return Tuned(short.nearest["reliability"], f"{short}{more}")

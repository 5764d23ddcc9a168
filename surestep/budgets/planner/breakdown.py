"""A plan step by step: where its money, its time and its risk are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from surestep.budgets.assurance import Assurance
from surestep.budgets.plan import Plan
from surestep.budgets.planner.options import option
from surestep.budgets.planner.posing import at_expected_rates
from surestep.budgets.profile import Profile

# Means and rates do not depend on the tick of the laws, and a long one makes them short.
_COARSE_S = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one step comes to in a run, over all its visits.

    Attributes:
        step: its path.
        assurance: how it is treated, with nothing left to the step.
        risk: P(it spoils the run): it stops it, or is wrong where that matters.
        work_usd: mean price of its worker calls, in US dollars.
        check_usd: mean price of its checks, in US dollars.
        latency_s: mean machine time until its output is settled, in seconds.
        human_minutes: mean minutes of people's time.
    """

    step: str
    assurance: Assurance
    risk: float
    work_usd: float
    check_usd: float
    latency_s: float
    human_minutes: float

    def as_dict(self) -> dict[str, object]:
        """This as plain JSON values."""
        return {**asdict(self), "assurance": self.assurance.as_dict()}


def broken_down(profile: Profile, plans: Sequence[Plan]) -> tuple[tuple[Part, ...], ...]:
    """The parts of each plan, in the order of the profile's steps; equal ones are one object.

    Raises:
        PlanError: if a plan treats a step in a way the profile knows nothing of.
    """
    profile = at_expected_rates(profile)
    known: dict[tuple[str, Assurance], Part] = {}
    found = []
    for plan in plans:
        keys = [(step, plan.of(step)) for step in profile.steps]
        for step, assurance in keys:
            if (step, assurance) not in known:
                known[step, assurance] = _part(profile, step, assurance)
        found.append(tuple(known[key] for key in keys))
    return tuple(found)


def _part(profile: Profile, name: str, assurance: Assurance) -> Part:
    step = profile.steps[name]
    one = option(step, assurance, person=step.person or profile.person, tick_s=_COARSE_S)
    work_usd = one.treated.worker_calls * step.cost_usd
    return Part(
        step=name,
        assurance=one.assurance,
        risk=max(0.0, -math.expm1(-one.loss)),
        work_usd=work_usd,
        check_usd=max(0.0, one.cost_usd - work_usd),
        latency_s=one.treated.settled.mean_s,
        human_minutes=one.human_minutes,
    )

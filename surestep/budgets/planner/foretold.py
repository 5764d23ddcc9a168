"""What any plan comes to under a profile, whoever made it."""

from __future__ import annotations

import math

import numpy as np

from surestep.budgets.algebra.explicit import explicit
from surestep.budgets.limits import SLO
from surestep.budgets.plan import Plan
from surestep.budgets.planner.aims import Aims
from surestep.budgets.planner.figures import Figures
from surestep.budgets.planner.planned import plan_of
from surestep.budgets.planner.posing import posed
from surestep.budgets.profile import Profile


def foretold(profile: Profile, plan: Plan, *, confidence: float = 0.95) -> tuple[Plan, SLO]:
    """The plan with a prediction for this profile, and the SLO that it meets and only just.

    What the plan leaves to a step is taken as a graph declares it by default.

    Args:
        profile: what is known of the steps.
        plan: how they are treated.
        confidence: probability with which the SLO's reliability is met, over what is uncertain.

    Raises:
        PlanError: if the plan treats a step in a way the profile knows nothing of.
    """
    plan.check({name: tuple(step.checks) for name, step in profile.steps.items()})
    given = {name: explicit(step, plan.of(name)) for name, step in profile.steps.items()}
    aims = Aims.of(SLO(confidence=confidence))
    forced = {name: one.as_dict() for name, one in given.items()}
    problem = posed(profile, aims, forced=forced)
    figures = Figures(problem, np.zeros(len(problem.names), dtype=np.int64))
    found = plan_of(figures)
    expected = found.prediction()
    slo = SLO(
        reliability=min(math.exp(-figures.loss), 1.0 - 1e-9),
        latency_p95_s=expected.latency_p95_s.value,
        human_minutes=expected.human_minutes.value,
        confidence=confidence,
    )
    return found, slo

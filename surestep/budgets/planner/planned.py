"""From a profile and an SLO to a plan with its prediction."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from surestep.budgets.assurance import Assurance
from surestep.budgets.fitting.posterior import interval
from surestep.budgets.limits import SLO
from surestep.budgets.plan import Plan
from surestep.budgets.planner.aims import Aims, Objective
from surestep.budgets.planner.figures import Figures
from surestep.budgets.planner.infeasible import Infeasible
from surestep.budgets.planner.posing import Forced, posed
from surestep.budgets.planner.selection.chosen import Stop
from surestep.budgets.planner.selection.table import Floats
from surestep.budgets.planner.solve import Result, solve
from surestep.budgets.predicted import Estimate, Predicted
from surestep.budgets.profile import Profile

Given = Plan | Mapping[str, Assurance | Mapping[str, object]] | None


def planned(
    profile: Profile, slo: SLO, *, objective: str | None = None, forced: Given = None
) -> Plan:
    """The best plan; see `surestep.budgets.planner.planning.plan`."""
    aims = Aims.of(slo, objective)
    keys = forced_keys(forced)
    result = solve(posed(profile, aims, forced=keys))
    if result.figures is None:
        raise refused(profile, slo, keys, result)
    return plan_of(result.figures, gap=result.gap)


_SIDES: dict[str, Objective] = {
    "reliability": "reliability",
    "latency_mean_s": "latency_mean_s",
    "latency_s": "latency_p95_s",
    "latency_p95_s": "latency_p95_s",
    "cost_usd": "cost_usd",
    "human_minutes": "human_minutes",
}


def refused(profile: Profile, slo: SLO, forced: Forced, result: Result) -> Infeasible:
    """What stands in the way: each limit that can be traded for a plan that keeps the others."""
    asked = {name: value for name, value in slo.as_dict().items() if name != "confidence"}
    reachable: dict[str, float] = {}
    nearest: dict[str, Plan] = {}
    for name in asked:
        rest = {key: value for key, value in slo.as_dict().items() if key != name}
        aims = Aims.of(SLO.of_dict(rest), _SIDES[name])
        near = solve(posed(profile, aims, forced=forced))
        if near.figures is not None:
            nearest[name] = plan_of(near.figures, gap=near.gap)
            best = near.figures.objective
            reachable[name] = math.exp(-best) if name == "reliability" else best
    return Infeasible(asked, reachable, nearest, proved=result.stop is Stop.INFEASIBLE)


def forced_keys(forced: Given) -> Forced:
    """Choices already made, as keys of assurances by step."""
    steps = forced.steps if isinstance(forced, Plan) else forced or {}
    return {
        name: one.as_dict() if isinstance(one, Assurance) else dict(one)
        for name, one in steps.items()
    }


def plan_of(figures: Figures, *, gap: float | None = None) -> Plan:
    """The plan of a selection, with what it is predicted to do."""
    pairs = zip(figures.problem.names, figures.chosen, strict=True)
    steps = {name: one.assurance for name, one in pairs}
    order = [name for name in figures.problem.profile.steps if name in steps]
    return Plan(
        {name: steps[name] for name in order},
        default=Assurance(),
        predicted=predicted(figures),
        gap=gap,
    )


def predicted(figures: Figures) -> Predicted:
    """What a selection is predicted to do, with intervals over what is uncertain.

    The intervals hold with the confidence of the aims; they are points where rates are stated.
    """
    value = {
        "success": math.exp(-figures.mean_loss),
        "latency_mean_s": figures.latency.mean_s,
        "latency_p95_s": figures.latency.quantile_s(0.95),
        "cost_usd": figures.cost_usd,
        "human_minutes": figures.human_minutes,
    }
    drawn = _drawn(figures)
    confidence = figures.problem.aims.confidence
    return Predicted(
        **{
            name: interval(drawn[name], one, confidence=confidence)
            if drawn
            else Estimate(one, one, one)
            for name, one in value.items()
        }
    )


def _drawn(figures: Figures) -> dict[str, Floats]:
    """The figures under every draw of the uncertain rates; none if all are stated."""
    problem = figures.problem
    if not problem.uncertain:
        return {}
    spreads = [step[one] for step, one in zip(problem.spreads, figures.options, strict=True)]
    visits = [problem.profile.steps[name].visits for name in problem.names]
    each = list(zip(visits, spreads, strict=True))
    cost = sum(count * one.cost_usd for count, one in each)
    minutes = sum(count * one.human_minutes for count, one in each)
    time = np.asarray(sum(count * one.latency_s for count, one in each))
    # Times of a whole run stretch as the sum of those of its steps does.
    stretch = time / time.mean() if time.mean() > 0.0 else np.ones_like(time)
    waste = figures.cost_usd - math.fsum(one.treated.cost_usd for one in figures.chosen)
    return {
        "success": np.exp(-figures.losses),
        "latency_mean_s": figures.latency.mean_s * stretch,
        "latency_p95_s": figures.latency.quantile_s(0.95) * stretch,
        "cost_usd": np.asarray(cost) + waste,
        "human_minutes": np.asarray(minutes),
    }

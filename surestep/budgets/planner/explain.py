"""Why a plan is as it is: what each step was given, what came next, and what limits are worth."""

from __future__ import annotations

import math
from dataclasses import dataclass

from surestep.budgets.assurance import Assurance
from surestep.budgets.limits import SLO
from surestep.budgets.plan import Plan
from surestep.budgets.planner.aims import Aims
from surestep.budgets.planner.candidates import telling
from surestep.budgets.planner.figures import Figures
from surestep.budgets.planner.options import Option
from surestep.budgets.planner.planned import Given, forced_keys, plan_of, refused
from surestep.budgets.planner.posing import posed
from surestep.budgets.planner.problem import Problem
from surestep.budgets.planner.relaxed import relaxed, relaxed_clocks
from surestep.budgets.planner.selection.relaxation import Relaxation
from surestep.budgets.planner.selection.table import Floats
from surestep.budgets.planner.solve import solve
from surestep.budgets.planner.steering import Steering
from surestep.budgets.profile import Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What another treatment of one step would change in a run.

    Attributes:
        assurance: that treatment.
        success: change of P(right result).
        latency_mean_s: change of the step's mean time until it is settled, in seconds.
        cost_usd: change of the mean cost, in US dollars.
        human_minutes: change of the mean minutes of people's time.
    """

    assurance: Assurance
    success: float
    latency_mean_s: float
    cost_usd: float
    human_minutes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why one step is treated as it is.

    Attributes:
        step: its path.
        chosen: its treatment.
        next_best: the treatment that comes closest at the prices of the limits, and what it
            would cost or gain; `None` if there was no choice.
        without: what leaving the step unchecked would cost or gain; `None` if it is.
        useless: its verifiers that are never placed, as they tell right from wrong no better
            than chance.
    """

    step: str
    chosen: Assurance
    next_best: Change | None
    without: Change | None
    useless: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A plan with its reasons.

    Attributes:
        plan: the plan, with its prediction and gap.
        objective: what was made as good as possible.
        steps: the reason of each step.
        prices: for each limit, by how much one unit more of it would better the objective, in
            its unit: -ln P for reliability, which is about the change of P near 1. Limits that
            do not bind are worth 0.
    """

    plan: Plan
    objective: str
    steps: tuple[Reason, ...]
    prices: dict[str, float]


def explain(
    profile: Profile, slo: SLO, *, objective: str | None = None, forced: Given = None
) -> Explanation:
    """The plan that `plan` gives, with the reasons for it.

    Args:
        profile: what is known of the steps.
        slo: what a run must meet.
        objective: what to make as good as possible, as for `plan`.
        forced: choices already made, as for `plan`.

    Raises:
        Infeasible: if no plan meets the SLO.
        PlanError: for an objective, step or key that is unknown.
    """
    keys = forced_keys(forced)
    problem = posed(profile, Aims.of(slo, objective), forced=keys)
    result = solve(problem)
    if result.figures is None:
        raise refused(profile, slo, keys, result)
    charged, prices = _priced(problem)
    reasons = [_reason(result.figures, step, charged[step]) for step in range(len(problem.names))]
    plan = plan_of(result.figures, gap=result.gap)
    return Explanation(plan, problem.aims.objective, tuple(reasons), prices)


def _priced(problem: Problem) -> tuple[Floats, dict[str, float]]:
    """What every option comes to at the prices of the limits, and those prices."""
    plain = relaxed(problem, Steering(problem).values)
    found = Relaxation(plain, relaxed_clocks(problem), problem.shape).solve()
    aims = problem.aims
    limited = [("cost_usd", aims.cost_usd), ("human_minutes", aims.human_minutes)]
    limited.append(("reliability", aims.loss))
    names = [name for name, limit in limited if limit is not None]
    prices = {name: float(price) for name, price in zip(names, found.prices, strict=False)}
    if aims.loss is not None:
        # From -ln P to P.
        prices["reliability"] *= math.exp(aims.loss)
    if aims.latency_mean_s is not None or aims.quantiles:
        prices["latency_s"] = float(found.prices[len(plain.limits) :].sum())
    return found.charged, prices


def _reason(figures: Figures, step: int, charged: Floats) -> Reason:
    problem = figures.problem
    options, mine = problem.options[step], int(figures.options[step])
    others = [place for place in range(len(options)) if place != mine]
    closest = min(others, key=lambda place: float(charged[place]), default=None)
    off = [place for place in others if options[place].assurance.mode == "off"]
    known = problem.profile.steps[problem.names[step]]
    return Reason(
        step=problem.names[step],
        chosen=options[mine].assurance,
        next_best=None if closest is None else _change(figures, options[mine], options[closest]),
        without=_change(figures, options[mine], options[off[0]]) if off else None,
        useless=tuple(sorted(set(known.checks) - set(telling(known)) - {known.vote})),
    )


def _change(figures: Figures, mine: Option, other: Option) -> Change:
    success = math.exp(-figures.mean_loss)
    return Change(
        assurance=other.assurance,
        success=success * math.expm1(mine.loss - other.loss),
        latency_mean_s=other.treated.settled.mean_s - mine.treated.settled.mean_s,
        cost_usd=other.cost_usd - mine.cost_usd,
        human_minutes=other.human_minutes - mine.human_minutes,
    )

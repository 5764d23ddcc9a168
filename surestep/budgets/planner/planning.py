"""Plans from profiles: how to treat every step, given what is known and what is asked for."""

from __future__ import annotations

from collections.abc import Mapping

from surestep.budgets.assurance import Assurance
from surestep.budgets.limits import SLO
from surestep.budgets.plan import Plan
from surestep.budgets.profile import Profile


def plan(
    profile: Profile,
    slo: SLO,
    *,
    objective: str | None = None,
    forced: Plan | Mapping[str, Assurance | Mapping[str, object]] | None = None,
) -> Plan:
    """The best plan for a profile: an assurance for every step, its prediction and its gap.

    P(right result) is taken as the product over steps of P(the step neither stops nor is wrong
    where that matters) to the power of its visits: a run that fails closed is no success.
    Rates that were fitted are uncertain, and a reliability is then met at the confidence of the
    SLO, over what the records leave open.

    Args:
        profile: what is known of the steps.
        slo: what a run must meet; `latency_s` is met with P >= `confidence`, `cost_usd` and
            `human_minutes` are means per run.
        objective: what to make as good as possible: `"reliability"`, `"latency_mean_s"`,
            `"latency_p95_s"`, `"cost_usd"` or `"human_minutes"`; by default the cost if a
            reliability is asked for, else the reliability.
        forced: choices already made: the steps of a plan, or for some steps an assurance or some
            of its keys, as `Plan.with_step` takes them.

    Raises:
        Infeasible: if no plan meets the SLO; it names what binds and the nearest plans.
        PlanError: for an objective, step or key that is unknown.
    """
    # numpy and scipy load when something is planned, not when surestep is imported.
    from surestep.budgets.planner.planned import planned  # noqa: PLC0415

    return planned(profile, slo, objective=objective, forced=forced)

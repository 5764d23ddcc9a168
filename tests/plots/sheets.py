"""A small frontier, its figures made up."""

from __future__ import annotations

from surestep.budgets import (
    Assurance,
    CheckProfile,
    Estimate,
    Plan,
    Predicted,
    Profile,
    StepProfile,
)
from surestep.plots.sheet import Sheet

CHECK = CheckProfile(accept_ok=0.95, accept_bad=0.1, latency_s=1.0, cost_usd=0.002)


def exactly(value: float) -> Estimate:
    """An estimate without doubt."""
    return Estimate(value, value, value)


def plan(success: float, cost_usd: float, **steps: Assurance) -> Plan:
    """A plan that is said to do so."""
    predicted = Predicted(
        success=exactly(success),
        latency_mean_s=exactly(2.0),
        latency_p95_s=exactly(3.0),
        cost_usd=exactly(cost_usd),
        human_minutes=exactly(0.0),
    )
    return Plan(steps, predicted=predicted)


OFF = Assurance(mode="off")
CHECKED = Assurance(verifiers=("judge",), retries=1)


def profile(name: str = "decide") -> Profile:
    """Two steps in a row."""
    step = StepProfile(success=0.9, latency_s=1.0, cost_usd=0.01, checks={"judge": CHECK})
    return Profile.of({"read": step, name: step})


def sheet(name: str = "decide", title: str = "Plans") -> Sheet:
    """Three plans, the middle one chosen."""
    plans = [
        plan(0.98, 0.027, **{"read": CHECKED, name: CHECKED}),
        plan(0.81, 0.02, **{"read": OFF, name: OFF}),
    ]
    chosen = plan(0.89, 0.024, **{"read": OFF, name: CHECKED})
    return Sheet.of(profile(name), plans, chosen, title=title, asked=["reliability >= 0.85"])

"""The frontier where people can be asked: their time is a fourth thing to be spent."""

from __future__ import annotations

import itertools

import pytest

from surestep.budgets import SLO, CheckProfile, PersonProfile, Plan, Profile, StepProfile
from surestep.budgets.planner.frontier import frontier

RULE = CheckProfile(accept_ok=1.0, accept_bad=0.4)
STEP = StepProfile(success=0.9, latency_s=1.0, cost_usd=0.01, checks={"rule": RULE})
ASKED = Profile.of(dict.fromkeys("abc", STEP), person=PersonProfile(minutes=3.0, fix=0.99))


def minutes(plan: Plan) -> float:
    """The minutes of people's time a plan takes."""
    return plan.prediction().human_minutes.value


@pytest.mark.parametrize("most", [0.0, 0.2, 1.0, 20.0])
def test_no_plan_asks_people_for_more_than_allowed(most: float) -> None:
    """Though people cost no money, and are always right."""
    found = frontier(ASKED, SLO(human_minutes=most))

    assert found
    assert max(map(minutes, found)) <= most + 1e-9


def test_plans_that_ask_nobody_stay_on_the_frontier() -> None:
    """They are beaten in reliability only."""
    found = frontier(ASKED, SLO(human_minutes=20.0))

    assert {minutes(plan) for plan in frontier(ASKED)} == {0.0}
    assert sum(minutes(plan) == 0.0 for plan in found) > 2
    assert max(map(minutes, found)) > 1.0


def test_no_plan_beats_another_in_all_four() -> None:
    """Reliability, mean time, cost and people's minutes."""
    rows = [
        (-it.success.value, it.latency_mean_s.value, it.cost_usd.value, it.human_minutes.value)
        for it in (plan.prediction() for plan in frontier(ASKED, SLO(human_minutes=5.0)))
    ]
    for one, other in itertools.permutations(rows, 2):
        assert not all(a < b - 1e-9 for a, b in zip(one, other, strict=True))


def test_people_who_have_to_be_asked_and_may_not_leave_no_plan() -> None:
    """The frontier is empty then."""
    forced = {"a": {"human": "always"}}

    assert frontier(ASKED, forced=forced) == ()
    assert frontier(ASKED, SLO(human_minutes=4.0), forced=forced)

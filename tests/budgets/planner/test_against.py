"""A new profile against an old one, end to end."""

import pytest

from surestep.budgets import Assurance, CheckProfile, PersonProfile, Plan, Profile, StepProfile
from surestep.budgets.planner.against import compared
from surestep.errors import PlanError

JUDGE = CheckProfile(accept_ok=1.0, accept_bad=0.1)


def of(success, *, trials=0.0, **checks):
    """Two equal steps."""
    step = StepProfile(success=success, trials=trials, checks=checks)
    return Profile.of({"a": step, "b": step})


def test_stated_rates_are_compared_exactly():
    """Without an interval, and without doubt."""
    found = compared(of(0.9), of(0.8), Plan())

    assert found.unchecked.difference.value == pytest.approx(0.81 - 0.64)
    assert found.unchecked.difference.low == pytest.approx(found.unchecked.difference.high)
    assert (found.planned.rise, found.verdict) == (1.0, "better")


@pytest.mark.parametrize(
    ("before", "after", "trials", "verdict"),
    [
        (0.80, 0.95, 300.0, "better"),
        (0.95, 0.80, 300.0, "worse"),
        (0.90, 0.93, 40.0, "undecided"),
        (0.90, 0.90, 0.0, "undecided"),
    ],
)
def test_better_is_said_only_with_confidence(before, after, trials, verdict):
    """Else it may be chance."""
    new, old = of(after, trials=trials), of(before, trials=trials)

    assert compared(new, old, Plan.nothing()).verdict == verdict


def test_what_is_too_little_for_one_confidence_may_do_for_another():
    """The share of draws in which the new one is better has to reach it."""
    new, old = of(0.95, trials=100.0), of(0.90, trials=100.0)

    assert compared(new, old, Plan(), confidence=0.8).verdict == "better"
    assert compared(new, old, Plan(), confidence=0.999).verdict == "undecided"


def test_the_plan_counts_for_both_as_far_as_they_have_its_verifiers():
    """A tool that only helps a step which is checked anyway helps less."""
    plan = Plan(default=Assurance(verifiers=("judge",), quorum=1, retries=0))
    found = compared(of(0.9, judge=JUDGE), of(0.9), plan)

    # Fails closed on nine wrong outputs of ten, which is no success either.
    assert found.planned.after.value == pytest.approx(0.81)
    assert found.planned.before.value == pytest.approx(0.81)
    retried = compared(of(0.9, judge=JUDGE), of(0.9), plan.with_step("a", retries=2))
    assert retried.planned.difference.value == pytest.approx(
        0.9 * (0.9 * (1 + 0.09 + 0.0081) - 0.9)
    )


def test_people_who_do_the_work_by_hand_are_a_profile():
    """They share no step with it, and nobody checks them; runs are allowed one failure more."""
    people = Profile.of({"by hand": StepProfile(success=0.9, trials=500.0, latency_s=600.0)})
    plan = Plan({"a": Assurance(verifiers=("judge",), human="on_failure")})
    agents = Profile.of(
        {"a": StepProfile(success=0.98, trials=500.0, checks={"judge": JUDGE})},
        person=PersonProfile(minutes=3.0),
    )
    found = compared(agents, people, plan)

    assert found.planned.before.value == pytest.approx(450 / 501, abs=1e-3)
    assert found.verdict == "better"


def test_a_confidence_that_is_none_is_refused():
    """Before anything is drawn."""
    with pytest.raises(PlanError, match="confidence"):
        compared(of(0.9), of(0.8), Plan(), confidence=1.0)

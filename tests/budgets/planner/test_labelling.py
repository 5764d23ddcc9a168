"""What further labels would tell, if they came out as expected."""

from __future__ import annotations

import pytest

from surestep.budgets import SLO, CheckProfile, Profile, StepProfile
from surestep.budgets.fitting.posterior import expected, sampled
from surestep.budgets.planner.infeasible import Infeasible
from surestep.budgets.planner.labelling import labelled
from surestep.budgets.planner.measure import runs_needed
from surestep.budgets.planner.planning import plan

JUDGE = CheckProfile(accept_ok=0.95, accept_bad=0.0, trials_ok=90.0, trials_bad=10.0)
STEP = StepProfile(success=0.9, trials=100.0, cost_usd=1.0, checks={"judge": JUDGE})
SURE = StepProfile(success=1.0, cost_usd=1.0)
KNOWN = Profile.of({"a": STEP, "b": SURE})
WANTED = SLO(reliability=0.985)


def test_labels_count_for_the_step_and_for_its_verifiers() -> None:
    """Nine of ten further outputs are right, so that the judge meets ten wrong ones more."""
    found = labelled(KNOWN, 100).steps["a"]

    assert found.trials == 200.0
    assert found.checks["judge"].trials_bad == pytest.approx(20.0, abs=2.0)
    assert found.checks["judge"].trials_ok == pytest.approx(180.0, abs=2.0)


def test_labels_are_expected_to_show_what_has_not_been_seen_yet() -> None:
    """A judge that never missed would be seen to, so more labels do not make it perfect."""
    usual = expected(KNOWN, sampled(KNOWN.steps, 400)).steps["a"].checks["judge"].accept_bad
    found = labelled(KNOWN, 1_000_000).steps["a"].checks["judge"].accept_bad

    assert found == pytest.approx(usual, rel=0.01)


def test_stated_steps_are_not_labelled() -> None:
    """There is nothing to learn of them."""
    assert labelled(KNOWN, 100).steps["b"] == SURE


def test_so_many_runs_make_a_plan_that_far_fewer_do_not() -> None:
    """Found to within a factor of one and a half."""
    runs = runs_needed(KNOWN, WANTED)

    assert runs
    assert plan(labelled(KNOWN, runs), WANTED).prediction().success.value >= 0.985
    with pytest.raises(Infeasible):
        plan(labelled(KNOWN, runs // 2), WANTED)


@pytest.mark.parametrize(("reliability", "runs"), [(0.9, 0), (0.999999, None)])
def test_none_are_needed_or_none_would_do(reliability: float, runs: int | None) -> None:
    """What can be promised already, and what no label can make of such a judge."""
    assert runs_needed(KNOWN, SLO(reliability=reliability)) == runs

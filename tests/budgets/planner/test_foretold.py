"""What any plan comes to under a profile."""

from __future__ import annotations

import pytest

from surestep.budgets import SLO, Plan
from surestep.budgets.planner.foretold import foretold
from surestep.budgets.planner.planning import plan
from surestep.errors import PlanError
from tests.budgets.planner.tables import profile


@pytest.mark.parametrize("trials", [0.0, 200.0])
def test_a_plan_of_the_planner_is_foretold_as_it_was(trials: float) -> None:
    """It says the same again, intervals included."""
    known = profile(trials=trials)
    chosen = plan(known, SLO(reliability=0.9))
    again, _ = foretold(known, chosen)

    assert again.steps == chosen.steps
    assert again.predicted == chosen.predicted


def test_the_limits_it_just_keeps_come_with_it() -> None:
    """The reliability is the one that is met at the confidence."""
    known = profile(trials=200.0)
    found, slo = foretold(known, Plan.everything(), confidence=0.9)

    assert slo.reliability is not None
    assert slo.reliability < found.prediction().success.value
    assert slo.latency_p95_s == found.prediction().latency_p95_s.value
    assert slo.confidence == 0.9


def test_a_plan_the_profile_knows_nothing_of_is_refused() -> None:
    """It names the step."""
    with pytest.raises(PlanError, match="'draft' is unknown"):
        foretold(profile(), Plan().with_step("draft", mode="off"))

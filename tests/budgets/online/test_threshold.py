"""The planner that looks at the confidence alone."""

from __future__ import annotations

import pytest

from surestep.budgets import SLO, Assurance
from surestep.budgets.planner import Finding
from surestep.budgets.planner.online.threshold import Threshold
from surestep.errors import PlanError
from surestep.values import RunRecord, Verdict


def finding(confidence: float | None, *verdicts: Verdict) -> Finding:
    """An output of a step with three verifiers."""
    return Finding(
        step="a",
        assurance=Assurance(),
        slo=SLO(),
        record=RunRecord(),
        attempt=1,
        last=False,
        confidence=confidence,
        verdicts=verdicts,
        unasked=("x", "y", "z")[len(verdicts) :],
    )


@pytest.mark.parametrize(("confidence", "action"), [(0.95, "accept"), (0.7, "check")])
def test_an_output_goes_on_unchecked_if_the_worker_is_sure(confidence: float, action: str) -> None:
    """From the threshold on."""
    found = Threshold(0.9).after(finding(confidence))

    assert found is not None
    assert found.action == action


def test_an_output_without_a_confidence_is_checked() -> None:
    """By as many verifiers as are wanted."""
    found = Threshold(0.9, checks=2).after(finding(None))

    assert found is not None
    assert found.verifiers == ("x", "y")


def test_an_output_goes_on_once_its_verifiers_have_accepted_it() -> None:
    """Nobody else is asked."""
    found = Threshold(0.9).after(finding(0.5, Verdict("pass", verifier="x")))

    assert found is not None
    assert found.action == "accept"


def test_numbers_that_do_not_fit_are_refused() -> None:
    """By name."""
    with pytest.raises(PlanError, match="checks"):
        Threshold(0.5, checks=-1)

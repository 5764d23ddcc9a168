"""Certificates of runs, of step records and of runs looked at one by one."""

from __future__ import annotations

import json

import pytest

from surestep.budgets.planner.proofs.bounds import Counts
from surestep.budgets.planner.proofs.certify import certify_runs, certify_sequence, certify_steps
from surestep.errors import PlanError


def test_299_clean_runs_prove_99_percent() -> None:
    """And say so in a sentence."""
    found = certify_runs(Counts(299), target=0.99)

    assert found.holds
    assert found.more is None
    assert "The target of 0.99 is proven." in found.lines()


def test_a_target_not_proven_says_what_it_takes() -> None:
    """The runs further on, how many may fail, and how likely that is."""
    found = certify_runs(Counts(100), target=0.99, truth=0.999)

    assert not found.holds
    assert found.more is not None
    assert (found.more.runs, found.more.failures) == (373, 1)
    assert "373 more runs, of which at most 1 fail," in found.lines()[-1]


def test_a_target_out_of_reach_says_so() -> None:
    """At the rate seen no number of runs would do."""
    found = certify_runs(Counts(100, 5), target=0.99)

    assert found.more is None
    assert "no number" in found.lines()[-1]


def test_without_a_target_only_what_is_proven_is_said() -> None:
    """There is nothing to hold or to miss."""
    found = certify_runs(Counts(300, 1))

    assert found.holds is None
    assert len(found.lines()) == 1


def test_step_records_certify_like_as_many_runs() -> None:
    """300 clean records of each of 20 steps say as much as 300 clean runs."""
    steps = {f"s{place}": Counts(300) for place in range(20)}

    found = certify_steps(steps, target=0.99)
    assert found.proven == pytest.approx(certify_runs(Counts(300)).proven)
    assert found.holds


def test_step_records_tell_the_step_tested_least_and_a_figure_to_plan_with() -> None:
    """The figure to plan with is marked as no proof."""
    found = certify_steps({"a": Counts(900), "b": Counts(120)}, target=0.99)

    assert found.weakest == "b"
    assert found.likely is not None
    assert found.likely > found.proven
    assert "proves nothing" in found.lines()[1]


def test_runs_looked_at_one_by_one_tell_since_when_a_target_is_proven() -> None:
    """It stays proven whatever comes later."""
    found = certify_sequence([True] * 390 + [False] * 5, target=0.99)

    assert found.holds
    assert found.reached == pytest.approx(380, abs=2)
    assert f"since run {found.reached}" in found.lines()[-1]


def test_runs_looked_at_one_by_one_tell_about_how_many_are_missing() -> None:
    """As an estimate that needs no promise not to look."""
    found = certify_sequence([True] * 100, target=0.99)

    assert not found.holds
    assert found.more is not None
    assert "about" in found.lines()[-1]


def test_a_certificate_is_plain_json() -> None:
    """With whether it holds."""
    found = json.loads(json.dumps(certify_runs(Counts(299), target=0.99).as_dict()))

    assert (found["holds"], found["method"]) == (True, "clopper-pearson")


@pytest.mark.parametrize(
    "asked", [{"target": 1.0}, {"confidence": 0.0}, {"truth": 1.5}, {"power": float("nan")}]
)
def test_a_rate_that_is_none_is_refused(asked: dict[str, float]) -> None:
    """The refusal names it."""
    with pytest.raises(PlanError, match=next(iter(asked))):
        certify_runs(Counts(10), **asked)


def test_no_runs_are_refused() -> None:
    """Neither form takes them."""
    with pytest.raises(PlanError, match="no runs"):
        certify_runs(Counts(0))
    with pytest.raises(PlanError, match="no runs"):
        certify_sequence([])

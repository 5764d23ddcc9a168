"""The planner made of tables: its price, its answers, and what it leaves alone."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from surestep.budgets import SLO, Assurance, Estimate, Plan, Predicted
from surestep.budgets.planner import Advisor, Finding, Moment
from surestep.budgets.planner.online.policy import Policy
from surestep.errors import PlanError
from surestep.values import RunRecord, Spent
from tests.budgets.online.chains import chain

SLO_S = SLO(latency_s=24.0)


@cache
def policy(slo: SLO = SLO_S, plan: Plan = Plan(), **options: float) -> Policy:  # noqa: B008 - frozen
    """The policy of a chain of six steps."""
    return Policy.of(chain(6), slo, plan, **options)


def moment(passed_s: float, how: Assurance | None = None, step: str = "s5") -> Moment:
    """A step about to start so many seconds into a run."""
    record = RunRecord(spent=Spent(machine_s=passed_s))
    return Moment(step=step, assurance=how or Assurance(), slo=SLO_S, record=record)


def finding(passed_s: float, confidence: float, **changes: object) -> Finding:
    """An output of the last step so many seconds into a run."""
    found = Finding(
        step="s5",
        assurance=Assurance(),
        slo=SLO_S,
        record=RunRecord(spent=Spent(machine_s=passed_s)),
        attempt=1,
        last=False,
        confidence=confidence,
        verdicts=(),
        unasked=("judge",),
    )
    return replace(found, **changes)


def test_a_policy_wants_to_be_asked_about_outputs() -> None:
    """Which is what the engine looks for."""
    assert isinstance(policy(), Advisor)


def test_it_costs_what_it_is_told_to_on_average() -> None:
    """Money is priced so that it does, or less."""
    free = policy().cost_usd

    assert policy(mean_usd=free - 2.0).cost_usd == pytest.approx(free - 2.0, rel=0.04)
    assert policy(mean_usd=free + 5.0).cost_usd == pytest.approx(free)


def test_a_reliability_costs_as_little_as_it_takes() -> None:
    """The target is met, and not by much."""
    target = policy().right - 0.1
    found = policy(SLO(latency_s=24.0, reliability=target))

    assert target - 0.01 <= found.right <= target + 0.05
    assert found.cost_usd < policy().cost_usd


def test_a_reliability_out_of_reach_gets_all_there_is() -> None:
    """Money has no price then."""
    assert policy(SLO(latency_s=24.0, reliability=0.999)).right == policy().right


def test_it_costs_what_its_plan_is_predicted_to() -> None:
    """Unless something else is said."""
    free = policy().cost_usd
    cost, other = Estimate(free - 2.0, 0.0, free), Estimate(1.0, 0.0, 20.0)
    predicted = Predicted(
        success=Estimate(0.9, 0.8, 1.0),
        latency_mean_s=other,
        latency_p95_s=other,
        cost_usd=cost,
        human_minutes=Estimate(0.0, 0.0, 0.0),
    )

    assert policy(plan=Plan(predicted=predicted)).cost_usd < free - 1.5


def test_a_step_is_left_unchecked_if_no_output_of_it_would_be_checked() -> None:
    """For want of time, with the reason and the alternative."""
    found = policy()(moment(22.5))

    assert found is not None
    assert found.assurance.mode == "off"
    assert "1.5 s left" in found.why
    assert "rather than" in found.instead


def test_a_step_is_left_to_its_outputs_while_there_is_time() -> None:
    """As it is planned, so nothing has to be said."""
    assert policy()(moment(10.0)) is None


def test_a_step_that_was_switched_off_for_want_of_time_is_taken_up_again() -> None:
    """Once there is time, as after a deadline was put off."""
    found = policy()(moment(10.0, Assurance(mode="off")))

    assert found is not None
    assert found.assurance == Assurance()


def test_what_is_treated_in_another_way_is_left_alone() -> None:
    """By somebody who knows why; and so are steps nobody knows."""
    other = Assurance(retries=7)

    assert policy()(moment(22.0, other)) is None
    assert policy()(moment(22.0, step="elsewhere")) is None
    assert policy().after(finding(22.0, 0.5, assurance=other)) is None
    assert policy().after(finding(22.0, 0.5, step="elsewhere")) is None


def test_an_output_in_doubt_is_checked_and_a_sure_one_is_not() -> None:
    """With money dear enough."""
    found = policy(mean_usd=policy().cost_usd - 3.0)

    doubtful, sure = found.after(finding(14.0, 0.75)), found.after(finding(14.0, 0.99))
    assert doubtful is not None
    assert sure is not None
    assert (doubtful.action, sure.action) == ("check", "accept")
    assert "% sure, 10 s left" in doubtful.why


def test_a_verifier_the_graph_does_not_have_is_not_asked() -> None:
    """The step is left to those it has."""
    assert policy().after(finding(10.0, 0.75, unasked=())) is None


def test_without_a_deadline_it_says_so() -> None:
    """Time is no reason then."""
    found = Policy.of(chain(6), SLO(), Plan()).after(finding(10.0, 0.75, slo=SLO()))

    assert found is not None
    assert "no deadline" in found.why


@pytest.mark.parametrize("option", ["wrong", "usd_per_minute", "mean_usd"])
def test_amounts_that_do_not_fit_are_refused(option: str) -> None:
    """By name."""
    with pytest.raises(PlanError, match=option):
        Policy.of(chain(2), SLO_S, Plan(), **{option: -1.0})

"""Approval by tier as a step's human policy."""

from __future__ import annotations

from typing import TypedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START
from langgraph.types import Command

from surestep import Ask, Output, VerifiedGraph
from surestep.errors import PlanError
from surestep.review import Approval, Approvals
from surestep.review.amounts import amount_in
from surestep.testing import run
from surestep.verifiers.calibration import Tier, Tiers

TIERS = Tiers(
    (
        Tier(name="small", asking_usd=5.0, error_share=0.0),
        Tier(name="usual", asking_usd=5.0, from_usd=50.0),
        Tier(name="large", asking_usd=5.0, from_usd=1000.0, floor=2.0),
    )
)
POLICY = Approvals(
    tiers=TIERS, by_tier={"large": Approval(approvers=2, queue="finance", priority=3)}
)


class State(TypedDict, total=False):
    """What a refund is about."""

    amount_usd: float


def asked(amount: object, confidence: float | None = None, policy: Approvals = POLICY):
    """What the policy says of a refund."""
    return policy({}, Output({"amount_usd": amount}, confidence=confidence), ())


def test_a_small_amount_is_left_to_the_agent():
    """However unsure it is."""
    assert asked(49.99) is False
    assert asked(0, 0.01) is False


def test_a_usual_amount_is_asked_about_below_its_threshold():
    """At 100 dollars and 5 for asking that is 0.95; from there on nobody is asked."""
    assert asked(100.0, 0.95) is False
    assert asked(100.0, 0.94) == Ask(
        "$100.00 at confidence 0.94, below 0.95 (tier usual)",
        amount_usd=100.0,
        tier="usual",
        must=False,
    )


def test_a_large_amount_is_never_left_to_the_agent():
    """Two people in finance must approve it."""
    assert asked(1000.0, 1.0) == Ask(
        "$1,000.00 is never left to the agent (tier large)",
        approvers=2,
        queue="finance",
        priority=3,
        amount_usd=1000.0,
        tier="large",
    )


def test_an_unknown_confidence_reaches_no_threshold():
    """A worker that says nothing of it is not trusted."""
    said = asked(100.0)
    assert isinstance(said, Ask)
    assert "without a confidence" in said.reason


@pytest.mark.parametrize("amount", [None, "100", True, -5.0, float("nan"), float("inf")])
def test_an_amount_that_is_none_counts_as_one_of_the_last_tier(amount):
    """Whatever stands in its place."""
    said = asked(amount, 1.0)
    assert isinstance(said, Ask)
    assert (said.reason, said.approvers) == ("the amount is not known (tier large)", 2)


def test_an_amount_is_looked_for_in_the_state_too():
    """Where the output has none, as before an irreversible effect."""
    assert POLICY({"amount_usd": 10.0}, None, ()) is False
    assert isinstance(POLICY({"amount_usd": 5000.0}, None, ()), Ask)


def test_the_update_of_a_command_is_looked_into():
    """Routing does not hide an amount."""
    update = Command(update={"amount_usd": 10.0}, goto="x")
    assert POLICY({}, Output(update), ()) is False


def test_an_amount_can_be_worked_out():
    """By a function; where it breaks the amount is not known."""
    policy = Approvals(tiers=TIERS, amount=lambda state, output: state["items"] * 10.0)
    assert policy({"items": 2}, None, ()) is False
    assert isinstance(policy({}, None, ()), Ask)


def test_confidence_is_calibrated_first():
    """What the worker says is not what it is worth."""
    policy = Approvals(tiers=TIERS, calibrate=lambda raw: raw / 2)
    said = asked(100.0, 1.0, policy)
    assert isinstance(said, Ask)
    assert said.reason == "$100.00 at confidence 0.50, below 0.95 (tier usual)"
    assert said.calibrated == 0.5


def test_a_predicate_has_somebody_asked_whatever_the_tier():
    """With its name for a reason; one that breaks asks as well."""
    rules = {
        "new customer": lambda state, output, verdicts: state["new"],
        "a checker refused": lambda state, output, verdicts: False,
    }
    policy = Approvals(tiers=TIERS, ask_if=rules)
    assert policy({"new": False, "amount_usd": 1.0}, None, ()) is False
    assert policy({"new": True, "amount_usd": 1.0}, None, ()) == Ask(
        "new customer (tier small)", amount_usd=1.0, tier="small"
    )
    broken = policy({"amount_usd": 1.0}, None, ())
    assert isinstance(broken, Ask)
    assert broken.reason == "new customer (tier small)"


def test_a_tier_nobody_has_is_refused():
    """With the names there are."""
    with pytest.raises(PlanError, match=r"huge.*small, usual, large"):
        Approvals(tiers=TIERS, by_tier={"huge": Approval()})


def test_fewer_than_one_approver_is_refused():
    """Acting without asking is for the tier to say."""
    with pytest.raises(PlanError, match="approvers is 0"):
        Approval(approvers=0)


@given(st.floats(0, 5000), st.floats(0, 1))
def test_the_policy_asks_exactly_where_the_tiers_do_not_act(amount, confidence):
    """It adds whom to ask, and nothing else."""
    assert (asked(amount, confidence) is False) == TIERS.acts(confidence, amount_usd=amount)


def test_a_step_asks_two_people_by_its_tier():
    """The question that interrupts the run is for both of them."""
    graph = VerifiedGraph(State)
    graph.add_step("refund", lambda state: {"amount_usd": 2000.0}, human=POLICY)
    graph.add_edge(START, "refund")
    app = graph.compile(InMemorySaver())
    result = run(app.ainvoke({}, {"configurable": {"thread_id": "t"}}))
    question = result["__interrupt__"][0].value["question"]
    assert (question["approvers"], question["queue"]) == (2, "finance")


@pytest.mark.parametrize(
    ("proposal", "amount"),
    [
        ({"amount": 3}, 3.0),
        ({"fee_usd": 2.0, "amount_usd": 5.0}, 5.0),
        ({"letter": "x", "fee_usd": 2.0}, 2.0),
        ({"amount": "a lot", "total": 7}, 7.0),
        ({"letter": "x"}, None),
    ],
)
def test_an_amount_is_found_under_its_usual_names(proposal, amount):
    """Values that are no amounts are passed over."""
    assert amount_in(proposal) == amount

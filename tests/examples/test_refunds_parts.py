"""The parts of the refund desk: tickets, policy, order book, tiers, rules, the simulated world."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import fmean, pstdev
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from examples.refunds import checks
from examples.refunds.orders import OrderBook, RefundRefused
from examples.refunds.policy import Claim, Order, Ruling, rule_on
from examples.refunds.reviewer import Reviewer
from examples.refunds.scenario import reply_to, right_decision, right_reply, scenario
from examples.refunds.tickets import tickets, top_share
from examples.refunds.tiers import APPROVALS, HAND_OFF, ask_by_tier, hand_off_if_refused, tier_of
from surestep import Ask, Output, Verdict
from surestep.rehearsal import Role
from surestep.values import Question

ORDER = Order(order_id="R-10001", customer="C1", total_cents=5000, delivered_days_ago=10)
CLAIM = Claim(customer="C1", category="damaged", claimed_cents=5000)
FACTS = {
    "ticket": "T0001",
    "customer": "C1",
    "text": "Order R-10001, about 20.00 USD.",
    "category": "damaged",
    "order_id": "R-10001",
    "claimed_cents": 2000,
    "order": {
        "order_id": "R-10001",
        "customer": "C1",
        "total_cents": 5000,
        "delivered_days_ago": 10,
        "refunded_cents": 0,
    },
}


# -- tickets ---------------------------------------------------------------------------------


def test_the_top_twentieth_carries_three_tenths_in_closed_form() -> None:
    """Phi(sigma - z) is 0.30 for the sigma of the tickets."""
    assert top_share(0.05) == pytest.approx(0.30, abs=1e-6)


def test_the_drawn_amounts_carry_what_the_closed_form_says() -> None:
    """The sample's share lies within four standard errors, taken from its influence function."""
    amounts = sorted((one.claim.claimed_cents for one in tickets(20_000)), reverse=True)
    top = len(amounts) // 20
    total, least = sum(amounts), amounts[top]
    share = sum(amounts[:top]) / total
    influence = [max(x - least, 0) + least * 0.05 - share * x for x in amounts]
    error = pstdev(influence) / fmean(amounts) / math.sqrt(len(amounts))

    assert error < 0.01
    assert abs(share - top_share(0.05)) < 4 * error


def test_tickets_of_a_seed_are_the_same_however_many_are_drawn() -> None:
    """Ten more tickets leave the first ten as they were."""
    assert tickets(20)[:10] == tickets(10)
    assert tickets(10, seed=1) != tickets(10, seed=2)


def test_every_edge_case_of_the_policy_occurs() -> None:
    """Two hundred tickets hold late returns, own faults, injections and all the rest."""
    drawn = tickets(200)
    assert {one.twist for one in drawn} == {
        *("late", "own_fault", "already_refunded", "wrong_order", "no_order", "injection", "plain")
    }
    assert {one.ruling.kind for one in drawn} == {"refund", "partial", "deny", "clarify"}


def test_a_ticket_says_in_its_text_what_its_facts_are() -> None:
    """The right order number and the right amount always pass the check for quotes."""
    for ticket in tickets(100):
        facts = {"order_id": ticket.order_id, "claimed_cents": ticket.claim.claimed_cents}
        assert checks.quoted_from_ticket({"text": ticket.text}, facts) is True


# -- policy ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claim", "order", "ruling"),
    [
        ({}, {}, Ruling("refund", 5000)),
        ({"claimed_cents": 2000}, {}, Ruling("partial", 2000)),
        ({"claimed_cents": 9000}, {}, Ruling("refund", 5000)),
        ({"claimed_cents": 0}, {}, Ruling("deny")),
        ({"own_fault": True}, {}, Ruling("deny")),
        ({"category": "question"}, {}, Ruling("deny")),
        ({}, {"refunded_cents": 1}, Ruling("deny")),
        ({}, {"customer": "C2"}, Ruling("clarify")),
        ({"category": "return"}, {"delivered_days_ago": 30}, Ruling("refund", 5000)),
        ({"category": "return"}, {"delivered_days_ago": 31}, Ruling("partial", 2500)),
        ({"category": "return"}, {"delivered_days_ago": 61}, Ruling("deny")),
    ],
)
def test_the_policy_rules_on_each_case(
    claim: dict[str, Any], order: dict[str, Any], ruling: Ruling
) -> None:
    """Each line of the policy, as code."""
    assert rule_on(replace(CLAIM, **claim), replace(ORDER, **order)) == ruling


def test_an_order_that_does_not_exist_needs_clarifying() -> None:
    """Without an order there is nothing to refund."""
    assert rule_on(CLAIM, None) == Ruling("clarify")


# -- order book ------------------------------------------------------------------------------


@pytest.fixture
def book(tmp_path: Path) -> OrderBook:
    """A book with one order of 50.00 USD."""
    book = OrderBook(tmp_path / "orders.db")
    book.fill([ORDER])
    return book


def pay(book: OrderBook, key: str, cents: int, order_id: str | None = "R-10001") -> dict[str, Any]:
    """The receipt of one answer."""
    return asyncio.run(book.answer(key, "T1", order_id, cents, "Dear customer"))


def test_an_order_is_found_by_its_number(book: OrderBook) -> None:
    """A number nobody has finds nothing."""
    assert asyncio.run(book.look_up("R-10001")) == ORDER
    assert asyncio.run(book.look_up("R-99999")) is None


def test_the_same_key_pays_once(book: OrderBook) -> None:
    """A repeated call gives the first receipt and moves nothing."""
    assert pay(book, "k", 2000) == pay(book, "k", 2000)
    assert book.paid() == {"T1": [2000]}


@pytest.mark.parametrize(
    ("cents", "order_id"), [(100, "R-10001"), (5001, "R-10002"), (-1, "R-10002"), (1, None)]
)
def test_a_refund_the_order_does_not_allow_is_refused(
    book: OrderBook, cents: int, order_id: str | None
) -> None:
    """Twice, too much, negative, or of no order."""
    book.fill([replace(ORDER, order_id="R-10002")])
    pay(book, "first", 100)
    with pytest.raises(RefundRefused, match=order_id):
        pay(book, "second", cents, order_id)
    assert book.paid() == {"T1": [100]}


def test_an_answer_without_money_needs_no_order(book: OrderBook) -> None:
    """A refusal is sent all the same."""
    assert pay(book, "k", 0, None)["cents"] == 0


def test_what_was_done_is_found_by_its_key(book: OrderBook) -> None:
    """That is how a crashed run learns whether the money has moved."""
    receipt = pay(book, "k", 2000)
    assert asyncio.run(book.find("k")) == receipt
    assert asyncio.run(book.find("other")) is None


# -- tiers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("confidence", "cents", "name", "probability"),
    [
        (0.99, 1000, "auto", 0.0),
        (0.90, 1000, "sampled", 0.10),
        (0.70, 1000, "approve", 1.0),
        (0.99, 20_000, "approve", 1.0),
        (0.20, 20_000, "hand-off", 1.0),
        (None, 1000, "hand-off", 1.0),
    ],
)
def test_a_tier_follows_from_confidence_and_amount(
    confidence: float | None, cents: int, name: str, probability: float
) -> None:
    """Sure and small goes on, unsure or large is asked about, lost is handed off."""
    tier = tier_of(confidence, cents)
    assert (tier.name, tier.probability) == (name, probability)


@given(st.floats(0, 1), st.floats(0, 1), st.integers(0, 10**6), st.integers(0, 10**6))
def test_more_confidence_or_less_money_never_makes_a_tier_stricter(
    one: float, other: float, cents: int, more: int
) -> None:
    """The tiers are monotone in both."""
    order = ("auto", "sampled", "approve", "hand-off")
    low, high = sorted((one, other))
    strict, lax = tier_of(low, cents + more), tier_of(high, cents)
    assert order.index(lax.name) <= order.index(strict.name)


def test_what_its_checks_refuse_is_handed_off() -> None:
    """However sure the model is."""
    assert tier_of(1.0, 1, refused=True).name == "hand-off"


@pytest.mark.parametrize(("confidence", "queue"), [(0.7, APPROVALS), (0.1, HAND_OFF)])
def test_the_tier_decides_which_queue_is_asked(confidence: float, queue: str) -> None:
    """Approvals and hand-offs wait in queues of their own."""
    ask = ask_by_tier(FACTS, Output({}, confidence=confidence), (Verdict("pass"),))
    assert isinstance(ask, Ask)
    assert ask.queue == queue


def test_nobody_is_asked_about_what_is_sure_and_passed() -> None:
    """Neither for a decision nor for any other step."""
    output = Output({}, confidence=0.99)
    assert ask_by_tier(FACTS, output, (Verdict("pass"),)) is False
    assert hand_off_if_refused(FACTS, output, (Verdict("pass"),)) is False


def test_a_step_without_an_output_is_handed_off() -> None:
    """A worker that only ever raised leaves the ticket to a person."""
    ask = hand_off_if_refused(FACTS, None, ())
    assert isinstance(ask, Ask)
    assert ask.queue == HAND_OFF


# -- rules -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "update"),
    [
        (checks.quoted_from_ticket, {"order_id": "10001", "claimed_cents": 2000}),
        (checks.quoted_from_ticket, {"order_id": "R-10009", "claimed_cents": 2000}),
        (checks.quoted_from_ticket, {"order_id": "R-10001", "claimed_cents": 2001}),
        (checks.quoted_from_ticket, {"order_id": None, "claimed_cents": 2000}),
        (checks.within_total, {"decision": "refund", "amount_cents": 5001}),
        (checks.within_total, {"decision": "deny", "amount_cents": 1}),
        (checks.within_total, {"decision": "partial", "amount_cents": 0}),
        (checks.within_policy, {"decision": "refund", "amount_cents": 5000}),
        (checks.within_policy, {"decision": "clarify", "amount_cents": 0}),
    ],
)
def test_a_rule_says_what_is_wrong(
    rule: Callable[[Any, Any], bool | str], update: dict[str, Any]
) -> None:
    """A refused update comes with words for the next attempt."""
    found = rule(FACTS, update)
    assert isinstance(found, str)
    assert found


def test_the_right_update_passes_every_rule() -> None:
    """A rule that refuses the truth would be none."""
    decided = {"decision": "partial", "amount_cents": 2000}
    reply = {"reply": reply_to("partial", "20.00")}
    assert checks.within_total(FACTS, decided) is True
    assert checks.within_policy(FACTS, decided) is True
    assert checks.says_amount({**FACTS, **decided}, reply) is True


@pytest.mark.parametrize(("cents", "reply"), [(2000, "We pay 2.00 USD."), (0, "We pay 1 USD.")])
def test_a_reply_with_another_amount_is_refused(cents: int, reply: str) -> None:
    """It names the amount decided, or none."""
    assert checks.says_amount({"amount_cents": cents}, {"reply": reply}) is not True


# -- the world of the rehearsal --------------------------------------------------------------


def test_a_decision_is_judged_by_its_kind_and_amount() -> None:
    """The reason does not count."""
    truth: JsonValue = {"decision": "partial", "amount_usd": 20.0, "why": "policy"}
    said = {"decision": "partial", "amount_cents": 2000, "why": "anything"}
    assert right_decision(truth, json.dumps(said))
    assert not right_decision(truth, json.dumps({**said, "amount_cents": 1}))


def test_a_reply_that_promises_a_voucher_is_wrong() -> None:
    """Amounts are a rule's business, promises a judge's."""
    good = reply_to("deny", "0.00")
    assert right_reply("", json.dumps({"reply": good}))
    voucher = f"{good} You also get a voucher of 20 % for your next order."
    assert not right_reply("", json.dumps({"reply": voucher}))


def test_no_mistake_equals_the_truth() -> None:
    """Every role knows a wrong answer to every task."""
    drawn = tickets(50)
    for role in scenario(drawn, seed=1).roles:
        if isinstance(role, Role) and role.name in ("classify", "extract"):
            assert callable(role.truth)
            assert callable(role.wrong)
            for ticket in drawn:
                truth = role.truth(ticket.ticket_id)
                assert role.wrong(ticket.ticket_id, truth) != truth


def test_the_reviewer_approves_what_is_right_and_mends_what_is_not() -> None:
    """At an accuracy of 1; at 0 it is the other way round."""
    right = {"decision": "refund", "amount_cents": 5000}
    question = Question(
        question_id="q", thread_id="t", step="decide", visit=1, reason="", proposal=right
    )
    wrong = replace(question, proposal={**right, "amount_cents": 1})
    truth = {"T1": Ruling("refund", 5000)}

    assert Reviewer(truth, 1, accuracy=1.0).answer("T1", question)["type"] == "approve"
    edit: Any = Reviewer(truth, 1, accuracy=1.0).answer("T1", wrong)
    assert edit["edited_action"]["args"]["amount_cents"] == 5000
    assert Reviewer(truth, 1, accuracy=0.0).answer("T1", wrong)["type"] == "approve"
    slip: Any = Reviewer(truth, 1, accuracy=0.0).answer("T1", question)
    assert slip["edited_action"]["args"]["decision"] == "deny"

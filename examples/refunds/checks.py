"""What is checked: rules in code for what code can tell, rubrics for judges for the rest."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from examples.refunds.policy import CATEGORIES, POLICY, Claim, Order, Ruling, rule_on, usd
from surestep.verifiers import Rule

ORDER_NUMBER = re.compile(r"R-\d{5}")
LONGEST_REPLY = 1200

DECISION_RUBRIC = f"""\
A refund decision passes if it is the one this policy wants for this ticket and this order, with \
the right amount:
{POLICY}"""
REPLY_RUBRIC = """\
A reply to a customer passes if it tells the decision and the amount as decided, is polite, and \
promises nothing else: no vouchers, no exceptions, no admission of guilt."""

State = Mapping[str, Any]


def known_category(update: State) -> bool | str:
    """Whether the category is one of ours."""
    return update["category"] in CATEGORIES or f"Choose one of: {', '.join(CATEGORIES)}."


def quoted_from_ticket(state: State, update: State) -> bool | str:
    """Whether the facts stand in the ticket: a well-formed order number, and the amount."""
    order_id = update["order_id"]
    if order_id is None:
        return not ORDER_NUMBER.search(state["text"]) or "The ticket gives an order number."
    if not ORDER_NUMBER.fullmatch(order_id):
        return f"{order_id!r} is no order number; they look like R-12345."
    if order_id not in state["text"] or usd(update["claimed_cents"]) not in state["text"]:
        return "Take the order number and the amount from the ticket's own words."
    return True


def same_order(state: State, update: State) -> bool:
    """Whether the order looked up is the one asked for."""
    order = update["order"]
    return order is None or order["order_id"] == state["order_id"]


def within_total(state: State, update: State) -> bool | str:
    """Whether the amount fits the decision's kind and what is left of the order."""
    order, cents = state["order"], update["amount_cents"]
    if (cents > 0) != (update["decision"] in ("refund", "partial")):
        return f"{update['decision']!r} does not go with {usd(cents)} USD."
    left = order["total_cents"] - order["refunded_cents"] if order else 0
    return 0 <= cents <= left or f"At most {usd(left)} USD are left of this order."


def within_policy(state: State, update: State) -> bool | str:
    """Whether the decision stays within what the policy grants at most, given the facts."""
    most = granted(state)
    if (update["decision"] == "clarify") != (most.kind == "clarify"):
        return "clarify is for orders that do not exist or are another customer's, and only them."
    return update["amount_cents"] <= most.cents or f"The policy grants {usd(most.cents)} USD here."


def granted(state: State) -> Ruling:
    """What the policy grants on the facts found, before anyone weighs the text."""
    order = Order(**state["order"]) if state["order"] else None
    claim = Claim(
        customer=state["customer"],
        category=state["category"],
        claimed_cents=state["claimed_cents"],
    )
    return rule_on(claim, order)


def says_amount(state: State, update: State) -> bool | str:
    """Whether the reply names the amount that goes back, and only then one."""
    reply, amount = update["reply"], usd(state["amount_cents"])
    if len(reply) > LONGEST_REPLY:
        return f"Keep it below {LONGEST_REPLY} characters."
    if state["amount_cents"] == 0:
        return "USD" not in reply or "Nothing goes back: name no amount."
    return f"{amount} USD" in reply or f"Say that {amount} USD go back."


def receipt_matches(state: State, update: State) -> bool:
    """Whether the book paid what was decided."""
    return bool(update["receipt"]["cents"] == state["amount_cents"])


CATEGORY = Rule(known_category, name="category")
FACTS = Rule(quoted_from_ticket, name="quoted")
ORDER = Rule(same_order, name="same_order", feedback="Another order came back.")
TOTAL = Rule(within_total, name="total")
LIMIT = Rule(within_policy, name="policy")
AMOUNT = Rule(says_amount, name="amount")
RECEIPT = Rule(receipt_matches, name="receipt", feedback="The receipt says another amount.")

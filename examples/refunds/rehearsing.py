"""The graph with its rehearsal suite, so that one command rehearses, plans and proves the plan.

    surestep tune examples/refunds/rehearsing.py:graph --rehearse 300 --slo "human_minutes<=3"

The tickets, the simulated models and the reviewer are those of `python -m examples.refunds`. Each
graph has an order book of its own, so that no rehearsal meets the refunds of another.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from examples.refunds.graph import build
from examples.refunds.models import Endpoint, real_endpoint
from examples.refunds.orders import OrderBook
from examples.refunds.policy import Ruling, usd
from examples.refunds.reviewer import ACCURACY, Reviewer
from examples.refunds.scenario import reply_to, scenario
from examples.refunds.tickets import DEFAULT_SEED, Ticket, tickets
from surestep import VerifiedGraph
from surestep.budgets import PersonProfile
from surestep.rehearsal import Suite
from surestep.values import Question

EACH, SEEDS = 1000, 4
"""Tickets of one seed, and after how many seeds they come again."""
PERSON = PersonProfile(minutes=3.0, fix=ACCURACY, accept_ok=ACCURACY, accept_bad=1.0 - ACCURACY)
"""What the simulated reviewer is like; the minutes are an assumption."""
CODE = ("look_up", "issue")
"""Steps that ask no model; tests vouch for them."""

_folder = tempfile.TemporaryDirectory(prefix="refunds-")
_numbers = count()


def graph() -> VerifiedGraph:
    """The graph against the models that `OPENAI_BASE_URL` names, with an order book of its own."""
    book = OrderBook(Path(_folder.name) / f"orders-{next(_numbers)}.db")
    book.fill(ticket.order for ticket in _known().values() if ticket.order)
    endpoint = real_endpoint() or Endpoint()
    return build(endpoint.chat(), book)


def suite() -> Suite:
    """The tickets, what is right for each, and the world they are worked on in."""
    return Suite(
        inputs=inputs,
        right=right,
        scenario=scenario([*_known().values()], seed=DEFAULT_SEED),
        right_step=lambda _given, step, _update: True if step in CODE else None,
        answer=answer,
        person=PERSON,
    )


def inputs(seed: int, n: int) -> Sequence[Mapping[str, str]]:
    """The first tickets of a seed."""
    first = seed % SEEDS * EACH
    chosen = [*_known().values()][first : first + min(n, EACH)]
    return [
        {"ticket": one.ticket_id, "customer": one.claim.customer, "text": one.text}
        for one in chosen
    ]


def right(given: Mapping[str, Any], state: Mapping[str, Any]) -> bool:
    """Whether the right decision was carried out, and told in the right words."""
    ruling = _known()[given["ticket"]].ruling
    told = reply_to(ruling.kind, usd(ruling.cents))
    done = Ruling(state["decision"], state["amount_cents"]), state["reply"]
    return bool(state["receipt"]) and done == (ruling, told)


def answer(given: Mapping[str, Any], question: Question) -> dict[str, object]:
    """What the simulated reviewer says: mends what is wrong, with a slip now and then."""
    ticket = _known()[given["ticket"]]
    if not question.proposal:
        return {"type": "respond", "message": "Please try again.", "actor": "simulated"}
    if question.step == "decide":
        reviewer = Reviewer({ticket.ticket_id: ticket.ruling}, DEFAULT_SEED)
        return reviewer.answer(ticket.ticket_id, question)
    slips = random.Random(f"{ticket.ticket_id}/{question.question_id}").random() >= ACCURACY
    if slips or question.step in CODE:
        return {"type": "approve", "actor": "simulated"}
    args = {**question.proposal, **_mended(ticket, question.step)}
    edit = {"name": question.step, "args": args}
    return {"type": "edit", "edited_action": edit, "actor": "simulated"}


def _mended(ticket: Ticket, step: str) -> dict[str, object]:
    """What a step should have made of a ticket."""
    match step:
        case "classify":
            return {"category": ticket.claim.category, "category_confidence": 1.0}
        case "extract":
            claimed = ticket.claim.claimed_cents
            return {"order_id": ticket.order_id, "claimed_cents": claimed, "facts_confidence": 1.0}
        case _:
            return {"reply": reply_to(ticket.ruling.kind, usd(ticket.ruling.cents))}


@cache
def _known() -> Mapping[str, Ticket]:
    return {ticket.ticket_id: ticket for ticket in tickets(EACH * SEEDS)}

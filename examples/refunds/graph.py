"""The graph: classify, extract, look up, decide, draft, issue.

`build` makes it of a model, a judge and an order book. For one ticket at a time in a terminal

    surestep run examples/refunds/graph.py:graph ticket=T0007

calls `graph`: with `OPENAI_API_KEY` set it works on the real API (`OPENAI_MODEL` names the model),
without it on a rehearsal inside this process, where the tickets T0001 to T0200 of the default
seed are known. Orders are then kept in `.surestep/refunds-orders.db`. A ticket of your own wants
all three: `ticket`, `customer` and `text`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from typing import Any

from langchain_core.language_models import BaseChatModel
from langgraph.graph import END, START

from examples.refunds import checks
from examples.refunds.models import Endpoint, real_endpoint
from examples.refunds.orders import OrderBook
from examples.refunds.scenario import scenario
from examples.refunds.steps import Case, Desk
from examples.refunds.tickets import DEFAULT_SEED, Ticket, tickets
from examples.refunds.tiers import ask_by_tier, hand_off_if_refused
from surestep import Budget, Effect, VerifiedGraph
from surestep.errors import InputError
from surestep.rehearsal import rehearse
from surestep.verifiers import Judge

ORDERS = ".surestep/refunds-orders.db"
KNOWN = 200
SEEN = ("ticket", "customer", "text", "category", "claimed_cents", "order")


def build(
    model: BaseChatModel,
    book: OrderBook,
    *,
    judge: BaseChatModel | None = None,
    inbox: Mapping[str, Ticket] | None = None,
) -> VerifiedGraph:
    """The graph, not compiled yet.

    Args:
        model: what the workers ask.
        book: the order book.
        judge: what the judges ask; by default the workers' model.
        inbox: tickets that may be named by their id alone.
    """
    desk = Desk(model, book)
    graph = VerifiedGraph(Case)
    graph.add_node("receive", _receive(inbox or {}))
    _add_reading(graph, desk)
    _add_deciding(graph, desk, judge or model)
    graph.add_step(
        "issue",
        desk.issue,
        verifiers=[checks.RECEIPT],
        effect=Effect.IRREVERSIBLE,
        confirm=desk.issued,
    )
    path = (START, "receive", "classify", "extract", "look_up", "decide", "draft", "issue", END)
    for here, there in pairwise(path):
        graph.add_edge(here, there)
    return graph


def _add_reading(graph: VerifiedGraph, desk: Desk) -> None:
    cap = Budget(cost_usd=0.01)
    handed = hand_off_if_refused
    graph.add_step("classify", desk.classify, verifiers=[checks.CATEGORY], budget=cap, human=handed)
    graph.add_step("extract", desk.extract, verifiers=[checks.FACTS], budget=cap, human=handed)
    graph.add_step("look_up", desk.look_up, verifiers=[checks.ORDER])


def _add_deciding(graph: VerifiedGraph, desk: Desk, judge: BaseChatModel) -> None:
    graph.add_step(
        "decide",
        desk.decide,
        verifiers=[
            checks.TOTAL,
            checks.LIMIT,
            Judge(judge, rubric=checks.DECISION_RUBRIC, name="judge", sees=SEEN),
        ],
        budget=Budget(latency_s=60.0, cost_usd=0.02),
        human=ask_by_tier,
        on_budget="escalate",
        on_inconclusive="escalate",
    )
    graph.add_step(
        "draft",
        desk.draft,
        verifiers=[
            checks.AMOUNT,
            Judge(
                judge,
                rubric=checks.REPLY_RUBRIC,
                name="judge",
                sees=("ticket", "text", "decision", "amount_cents"),
            ),
        ],
        budget=Budget(cost_usd=0.02),
        human=hand_off_if_refused,
        on_inconclusive="drop_check",
    )


def _receive(inbox: Mapping[str, Ticket]) -> Any:
    async def receive(state: Case) -> dict[str, str]:
        """The ticket's text, from the inbox if only its id was given."""
        if state.get("text"):
            return {}
        ticket = inbox.get(state["ticket"])
        if ticket is None:
            raise InputError(
                f"There is no ticket {state['ticket']!r} in the inbox.",
                remedy="Give its text and customer too, or one of T0001 to T0200.",
            )
        return {"customer": ticket.claim.customer, "text": ticket.text}

    return receive


@cache
def graph() -> VerifiedGraph:
    """The graph for one ticket at a time, on the real API or on a rehearsal of its own."""
    known = tickets(KNOWN)
    book = OrderBook(ORDERS)
    book.fill(ticket.order for ticket in known if ticket.order)
    endpoint = real_endpoint() or _rehearsed(known)
    inbox = {ticket.ticket_id: ticket for ticket in known}
    return build(endpoint.chat(), book, inbox=inbox)


def _rehearsed(known: list[Ticket]) -> Endpoint:
    # Left open: its daemon thread ends with the process.
    server = rehearse(scenario(known, seed=DEFAULT_SEED)).__enter__()
    return Endpoint(base_url=server.base_url)

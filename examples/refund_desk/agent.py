"""The agent: one step that decides a ticket, and the model it asks, rehearsed."""

from __future__ import annotations

import json
import re
from typing import TypedDict

from langchain_core.language_models import BaseChatModel
from langgraph.graph import END, START
from pydantic import JsonValue

from examples.refund_desk.tickets import Day
from surestep import Output, VerifiedGraph
from surestep.rehearsal import Role, Scenario
from surestep.review import Approvals, Reviewed

MODEL, STEP = "gpt-4o-mini", "decide"


class State(TypedDict, total=False):
    """A ticket, and what becomes of it."""

    ticket: int
    amount_usd: float
    decision: str


def right(ticket: int) -> str:
    """What is to be done; it makes no difference here which tickets are to be refunded."""
    return "deny" if ticket % 5 == 0 else "refund"


def wrong(ticket: int) -> str:
    """What is not."""
    return "refund" if right(ticket) == "deny" else "deny"


def scenario(day: Day, *, seed: int) -> Scenario:
    """The model, which says of each ticket what was drawn for it, be it right or wrong."""

    def said(task: str) -> JsonValue:
        ticket = int(task)
        decision = wrong(ticket) if day.wrong[ticket] else right(ticket)
        return {"decision": decision, "confidence": float(day.said[ticket])}

    role = Role(
        name=STEP,
        pattern=re.compile(r"Decide ticket (?P<task>\d+)"),
        truth=said,
    )
    return Scenario(seed=seed, models=(MODEL,), roles=(role,))


def build(model: BaseChatModel, *, human: Approvals, review: Reviewed) -> VerifiedGraph:
    """The graph, not compiled yet.

    Args:
        model: what the agent asks.
        human: says when a person is asked before the decision counts.
        review: says which decisions are looked at afterwards.
    """

    async def decide(state: State) -> Output:
        """The decision, and how sure the model says it is."""
        prompt = (
            f"Decide ticket {state['ticket']}: a refund of {state['amount_usd']:.2f} USD. "
            'Answer in JSON: {"decision": "refund" or "deny", "confidence": 0 to 1}.'
        )
        answer = json.loads((await model.ainvoke(prompt)).text)
        return Output({"decision": answer["decision"]}, confidence=answer["confidence"])

    graph = VerifiedGraph(State)
    graph.add_step(STEP, decide, human=human, review=review)
    graph.add_edge(START, STEP)
    graph.add_edge(STEP, END)
    return graph

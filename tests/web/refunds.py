"""A graph that asks about refunds, as a user's file would hold it."""

from typing import TypedDict

from langgraph.graph import END, START
from pydantic import BaseModel, Field

from surestep import Output, VerifiedGraph
from surestep.verifiers import Schema


class State(TypedDict, total=False):
    """What the steps share."""

    ticket: str
    amount_usd: float
    reply: str
    sent: str


class Refund(BaseModel):
    """What an edited refund must look like."""

    amount_usd: float = Field(description="What the customer gets back, in US dollars.")
    reply: str


def refund(state):
    """A refund of what was asked for."""
    reply = f"We are sorry about {state['ticket']}. You get it back within five days."
    return Output({"amount_usd": state["amount_usd"], "reply": reply}, confidence=0.8)


def polite(state, update):
    """Accepts what says sorry."""
    return "sorry" in update["reply"]


def send(state):
    """The reply, sent."""
    return {"sent": state["reply"]}


graph = VerifiedGraph(State)
graph.add_step("refund", refund, verifiers=[polite, Schema(Refund, name="shape")], human="always")
graph.add_step("send", send)
graph.add_edge(START, "refund")
graph.add_edge("refund", "send")
graph.add_edge("send", END)

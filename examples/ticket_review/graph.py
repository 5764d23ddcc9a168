"""The agent: one step that reads a ticket and names its category, surer than it should be."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

from langgraph.graph import END, START

from examples.ticket_review.tickets import PHRASES, Ticket
from surestep import Output, VerifiedGraph, session


class State(TypedDict, total=False):
    """A ticket, and what it is about."""

    text: str
    category: str


@dataclass(frozen=True, slots=True)
class Categorised:
    """What the agent made of a ticket.

    Attributes:
        ticket: the ticket.
        category: the agent's.
        confidence: how sure it said it was.
    """

    ticket: Ticket
    category: str
    confidence: float

    @property
    def right(self) -> bool:
        """What a reviewer finds."""
        return self.category == self.ticket.category


def categorise(state: State) -> Output:
    """The category most phrases speak for; less doubt than there should be."""
    hits = {
        name: sum(phrase in state["text"] for phrase in phrases)
        for name, phrases in PHRASES.items()
    }
    weights = {name: math.exp(2.5 * count) for name, count in hits.items()}
    best = max(weights, key=lambda name: weights[name])
    doubt = 1.0 - weights[best] / sum(weights.values())
    return Output({"category": best}, confidence=1.0 - doubt**2)


graph = VerifiedGraph(State)
graph.add_step("categorise", categorise)
graph.add_edge(START, "categorise")
graph.add_edge("categorise", END)
app = graph.compile()


async def _one(ticket: Ticket) -> Categorised:
    handle = session()
    result = await app.ainvoke({"text": ticket.text}, context=handle)
    confidence = handle.record.steps["categorise"].confidence
    assert confidence is not None, "the step says how sure it is"
    return Categorised(ticket, result["category"], confidence)


def categorised(tickets: Sequence[Ticket]) -> list[Categorised]:
    """What the agent makes of tickets."""

    async def all_of_them() -> list[Categorised]:
        return [await _one(ticket) for ticket in tickets]

    return asyncio.run(all_of_them())

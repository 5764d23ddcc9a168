"""What the server serves: a graph that asks before it sends a letter.

Compiled without a checkpointer: the server brings its own and refuses another.
"""

from __future__ import annotations

from langgraph.graph import END, START

# Before Python 3.12, pydantic makes JSON schemas, which the server offers, of these alone.
from typing_extensions import TypedDict

from surestep import VerifiedGraph, attempt
from surestep.verifiers import Rule


class State(TypedDict, total=False):
    """A letter to somebody."""

    name: str
    letter: str


async def write(state: State) -> State:
    """A letter, with what was said of the one before."""
    wish = f"\n\nP.S. {attempt().feedback}" if attempt().feedback else ""
    return {"letter": f"Dear {state['name']},\n\nyour order is on its way.{wish}"}


def greets(update: State) -> bool:
    """Whether the letter begins as a letter does."""
    return update["letter"].startswith("Dear ")


graph = VerifiedGraph(State)
graph.add_step("write", write, verifiers=[Rule(greets)], human="always")
graph.add_edge(START, "write")
graph.add_edge("write", END)
app = graph.compile()

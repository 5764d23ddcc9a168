"""The logical drawing of a verified graph."""

from __future__ import annotations

from langchain_core.runnables.graph import Graph
from langgraph.graph import StateGraph

from surestep.graph.definition import Definition


def logical_graph(definition: Definition, *, xray: int | bool = False) -> Graph:
    """Draw it."""
    compiled = StateGraph.compile(definition.graph)
    return compiled.get_graph(xray=xray)

"""The logical drawing: each step beside its checks, barriers, the planner and the person.

Solid edges carry state, as the user drew them. Dashed ones carry what verification adds: a step
to its checks and back, the planner to the checks it switches, a question to a person and back. A
barrier stands before each step that starts once all verdicts are in; checks that are waited for,
though the plan is speculative, say so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from langchain_core.runnables.graph import Edge, Graph, Node
from langgraph.constants import START
from langgraph.graph import StateGraph

from surestep.graph.barriers import Barrier
from surestep.graph.definition import Definition
from surestep.nodes.channels import HUB, HUMAN
from surestep.nodes.spec import StepSpec

BARRIER = "surestep.barrier."


def logical_graph(
    definition: Definition, *, xray: int | bool = False, found: Collection[Barrier] = ()
) -> Graph:
    """The graph as its author thinks of it.

    Args:
        definition: what was compiled.
        xray: as in LangGraph: whether, or how deep, nested graphs are opened.
        found: where runs of it wait.
    """
    drawn = StateGraph.compile(definition.graph).get_graph(xray=xray)
    steps = {name: spec for name, spec in definition.steps.items() if name in drawn.nodes}
    barred = {one.step for one in found if one.place == "before"} & {*steps}
    awaited = {one.step for one in found if one.place == "after"}
    nodes = {**drawn.nodes, **{node.id: node for node in _added_nodes(steps, barred, awaited)}}
    edges = [*_through_barriers(drawn.edges, barred), *_added_edges(steps)]
    return Graph(nodes=nodes, edges=edges)


def _added_nodes(
    steps: Mapping[str, StepSpec], barred: Collection[str], awaited: Collection[str]
) -> Iterator[Node]:
    for name, spec in steps.items():
        if spec.verifier_names:
            waits = " (waited for)" if name in awaited else ""
            yield _node(_checks(name), ", ".join(spec.verifier_names) + waits)
        if name in barred:
            yield _node(BARRIER + name, "barrier")
    if any(spec.verifier_names for spec in steps.values()):
        yield _node(HUB, "planner")
    if any(spec.asks_people for spec in steps.values()):
        yield _node(HUMAN, "person")


def _added_edges(steps: Mapping[str, StepSpec]) -> Iterator[Edge]:
    if any(spec.verifier_names for spec in steps.values()):
        yield _dashed(START, HUB)
    for name, spec in steps.items():
        if spec.verifier_names:
            yield _dashed(name, _checks(name))
            yield _dashed(_checks(name), name, "retry" if spec.retries else None)
            yield _dashed(HUB, _checks(name))
        if spec.asks_people:
            yield _dashed(name, HUMAN, "asks")
            yield _dashed(HUMAN, name)


def _through_barriers(edges: list[Edge], barred: set[str]) -> Iterator[Edge]:
    for edge in edges:
        if edge.target in barred:
            yield edge._replace(target=BARRIER + edge.target)
        else:
            yield edge
    for name in sorted(barred):
        yield Edge(BARRIER + name, name)


def _checks(step: str) -> str:
    return f"{step}.checks"


def _node(identity: str, label: str) -> Node:
    return Node(id=identity, name=label, data=None, metadata=None)


def _dashed(source: str, target: str, label: str | None = None) -> Edge:
    return Edge(source, target, data=label, conditional=True)

"""Turning a definition into a running graph: native compile, then our nodes and writers.

The definition itself is never changed: a shadow of it gets the planner's and the person's node.
LangGraph compiles that; then each step's node is bound to its verified form, and its writers
are put behind one that runs them only once the step goes on.
"""

from __future__ import annotations

from typing import Any

from langchain_core.runnables import Runnable
from langgraph.channels import EphemeralValue
from langgraph.constants import START, TAG_HIDDEN
from langgraph.graph import StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.pregel._read import PregelNode
from langgraph.pregel._utils import find_subgraph_pregel

from surestep.errors import GraphError
from surestep.graph.app import VerifiedApp
from surestep.graph.definition import Definition, Shadow
from surestep.nodes.channels import HUB, HUMAN, WAKE, PrivateState
from surestep.nodes.hub import Hub
from surestep.nodes.landing import Gathering, Landing, Opening
from surestep.nodes.people.human import Human
from surestep.nodes.plain import PlainNode
from surestep.nodes.rescue import Rescue
from surestep.nodes.spec import StepSpec
from surestep.nodes.step import Source, StepNode


def wire(definition: Definition, **options: Any) -> VerifiedApp:
    """The definition as an app that runs.

    Args:
        definition: what to run.
        options: options of `StateGraph.compile`.
    """
    shadow = _shadow(definition)
    compiled = StateGraph.compile(shadow, **options)
    for name, node in compiled.nodes.items():
        if name == START:
            node.writers = [Opening(node.flat_writers)]
        elif name in definition.steps:
            _bind_step(node, definition.steps[name], definition)
        elif name not in (HUB, HUMAN):
            _bind_plain(name, node)
        _forget_caches(node)
    _free_own_nodes(compiled)
    _let_steps_meet(compiled)
    compiled.channels[WAKE] = EphemeralValue(Any, guard=False)
    compiled.nodes[HUB].triggers.append(WAKE)
    # Our channels are written to and read by name only: no stream and no state shows them.
    compiled.stream_channels = [
        key for key in definition.graph.channels if key not in definition.graph.managed
    ]
    compiled.__class__ = VerifiedApp
    compiled.validate()
    assert isinstance(compiled, VerifiedApp)
    return compiled


def _shadow(definition: Definition) -> Shadow:
    graph = definition.graph
    shadow = Shadow.__new__(Shadow)
    for key, value in vars(graph).items():
        copies = isinstance(value, (dict, set, list))
        setattr(shadow, key, value.copy() if copies else value)
    shadow.definition = definition
    onward = (HUMAN, *definition.steps)
    StateGraph.add_node(
        shadow, HUB, Hub(), input_schema=PrivateState, defer=True, destinations=onward
    )
    StateGraph.add_node(shadow, HUMAN, Human(), destinations=(HUB,))
    return shadow


def _bind_step(node: PregelNode, spec: StepSpec, definition: Definition) -> None:
    step = StepNode(spec, definition.plan)
    step.source = Source(node.channels, node.mapper)
    step.cached = node.cache_policy is not None
    step.rescue = Rescue(
        policies=tuple(node.retry_policy or ()), handled=node.error_handler_node is not None
    )
    node.bound = step
    node.writers = [Landing(spec.name, node.flat_writers)]


def _bind_plain(name: str, node: PregelNode) -> None:
    node.bound = PlainNode(name, node.bound)
    node.writers = [Landing(name, [*node.flat_writers, Gathering(name)])]


def _forget_caches(node: PregelNode) -> None:
    for cached in ("flat_writers", "node"):
        vars(node).pop(cached, None)


def _let_steps_meet(compiled: CompiledStateGraph[Any, Any, Any, Any]) -> None:
    """After a crash, any node may have to start checks of any step again."""
    bound = {name: node.bound for name, node in compiled.nodes.items()}
    steps = {name: step for name, step in bound.items() if isinstance(step, StepNode)}
    stages = {name: step.stage_of for name, step in steps.items()}
    # A handler runs in the name of the node it handles, which has seen to them.
    handlers = {*compiled.node_error_handler_map.values()}
    for name, node in bound.items():
        if isinstance(node, (StepNode, PlainNode)) and name not in handlers:
            node.siblings = stages
    hub = compiled.nodes[HUB].bound
    assert isinstance(hub, Hub)
    hub.steps = stages


def _free_own_nodes(compiled: CompiledStateGraph[Any, Any, Any, Any]) -> None:
    """Keep the graph's node defaults off our nodes: a time-out would kill a waiting planner."""
    for name in (HUB, HUMAN):
        node = compiled.nodes[name]
        node.timeout = node.retry_policy = node.cache_policy = node.error_handler_node = None
    compiled.node_error_handler_map = {
        node: handler
        for node, handler in compiled.node_error_handler_map.items()
        if node not in (HUB, HUMAN)
    }
    compiled.nodes[HUB].tags = [TAG_HIDDEN]


def nested_definitions(graph: StateGraph[Any, Any, Any, Any]) -> dict[str, Definition]:
    """The verified graphs inside a graph's nodes, by node name.

    Raises:
        GraphError: such a node has a slash in its name.
    """
    found = {}
    for name, spec in graph.nodes.items():
        runnable = spec.runnable
        inner = find_subgraph_pregel(runnable) if isinstance(runnable, Runnable) else None
        if isinstance(inner, VerifiedApp):
            if "/" in name:
                raise GraphError(
                    f"Node {name!r} holds a verified graph, and a slash parts the names in "
                    "paths of its steps.",
                    remedy="Name it without.",
                )
            found[name] = inner.definition
    return found

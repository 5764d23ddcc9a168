"""Shapes of flow: edges, joins, routers, loops, sends, commands, graphs in graphs."""

from __future__ import annotations

from typing import Any

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, Send

from tests.graph.graphs import Case, Log, Make, says, shape


@shape
def chain(make: Make) -> Case:
    """Three steps in a row."""
    graph = make.graph(Log)
    make.steps(graph, "a", "b", "c")
    graph.add_edge(START, "a").add_edge("a", "b").add_edge("b", "c").add_edge("c", END)
    return Case(make.compile(graph))


@shape
def sequence(make: Make) -> Case:
    """Steps between plain nodes that LangGraph strings together itself."""
    graph = make.graph(Log)
    graph.add_sequence([("plain", says("plain")), ("plain too", says("plain too"))])
    make.steps(graph, "a")
    graph.add_edge(START, "plain").add_edge("plain too", "a")
    return Case(make.compile(graph))


@shape
def diamond(make: Make) -> Case:
    """Two arms, joined by a list edge."""
    graph = make.graph(Log)
    make.steps(graph, "a", "b", "c", "d")
    graph.add_edge(START, "a").add_edge("a", "b").add_edge("a", "c").add_edge(["b", "c"], "d")
    return Case(make.compile(graph))


@shape
def unequal_arms(make: Make) -> Case:
    """Arms of one and two steps, joined by a list edge."""
    graph = make.graph(Log)
    make.steps(graph, "a", "b", "b2", "c", "d")
    graph.add_edge(START, "a").add_edge("a", "b").add_edge("b", "b2").add_edge("a", "c")
    graph.add_edge(["b2", "c"], "d")
    return Case(make.compile(graph))


@shape
def arms_without_join(make: Make) -> Case:
    """Arms of different length that each lead to one step, which so runs twice."""
    graph = make.graph(Log)
    make.steps(graph, "a", "b", "b2", "c", "d")
    graph.add_edge(START, "a").add_edge("a", "b").add_edge("b", "b2").add_edge("a", "c")
    graph.add_edge("b2", "d").add_edge("c", "d")
    return Case(make.compile(graph))


@shape
def deferred_join(make: Make) -> Case:
    """Arms of different length and a step that waits for both because it is deferred."""
    graph = make.graph(Log)
    make.steps(graph, "a", "b", "b2", "c")
    make.step(graph, "d", says("d"), defer=True)
    graph.add_edge(START, "a").add_edge("a", "b").add_edge("b", "b2").add_edge("a", "c")
    graph.add_edge("b2", "d").add_edge("c", "d")
    return Case(make.compile(graph))


@shape
def sync_router(make: Make) -> Case:
    """A plain function chooses the next step from the state after the one before."""
    graph = make.graph(Log)
    make.steps(graph, "a", "b", "c")
    graph.add_edge(START, "a")
    graph.add_conditional_edges("a", lambda state: "b" if state["log"] == ["a"] else "c")
    return Case(make.compile(graph))


@shape
def async_router(make: Make) -> Case:
    """The same with an async router and a path map."""

    async def route(state: Log) -> bool:
        return state["log"] == ["a"]

    graph = make.graph(Log)
    make.steps(graph, "a", "b", "c")
    graph.add_edge(START, "a")
    graph.add_conditional_edges("a", route, {True: "c", False: "b"})
    graph.add_edge("c", "b")
    return Case(make.compile(graph))


@shape
def router_of_several(make: Make) -> Case:
    """A router that returns a list, one entry of which is the end."""
    graph = make.graph(Log)
    make.steps(graph, "a", "b", "c", "d")
    graph.add_edge(START, "a")
    graph.add_conditional_edges("a", lambda state: ["b", "d", END], ["b", "c", "d", END])
    return Case(make.compile(graph))


@shape
def routed_entry(make: Make) -> Case:
    """The first step is chosen by the input."""
    graph = make.graph(Log)
    make.steps(graph, "a", "b")
    graph.set_conditional_entry_point(lambda state: "b" if state["n"] else "a")
    graph.set_finish_point("b")
    return Case(make.compile(graph), [{"log": [], "n": 1}])


@shape
def two_routers_of_one_step(make: Make) -> Case:
    """One step with two conditional edges."""

    def left(state: Log) -> str:
        return "b"

    def right(state: Log) -> str:
        return "c"

    graph = make.graph(Log)
    make.steps(graph, "a", "b", "c")
    graph.add_edge(START, "a").add_conditional_edges("a", left).add_conditional_edges("a", right)
    return Case(make.compile(graph))


@shape
def loop(make: Make) -> Case:
    """A step that comes back to itself until it has counted to three."""

    async def count(state: Log) -> dict[str, object]:
        return {"n": state["n"] + 1, "log": [f"count {state['n']}"]}

    graph = make.graph(Log)
    make.step(graph, "count", count)
    graph.add_edge(START, "count")
    graph.add_conditional_edges("count", lambda state: "count" if state["n"] < 3 else END)
    return Case(make.compile(graph), [{"log": [], "n": 0}])


@shape
def loop_of_two(make: Make) -> Case:
    """A worker and a plain node that take turns."""
    graph = make.graph(Log)
    make.steps(graph, "a")
    graph.add_node("b", says("b"))
    graph.add_edge(START, "a").add_edge("b", "a")
    graph.add_conditional_edges("a", lambda state: "b" if len(state["log"]) < 6 else END)
    return Case(make.compile(graph))


@shape
def fan_out(make: Make) -> Case:
    """A router that sends an argument of its own to each of three visits of one step."""

    async def each(state: Log) -> dict[str, object]:
        return {"log": [f"each {state['item']}"]}

    graph = make.graph(Log)
    make.steps(graph, "a", "end")
    make.step(graph, "each", each)
    graph.add_edge(START, "a").add_edge("each", "end")
    graph.add_conditional_edges("a", lambda state: [Send("each", {"item": i}) for i in "xyz"])
    return Case(make.compile(graph))


@shape
def command_goto(make: Make) -> Case:
    """A worker that updates the state and says where to go, besides its static edge."""

    async def decide(state: Log) -> Command[Any]:
        return Command(update={"log": ["decide"]}, goto="b")

    graph = make.graph(Log)
    make.step(graph, "decide", decide, destinations=("b",))
    make.steps(graph, "b", "c")
    graph.add_edge(START, "decide").add_edge("decide", "c")
    return Case(make.compile(graph))


@shape
def command_of_many(make: Make) -> Case:
    """Commands in a list, which go to a name and to a `Send`."""

    async def decide(state: Log) -> list[object]:
        to_step = Command(update={"log": ["one"]}, goto=["b"])
        return [to_step, Command(update={"log": ["two"]}, goto=Send("c", {"item": "sent"}))]

    async def sent(state: Log) -> dict[str, object]:
        return {"log": [state["item"]]}

    graph = make.graph(Log)
    make.step(graph, "decide", decide)
    make.step(graph, "c", sent)
    make.steps(graph, "b")
    graph.add_edge(START, "decide")
    return Case(make.compile(graph))


@shape
def command_to_parent(make: Make) -> Case:
    """A step of a nested graph that goes on in the graph around it."""

    async def leave(state: Log) -> Command[Any]:
        return Command(graph=Command.PARENT, update={"log": ["left"]}, goto="after")

    inner = make.graph(Log)
    make.step(inner, "leave", leave)
    inner.add_edge(START, "leave")
    graph = make.graph(Log)
    graph.add_node("inner", make.compile(inner))
    make.steps(graph, "after")
    graph.add_edge(START, "inner")
    return Case(make.compile(graph))


def nested(make: Make, *, outer: StateGraph[Any, Any], inner: StateGraph[Any, Any]) -> Case:
    """A graph of `a`, an inner graph of two steps, and `z`."""
    make.steps(inner, "b", "c")
    inner.add_edge(START, "b").add_edge("b", "c")
    make.steps(outer, "a", "z")
    outer.add_node("inner", make.compile(inner))
    outer.add_edge(START, "a").add_edge("a", "inner").add_edge("inner", "z")
    return Case(make.compile(outer, checkpointer=InMemorySaver()))


@shape
def native_inside_verified(make: Make) -> Case:
    """A compiled `StateGraph` as a plain node."""
    return nested(make, outer=make.graph(Log), inner=StateGraph(Log))


@shape
def verified_inside_native(make: Make) -> Case:
    """A verified graph as a node of a `StateGraph`."""
    return nested(make, outer=StateGraph(Log), inner=make.graph(Log))


@shape
def verified_inside_verified(make: Make) -> Case:
    """A verified graph as a node of a verified graph."""
    return nested(make, outer=make.graph(Log), inner=make.graph(Log))


@shape
def graph_as_worker(make: Make) -> Case:
    """A compiled graph as the worker of a step."""
    inner = make.graph(Log)
    make.step(inner, "deep", says("deep"))
    inner.add_edge(START, "deep")
    graph = make.graph(Log)
    make.step(graph, "sub", make.compile(inner))
    make.steps(graph, "z")
    graph.add_edge(START, "sub").add_edge("sub", "z")
    return Case(make.compile(graph, checkpointer=InMemorySaver()))


@shape
def called_graph(make: Make) -> Case:
    """A worker that calls another graph, with a state of its own, in its body."""
    inner = make.graph(Log)
    make.steps(inner, "deep")
    inner.add_edge(START, "deep")
    app = make.compile(inner)

    async def calls(state: Log) -> dict[str, object]:
        return {"log": (await app.ainvoke({"log": ["called"]}))["log"]}

    graph = make.graph(Log)
    make.step(graph, "calls", calls)
    graph.add_edge(START, "calls")
    return Case(make.compile(graph, checkpointer=InMemorySaver()))

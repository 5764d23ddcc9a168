"""Shapes of graphs, each built of native nodes or of steps by the same code."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langchain_core.runnables import RunnableConfig, RunnableLambda
from langgraph.cache.memory import InMemoryCache
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.errors import NodeError
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.managed import IsLastStep
from langgraph.runtime import Runtime
from langgraph.store.base import BaseStore
from langgraph.store.memory import InMemoryStore
from langgraph.types import CachePolicy, Command, Overwrite, RetryPolicy, Send, StreamWriter
from langgraph.types import interrupt as ask_user
from pydantic import BaseModel
from typing_extensions import TypedDict

from tests.graph.graphs import Case, Log, Make, says

SHAPES: dict[str, Callable[[Make], Case]] = {}


def shape(build: Callable[[Make], Case]) -> Callable[[Make], Case]:
    """List a shape under its own name."""
    SHAPES[build.__name__] = build
    return build


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


class Private(TypedDict):
    """What only two steps know."""

    secret: str


@shape
def private_input(make: Make) -> Case:
    """A step with an input schema of its own, by option and by annotation."""

    async def write(state: Log) -> Private:
        return {"secret": "hush"}

    async def read(state: Private) -> dict[str, object]:
        return {"log": sorted(state.values())}

    graph = make.graph(Log)
    make.step(graph, "write", write)
    make.step(graph, "read", read)
    make.step(graph, "read too", RunnableLambda(read), input_schema=Private)
    graph.add_edge(START, "write").add_edge("write", "read").add_edge("read", "read too")
    return Case(make.compile(graph))


class Asked(TypedDict):
    """An input schema."""

    question: str


class Said(TypedDict):
    """An output schema."""

    answer: str


class Talk(Asked, Said):
    """The state of both."""

    notes: Annotated[list[str], operator.add]


@shape
def input_and_output_schemas(make: Make) -> Case:
    """A graph that takes and gives less than it knows."""

    async def think(state: Talk) -> dict[str, object]:
        return {"notes": [state["question"]]}

    async def speak(state: Talk) -> dict[str, object]:
        return {"answer": " ".join(state["notes"])}

    graph = make.graph(Talk, input_schema=Asked, output_schema=Said)
    make.step(graph, "think", think)
    make.step(graph, "speak", speak)
    graph.add_edge(START, "think").add_edge("think", "speak")
    return Case(make.compile(graph), [{"question": "why", "answer": "dropped"}])


@dataclass
class Point:
    """A state as a dataclass."""

    x: int
    log: Annotated[list[str], operator.add]


@shape
def dataclass_state(make: Make) -> Case:
    """Workers that get, and one that returns, a dataclass."""

    async def as_dict(state: Point) -> dict[str, object]:
        return {"x": state.x + 1, "log": ["as dict"]}

    async def as_object(state: Point) -> Point:
        return Point(state.x + 1, ["as object"])

    graph = make.graph(Point)
    make.step(graph, "as_dict", as_dict)
    make.step(graph, "as_object", as_object)
    graph.add_edge(START, "as_dict").add_edge("as_dict", "as_object")
    return Case(make.compile(graph), [Point(1, [])])


class Model(BaseModel):
    """A state as a pydantic model."""

    x: int
    log: Annotated[list[str], operator.add] = []


@shape
def pydantic_state(make: Make) -> Case:
    """Workers that get, and one that returns, a pydantic model."""

    async def as_dict(state: Model) -> dict[str, object]:
        return {"x": state.x + 1, "log": [type(state).__name__]}

    async def as_object(state: Model) -> Model:
        return Model(x=state.x + 1, log=["as object"])

    graph = make.graph(Model)
    make.step(graph, "as_dict", as_dict)
    make.step(graph, "as_object", as_object)
    graph.add_edge(START, "as_dict").add_edge("as_dict", "as_object")
    return Case(make.compile(graph), [{"x": "1"}])


class Chat(TypedDict):
    """A state of messages."""

    messages: Annotated[list[AnyMessage], add_messages]


@shape
def messages(make: Make) -> Case:
    """Workers that add to, and replace in, a list of messages."""

    async def answer(state: Chat) -> dict[str, object]:
        return {"messages": [AIMessage(f"re: {state['messages'][-1].content}", id="2")]}

    async def mend(state: Chat) -> dict[str, object]:
        return {"messages": AIMessage("better", id="2")}

    graph = make.graph(Chat)
    make.step(graph, "answer", answer)
    make.step(graph, "mend", mend)
    graph.add_edge(START, "answer").add_edge("answer", "mend")
    return Case(make.compile(graph), [{"messages": [HumanMessage("hi", id="1")]}])


@shape
def overwrite(make: Make) -> Case:
    """A worker that puts a value past its reducer."""

    async def reset(state: Log) -> dict[str, object]:
        return {"log": Overwrite(["clean"])}

    graph = make.graph(Log)
    make.steps(graph, "a", "b")
    make.step(graph, "reset", reset)
    graph.add_edge(START, "a").add_edge("a", "reset").add_edge("reset", "b")
    return Case(make.compile(graph))


@shape
def nothing_to_say(make: Make) -> Case:
    """A worker that returns `None`, and one that returns an empty update."""

    async def silent(state: Log) -> None:
        return None

    async def empty(state: Log) -> dict[str, object]:
        return {}

    graph = make.graph(Log)
    make.step(graph, "silent", silent)
    make.step(graph, "empty", empty)
    graph.add_edge(START, "silent").add_edge("silent", "empty")
    return Case(make.compile(graph))


def fails(times: int, error: Exception) -> Callable[[Log], Any]:
    """A worker that raises so many times before it works."""
    left = [error] * times

    async def worker(state: Log) -> dict[str, object]:
        if left:
            raise left.pop()
        return {"log": ["recovered"]}

    return worker


@shape
def retried(make: Make) -> Case:
    """A worker that raises, under a retry policy."""
    policy = RetryPolicy(initial_interval=0.01, jitter=False, retry_on=KeyError)
    graph = make.graph(Log)
    make.step(graph, "shaky", fails(2, KeyError("not yet")), retry_policy=policy)
    graph.add_edge(START, "shaky")
    return Case(make.compile(graph))


@shape
def cached(make: Make) -> Case:
    """A step whose second visit is answered from LangGraph's cache."""
    calls = iter("abc")

    async def once(state: Log) -> dict[str, object]:
        return {"log": [f"call {next(calls) if make.kind != 'rejecting' else 'a'}"]}

    policy: CachePolicy[Any] = CachePolicy(key_func=lambda *_: "same")
    graph = make.graph(Log)
    make.step(graph, "once", once, cache_policy=policy)
    make.steps(graph, "after")
    graph.add_edge(START, "once").add_edge("once", "after")
    return Case(make.compile(graph, cache=InMemoryCache()), [{"log": []}, {"log": []}])


async def handled(state: Log, error: NodeError) -> Command[Any]:
    """An error handler that notes what failed and goes on."""
    return Command(update={"log": [f"{error.node} failed: {error.error!r}"]}, goto="after")


@shape
def error_handler(make: Make) -> Case:
    """A worker that never works, and the node's own error handler."""
    graph = make.graph(Log)
    make.step(graph, "broken", fails(99, ValueError("no")), error_handler=handled)
    make.steps(graph, "after")
    graph.add_edge(START, "broken")
    return Case(make.compile(graph))


@shape
def error_handler_beside_a_sibling(make: Make) -> Case:
    """The same, while another arm goes on."""
    graph = make.graph(Log)
    make.step(graph, "broken", fails(99, ValueError("no")), error_handler=handled)
    make.steps(graph, "a", "after")
    graph.add_edge(START, "broken").add_edge(START, "a")
    return Case(make.compile(graph))


@shape
def node_defaults(make: Make) -> Case:
    """Defaults for all nodes: retries, a handler, a time-out."""
    policy = RetryPolicy(initial_interval=0.01, jitter=False, retry_on=KeyError)
    graph = make.graph(Log)
    graph.set_node_defaults(retry_policy=policy, error_handler=handled, timeout=60)
    make.step(graph, "shaky", fails(1, KeyError("not yet")))
    make.step(graph, "broken", fails(99, ValueError("no")))
    make.steps(graph, "after")
    graph.add_edge(START, "shaky").add_edge("shaky", "broken")
    return Case(make.compile(graph))


@shape
def paused_before(make: Make) -> Case:
    """A run that stops before a step, and goes on with `None`."""
    graph = make.graph(Log)
    make.steps(graph, "a", "b")
    graph.add_edge(START, "a").add_edge("a", "b")
    app = make.compile(graph, checkpointer=InMemorySaver(), interrupt_before=["b"])
    return Case(app, [{"log": []}, None])


@shape
def paused_after_all(make: Make) -> Case:
    """A run that stops after every step."""
    graph = make.graph(Log)
    make.steps(graph, "a", "b")
    graph.add_edge(START, "a").add_edge("a", "b")
    app = make.compile(graph, checkpointer=InMemorySaver(), interrupt_after="*")
    return Case(app, [{"log": []}, None, None])


async def asks(state: Log) -> dict[str, object]:
    """A worker that asks the user by LangGraph's own means."""
    return {"log": [f"told {ask_user('name?')}"]}


@shape
def interrupt_in_a_worker(make: Make) -> Case:
    """A worker that interrupts."""
    graph = make.graph(Log)
    make.step(graph, "asks", asks)
    make.steps(graph, "after")
    graph.add_edge(START, "asks").add_edge("asks", "after")
    app = make.compile(graph, checkpointer=InMemorySaver())
    return Case(app, [{"log": []}, Command(resume="Ada")])


@shape
def interrupt_in_a_plain_node(make: Make) -> Case:
    """A plain node that interrupts between two steps."""
    graph = make.graph(Log)
    graph.add_node("asks", asks)
    make.steps(graph, "a", "after")
    graph.add_edge(START, "a").add_edge("a", "asks").add_edge("asks", "after")
    app = make.compile(graph, checkpointer=InMemorySaver())
    return Case(app, [{"log": []}, Command(resume="Ada")])


@shape
def interrupt_in_a_nested_step(make: Make) -> Case:
    """A step of a nested graph that interrupts."""
    inner = make.graph(Log)
    make.step(inner, "asks", asks)
    inner.add_edge(START, "asks")
    graph = make.graph(Log)
    graph.add_node("inner", make.compile(inner))
    make.steps(graph, "after")
    graph.add_edge(START, "inner").add_edge("inner", "after")
    app = make.compile(graph, checkpointer=InMemorySaver())
    return Case(app, [{"log": []}, Command(resume="Ada")])


@dataclass
class Who:
    """A context."""

    user: str


@shape
def injected(make: Make) -> Case:
    """A worker and a plain node that take everything LangGraph injects."""

    async def takes(
        state: Log,
        config: RunnableConfig,
        runtime: Runtime[Who],
        writer: StreamWriter,
        store: BaseStore,
    ) -> dict[str, object]:
        writer({"progress": runtime.context.user})
        await store.aput(("notes",), "k", {"v": 1})
        found = await store.aget(("notes",), "k")
        tags = [config["tags"][0], config["metadata"]["langgraph_node"]]
        return {"log": [*tags, runtime.context.user, str(found.value), str(runtime.store is store)]}

    graph = make.graph(Log, Who)
    make.step(graph, "takes", takes)
    graph.add_node("plain", takes)
    graph.add_edge(START, "takes").add_edge("takes", "plain")
    app = make.compile(graph, store=InMemoryStore()).with_config(tags=["tagged"])
    return Case(app, options={"context": {"user": "Ada"}})


@shape
def sync_workers(make: Make) -> Case:
    """Workers that are plain functions, with injected arguments."""

    def takes(state: Log, config: RunnableConfig, *, writer: StreamWriter) -> dict[str, object]:
        writer("from a thread")
        return {"log": [config["metadata"]["langgraph_node"]]}

    graph = make.graph(Log)
    make.step(graph, "a", takes)
    make.step(graph, "b", takes)
    graph.add_edge(START, "a").add_edge("a", "b")
    return Case(make.compile(graph))


@shape
def runnable_workers(make: Make) -> Case:
    """A chain of Runnables as a worker, and an object with a `__call__`."""

    class Caller:
        async def __call__(self, state: Log) -> dict[str, object]:
            return {"log": ["called"]}

    shout = RunnableLambda(lambda state: "-".join(state["log"])) | (lambda text: {"log": [text]})
    graph = make.graph(Log)
    make.step(graph, "shout", shout)
    make.step(graph, "object", Caller())
    graph.add_edge(START, "shout").add_edge("shout", "object")
    return Case(make.compile(graph), [{"log": ["x", "y"]}])


class Hurried(TypedDict):
    """A state with one of LangGraph's managed values."""

    log: Annotated[list[str], operator.add]
    last: IsLastStep


@shape
def managed_value(make: Make) -> Case:
    """A worker that sees whether it is the last one."""

    async def sees(state: Hurried) -> dict[str, object]:
        return {"log": [f"last {state['last']}"]}

    graph = make.graph(Hurried)
    make.step(graph, "sees", sees)
    make.steps(graph, "after")
    graph.add_edge(START, "sees").add_edge("sees", "after")
    return Case(make.compile(graph))


@shape
def several_turns(make: Make) -> Case:
    """New input on a thread that has ended before."""
    graph = make.graph(Log)
    make.steps(graph, "a", "b")
    graph.add_edge(START, "a").add_edge("a", "b")
    app = make.compile(graph, checkpointer=InMemorySaver())
    return Case(app, [{"log": ["one"]}, {"log": ["two"]}, {"log": ["three"]}])

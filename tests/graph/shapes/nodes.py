"""Shapes of nodes: their options, interrupts, injected arguments and kinds of workers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from langchain_core.runnables import RunnableConfig, RunnableLambda
from langgraph.cache.memory import InMemoryCache
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.errors import NodeError
from langgraph.graph import START
from langgraph.runtime import Runtime
from langgraph.store.base import BaseStore
from langgraph.store.memory import InMemoryStore
from langgraph.types import CachePolicy, Command, RetryPolicy, StreamWriter
from langgraph.types import interrupt as ask_user

from tests.graph.graphs import Case, Log, Make, shape


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


@shape
def several_turns(make: Make) -> Case:
    """New input on a thread that has ended before."""
    graph = make.graph(Log)
    make.steps(graph, "a", "b")
    graph.add_edge(START, "a").add_edge("a", "b")
    app = make.compile(graph, checkpointer=InMemorySaver())
    return Case(app, [{"log": ["one"]}, {"log": ["two"]}, {"log": ["three"]}])

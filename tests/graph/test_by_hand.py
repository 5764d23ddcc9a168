"""LangGraph's own tools for threads on verified ones: states mended, paused, looked into."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from langchain_core.runnables import RunnableLambda
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START
from langgraph.types import Command, Send

from surestep import VerifiedGraph, record
from surestep.errors import RunFailed
from surestep.graph import VerifiedApp
from surestep.testing import ScriptedVerifier, run
from tests.graph.graphs import Log, chain_of, one_step, refuses, says, thread
from tests.graph.shapes import asks

APPROVE: Command[Any] = Command(resume={"decisions": [{"type": "approve"}]})


def failing() -> VerifiedApp:
    """A chain whose middle step every check refuses."""
    graph = chain_of("a")
    graph.add_step("b", says("b"), verifiers=[refuses], retries=0)
    graph.add_step("c", says("c"))
    graph.add_edge("a", "b").add_edge("b", "c")
    return graph.compile(InMemorySaver())


def test_a_failed_step_can_be_mended_by_hand() -> None:
    """A state updated as the step counts as its output: it is not tried again."""

    async def went() -> tuple[object, object]:
        app = failing()
        with pytest.raises(RunFailed):
            await app.ainvoke({"log": []}, thread())
        await app.aupdate_state(thread(), {"log": ["mended"]}, as_node="b")
        result = await app.ainvoke(None, thread())
        return result, (await record(app, thread())).outcome

    assert run(went()) == ({"log": ["a", "mended", "c"]}, "succeeded")


def test_a_question_can_be_settled_by_hand() -> None:
    """A state updated as the step that waits for a person closes its question."""

    async def went() -> tuple[object, object]:
        app = chain_of("a", "b", human="always").compile(InMemorySaver())
        await app.ainvoke({"log": []}, thread())
        await app.aupdate_state(thread(), {"log": ["mine"]}, as_node="a")
        await app.ainvoke(None, thread())
        later = await record(app, thread())
        return (await app.aget_state(thread())).values, later.reason

    values, reason = run(went())

    assert values == {"log": ["mine"]}
    assert reason.startswith("waits for a person: b")


def test_states_are_updated_without_a_loop_too() -> None:
    """The blocking form does the same."""
    app = chain_of("a", "b").compile(InMemorySaver())
    app.update_state(thread(), {"log": ["mine"]}, as_node="a")

    assert app.get_state(thread()).next == ("b",)
    assert app.invoke(None, thread()) == {"log": ["mine", "b"]}


@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
def test_a_failure_is_saved_whatever_the_durability(durability: str) -> None:
    """The thread goes on from where it failed."""

    async def went() -> tuple[object, object]:
        graph = chain_of("a")
        graph.add_step("b", says("b"), verifiers=[ScriptedVerifier([False, True])], retries=0)
        graph.add_edge("a", "b")
        app = graph.compile(InMemorySaver())
        with pytest.raises(RunFailed):
            await app.ainvoke({"log": []}, thread(), durability=durability)
        later = (await record(app, thread())).outcome
        return later, await app.ainvoke(None, thread(), durability=durability)

    assert run(went()) == ("failed", {"log": ["a", "b"]})


def test_a_run_that_pauses_everywhere_still_asks() -> None:
    """With a stop before every node, the question comes after one more."""

    async def went() -> list[object]:
        app = one_step(says("a"), human="always").compile(InMemorySaver(), interrupt_before="*")
        seen: list[object] = []
        for given in ({"log": []}, None, None, APPROVE, None):
            await app.ainvoke(given, thread())
            state = await app.aget_state(thread())
            seen.append((state.next, len(state.interrupts), state.values["log"]))
        return seen

    assert run(went()) == [
        (("work",), 0, []),
        (("surestep.human",), 0, []),
        (("surestep.human",), 1, []),
        (("work",), 0, []),
        ((), 0, ["a"]),
    ]


def test_a_graph_without_steps_runs() -> None:
    """Plain nodes alone are a LangGraph graph."""
    graph = VerifiedGraph(Log)
    graph.add_node("plain", says("plain"))
    graph.add_edge(START, "plain")

    assert run(graph.compile().ainvoke({"log": []})) == {"log": ["plain"]}


def nested(*, as_worker: bool) -> VerifiedApp:
    """A graph whose nested step interrupts."""
    inner = one_step(asks).compile()
    graph = VerifiedGraph(Log)
    if as_worker:
        graph.add_step("sub", inner)
    else:
        graph.add_node("sub", inner)
    graph.add_edge(START, "sub")
    return graph.compile(InMemorySaver())


@pytest.mark.parametrize("as_worker", [False, True])
def test_nested_graphs_can_be_looked_into(*, as_worker: bool) -> None:
    """`get_subgraphs` finds them, and `subgraphs=True` shows their state."""

    async def went() -> tuple[list[str], object, object]:
        app = nested(as_worker=as_worker)
        await app.ainvoke({"log": ["x"]}, thread())
        state = await app.aget_state(thread(), subgraphs=True)
        inside = state.tasks[0].state
        return [name for name, _ in app.get_subgraphs()], inside.next, inside.values

    assert run(went()) == (["sub"], ("work",), {"log": ["x"]})


def test_an_app_is_a_runnable_among_others() -> None:
    """It can stand in a chain."""
    chain = RunnableLambda(lambda text: {"log": [text]}) | chain_of("a").compile()

    assert run(chain.ainvoke("x")) == {"log": ["x", "a"]}


async def first_of(stream: AsyncIterator[object]) -> None:
    """Read one chunk and let the rest go, without closing."""
    async for _ in stream:
        break


def test_a_stream_that_is_dropped_leaves_no_tasks() -> None:
    """Even where nobody calls `aclose()`."""

    async def slow(state: Log) -> dict[str, object]:
        await asyncio.sleep(1)
        return {"log": ["slow"]}

    async def went() -> int:
        graph = one_step(slow)
        graph.add_step("next", slow)
        graph.add_edge("work", "next")
        app = graph.compile(InMemorySaver())
        await first_of(app.astream({"log": []}, thread(), stream_mode="updates"))
        await asyncio.sleep(0.1)
        return len(asyncio.all_tasks())

    assert run(went()) == 1


def test_many_sends_at_once() -> None:
    """Two hundred visits of one step land in their order."""

    async def each(state: Log) -> dict[str, object]:
        return {"log": [state["item"]]}

    graph = VerifiedGraph(Log)
    graph.add_step("each", each)
    items = [str(number) for number in range(200)]
    graph.add_conditional_edges(START, lambda s: [Send("each", {"item": one}) for one in items])

    async def went() -> tuple[object, int]:
        app = graph.compile(InMemorySaver())
        result = await app.ainvoke({"log": []}, thread())
        return result["log"], (await record(app, thread())).steps["each"].visits

    assert run(went()) == (items, 200)

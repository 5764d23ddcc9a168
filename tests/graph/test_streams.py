"""What runs stream: the user's state and steps, and nothing of ours."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from langchain_core.messages import AIMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command

from surestep import VerifiedGraph
from surestep.testing import FakeChat, run
from surestep.verifiers import Judge
from tests.graph.graphs import Log, accepts, chain_of, picky, says, thread
from tests.graph.shapes import Chat

MODES = ("values", "updates", "checkpoints", "tasks", "debug", "custom", "messages")


async def chunks(app: CompiledStateGraph[Any, Any], given: object, **options: Any) -> list[Any]:
    """All that a run streams."""
    return [chunk async for chunk in app.astream(given, thread(), **options)]


def checked_chain() -> CompiledStateGraph[Any, Any]:
    """Two steps, one of them repaired, with a checkpointer."""
    return chain_of("a", "b", verifiers=[picky()]).compile(InMemorySaver())


@pytest.mark.parametrize("mode", MODES)
def test_no_stream_mode_shows_anything_of_ours(mode: str) -> None:
    """Neither names of our nodes nor of our channels appear."""
    seen = run(chunks(checked_chain(), {"log": []}, stream_mode=mode))

    assert "surestep." not in repr(seen)


@pytest.mark.parametrize("mode", ["checkpoints", "tasks", "debug"])
def test_step_internals_stream_as_often_as_native_ones(mode: str) -> None:
    """Supersteps and tasks are as many as those of the same native graph."""
    native = StateGraph(Log).add_sequence([("a", says("a")), ("b", says("b"))])
    bare = native.add_edge(START, "a").compile(InMemorySaver())

    seen = [run(chunks(app, {"log": []}, stream_mode=mode)) for app in (bare, checked_chain())]

    assert len(seen[1]) == len(seen[0])


def test_schemas_are_the_users() -> None:
    """Input and output schemas say what those of a native graph do."""
    bare = StateGraph(Log).add_node("a", says("a")).set_entry_point("a").compile()

    app = checked_chain()

    assert app.get_input_jsonschema() == bare.get_input_jsonschema()
    assert app.get_output_jsonschema() == bare.get_output_jsonschema()


def test_the_saved_state_shows_only_the_users_values() -> None:
    """`get_state` has the log and nothing else; nothing is left to do."""

    async def saved() -> Any:
        app = checked_chain()
        await app.ainvoke({"log": []}, thread())
        return await app.aget_state(thread())

    snapshot = run(saved())

    assert snapshot.values == {"log": ["a", "b"]}
    assert (snapshot.next, snapshot.tasks) == ((), ())


def test_the_result_is_the_users_state() -> None:
    """`ainvoke` returns what LangGraph's would."""
    assert run(checked_chain().ainvoke({"log": []}, thread())) == {"log": ["a", "b"]}


def test_the_second_version_of_streams_and_results() -> None:
    """Typed parts and outputs come as from a native graph."""

    async def both() -> tuple[list[str], object]:
        app = checked_chain()
        parts = await chunks(app, {"log": []}, stream_mode=["updates"], version="v2")
        output = await app.ainvoke({"log": []}, thread("other"), version="v2")
        return [next(iter(part["data"])) for part in parts], output.value

    assert run(both()) == (["a", "b"], {"log": ["a", "b"]})


def talks(*, rejects: bool = False) -> CompiledStateGraph[Any, Any]:
    """A step whose worker and whose judge are both chat models."""
    worker = FakeChat(AIMessage(f"draft {n}", id=f"m{n}") for n in itertools.count(1))
    rulings = ['{"verdict": "fail", "score": 0, "feedback": "JUDGE"}'] * rejects
    rulings += ['{"verdict": "pass", "score": 1, "feedback": "JUDGE"}']
    judge = Judge(FakeChat(rulings), rubric="It is good.", name="judge")

    async def answer(state: Chat) -> dict[str, object]:
        return {"messages": [await worker.ainvoke(state["messages"])]}

    graph = VerifiedGraph(Chat)
    graph.add_step("answer", answer, verifiers=[judge])
    graph.add_edge(START, "answer")
    return graph.compile()


@pytest.mark.parametrize("rejects", [False, True])
def test_tokens_of_judges_stay_out_of_messages(*, rejects: bool) -> None:
    """Only the worker's messages stream, under the step's name."""
    app = talks(rejects=rejects)
    seen = run(chunks(app, {"messages": []}, stream_mode="messages"))

    said = [message.content for message, _ in seen]
    assert said == ["draft 1", "draft 2"][: 1 + rejects]
    assert {about["langgraph_node"] for _, about in seen} == {"answer"}


def test_events_name_the_steps() -> None:
    """`astream_events` works, and tells of chains by the names the user gave."""

    async def names() -> set[str]:
        events = talks().astream_events({"messages": []}, version="v2")
        return {event["name"] async for event in events if event["event"] == "on_chain_end"}

    found = run(names())

    assert "answer" in found
    assert not any(name.startswith("surestep") for name in found)


def test_streams_of_subgraphs_carry_their_namespace() -> None:
    """`subgraphs=True` shows a nested step where a native one would be."""
    inner = chain_of("deep", verifiers=[accepts]).compile()
    graph = VerifiedGraph(Log)
    graph.add_node("sub", inner)
    graph.add_edge(START, "sub")

    app = graph.compile()
    seen = run(chunks(app, {"log": []}, stream_mode="updates", subgraphs=True))

    assert [(len(space), next(iter(update))) for space, update in seen] == [(1, "deep"), (0, "sub")]


def test_output_keys_narrow_the_stream() -> None:
    """`output_keys` is LangGraph's own."""
    seen = run(
        chunks(checked_chain(), {"log": [], "n": 1}, stream_mode="values", output_keys=["n"])
    )

    assert seen[-1] == {"n": 1}


def test_a_question_streams_under_the_persons_node_only() -> None:
    """A held step has no update; once approved, its update comes under its own name."""
    app = chain_of("a", human="always").compile(InMemorySaver())

    async def asked() -> tuple[list[Any], list[Any]]:
        first = await chunks(app, {"log": []}, stream_mode="updates")
        answer: Command[Any] = Command(resume={"decisions": [{"type": "approve"}]})
        return first, await chunks(app, answer, stream_mode="updates")

    before, after = run(asked())
    assert [chunk.get("a") for chunk in before] == [None, None]
    assert [set(chunk) for chunk in before] == [{"a"}, {"__interrupt__"}]
    assert after == [{"surestep.human": None}, {"a": {"log": ["a"]}}]

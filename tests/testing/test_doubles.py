"""Scripted workers, verifiers and chat models."""

import asyncio
import itertools
from typing import TypedDict

import pytest
from langchain_core.messages import AIMessage
from langgraph.graph import START

from surestep import VerifiedGraph
from surestep.clock import now_s
from surestep.testing import FakeChat, ScriptedVerifier, ScriptedWorker, ScriptEnded, run
from surestep.values import Verdict
from surestep.verifiers import Rule


def test_a_worker_returns_its_script_in_order():
    """Each call gets the next line."""
    worker = ScriptedWorker([{"x": 1}, {"x": 2}])

    async def twice():
        return [await worker({}), await worker({})]

    assert run(twice()) == [{"x": 1}, {"x": 2}]


def test_a_worker_raises_the_exceptions_of_its_script():
    """A line that is an exception is raised."""
    worker = ScriptedWorker([OSError("gone")])

    with pytest.raises(OSError, match="gone"):
        run(worker({}))


def test_a_worker_remembers_its_calls():
    """Each call is kept with its state and its time."""
    worker = ScriptedWorker(itertools.repeat({}), latency_s=2)

    async def twice():
        await worker({"n": 1})
        await worker({"n": 2})

    run(twice())

    assert [(call.state, call.at_s) for call in worker.calls] == [({"n": 1}, 0), ({"n": 2}, 2)]


def test_a_worker_in_a_graph_remembers_its_attempts():
    """A second attempt was told why the first was rejected."""

    class State(TypedDict):
        x: int

    worker = ScriptedWorker([{"x": 1}, {"x": 2}])
    rule = Rule(lambda update: update["x"] > 1, name="big", feedback="too small")
    graph = VerifiedGraph(State)
    graph.add_step("work", worker, verifiers=[rule], retries=1)
    graph.add_edge(START, "work")

    assert run(graph.compile().ainvoke({"x": 0})) == {"x": 2}
    assert [call.attempt.feedback for call in worker.calls] == ["", "big: too small"]


def test_a_script_that_ends_says_how_long_it_was():
    """A double asked too often is a clear error."""
    worker = ScriptedWorker([])

    with pytest.raises(ScriptEnded, match="asked 1 times, its script has 0 lines"):
        run(worker({}))


def test_a_verifier_answers_its_script_and_remembers():
    """Bools, verdicts and exceptions come in their turn."""
    verifier = ScriptedVerifier([True, Verdict("fail")], name="twice")

    async def twice():
        return [await verifier.check({}, 1), await verifier.check({}, 2)]

    assert run(twice()) == [True, Verdict("fail")]
    assert [call.update for call in verifier.calls] == [1, 2]


def test_a_chat_model_answers_with_usage_after_its_latency():
    """Text becomes a message with token counts, on the loop's clock."""
    chat = FakeChat(["hi"], input_tokens=7, output_tokens=3, latency_s=4)

    async def ask():
        return await chat.ainvoke("hello"), now_s()

    message, at_s = run(ask())

    assert (message.text, message.usage_metadata["total_tokens"], at_s) == ("hi", 10, 4)


def test_a_chat_model_passes_whole_messages_on():
    """A reply given as a message keeps what it carries."""
    reply = AIMessage("hi", response_metadata={"finish_reason": "length"})

    assert FakeChat([reply]).invoke("x").response_metadata["finish_reason"] == "length"


def test_a_chat_model_remembers_its_prompts():
    """Each model keeps its own prompts."""
    first, second = FakeChat(["a"]), FakeChat(["b"])

    first.invoke("hello")

    assert [messages[0].text for messages in first.prompts] == ["hello"]
    assert second.prompts == []


def test_a_chat_model_can_fail():
    """An exception in the script reaches the caller."""

    async def ask():
        async with asyncio.timeout(1):
            await FakeChat([ConnectionError("down")]).ainvoke("x")

    with pytest.raises(ConnectionError, match="down"):
        run(ask())

"""Runs that fail closed: saved first, tried again, forgotten with new input."""

from __future__ import annotations

from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START

from surestep import VerifiedGraph, record
from surestep.errors import RunFailed
from surestep.graph import VerifiedApp
from surestep.testing import run
from tests.graph.graphs import Log, accepts, chain_of, outcomes, refuses, says, thread


def flaky() -> VerifiedApp:
    """A chain whose second step fails in the first pass only."""
    passes = iter([False, True])

    def moody(state: object, update: object) -> bool:
        return next(passes)

    graph = chain_of("a", verifiers=[accepts])
    graph.add_step("b", says("b"), verifiers=[moody], retries=0)
    graph.add_edge("a", "b")
    return graph.compile(InMemorySaver())


def test_a_run_that_fails_closed_is_saved_first() -> None:
    """`RunFailed` names step and reason, and so does the record that is read later."""

    async def went() -> tuple[RunFailed, Any, Any]:
        app = flaky()
        with pytest.raises(RunFailed) as caught:
            await app.ainvoke({"log": []}, thread())
        return caught.value, await record(app, thread()), await app.aget_state(thread())

    error, later, state = run(went())

    assert (error.step, error.record.outcome) == ("b", "failed")
    assert (later.outcome, later.reason) == ("failed", error.reason)
    assert {name: one.outcome for name, one in later.steps.items()} == {
        "a": "verified",
        "b": "failed",
    }
    assert state.values == {"log": ["a"]}


def test_a_failed_step_is_tried_again() -> None:
    """`ainvoke(None, config)` runs the failed step anew, and only that."""

    async def went() -> tuple[object, dict[str, str | None]]:
        app = flaky()
        with pytest.raises(RunFailed):
            await app.ainvoke({"log": []}, thread())
        result = await app.ainvoke(None, thread())
        return result, await outcomes(app, thread())

    assert run(went()) == ({"log": ["a", "b"]}, {"a": "verified", "b": "verified"})


def test_a_step_that_keeps_failing_fails_every_time() -> None:
    """A second pass raises again, and nothing goes on past the step."""

    async def went() -> object:
        app = chain_of("a", "b", verifiers=[refuses], retries=0).compile(InMemorySaver())
        for given in ({"log": []}, None, None):
            with pytest.raises(RunFailed, match="'a'"):
                await app.ainvoke(given, thread())
        return (await app.aget_state(thread())).values

    assert run(went()) == {"log": []}


def test_new_input_forgets_a_failure() -> None:
    """A thread that failed takes another turn."""

    async def went() -> object:
        app = flaky()
        with pytest.raises(RunFailed):
            await app.ainvoke({"log": []}, thread())
        await app.ainvoke({"log": ["again"]}, thread())
        return (await record(app, thread())).outcome

    assert run(went()) == "succeeded"


def test_an_arm_that_fails_does_not_undo_the_other() -> None:
    """The sibling's update is kept, and what depends on both does not run."""

    async def went() -> tuple[object, object]:
        graph = VerifiedGraph(Log)
        graph.add_step("good", says("good"))
        graph.add_step("bad", says("bad"), verifiers=[refuses], retries=0)
        graph.add_step("join", says("join"))
        graph.add_edge(START, "good").add_edge(START, "bad").add_edge(["good", "bad"], "join")
        app = graph.compile(InMemorySaver())
        with pytest.raises(RunFailed, match="'bad'"):
            await app.ainvoke({"log": []}, thread())
        return (await app.aget_state(thread())).values, (await record(app, thread())).steps.keys()

    assert run(went()) == ({"log": ["good"]}, {"good", "bad"})

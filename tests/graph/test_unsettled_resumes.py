"""What a run has gone on from is verified, whatever the run is resumed with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START

from surestep import Assurance, Plan, VerifiedGraph, attempt, session
from surestep.errors import GraphError
from surestep.testing import run
from tests.graph.graphs import Log, says, thread

SPECULATIVE = Plan(default=Assurance(mode="speculative"))


async def draft(state: Log) -> dict[str, object]:
    """Says which attempt it is."""
    return {"log": [f"draft{attempt().number}"]}


async def slow(state: object, update: Any) -> bool:
    """Refuses the first draft, late."""
    await asyncio.sleep(3.0)
    return update["log"] != ["draft1"]


async def wait(state: Log) -> None:
    """Takes long enough to be cut off in."""
    await asyncio.sleep(2.0)


def cut_off() -> Callable[..., Any]:
    """Goes on with a run that was cut off while a draft was unsettled."""
    graph = VerifiedGraph(Log)
    graph.add_step("draft", draft, verifiers=[slow])
    graph.add_node("wait", wait)
    graph.add_node("use", says("used"))
    graph.add_edge(START, "draft").add_edge("draft", "wait").add_edge("wait", "use")
    app = graph.compile(plan=SPECULATIVE, checkpointer=InMemorySaver())

    async def scene(**options: Any) -> Any:
        with suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                await app.ainvoke({"log": []}, thread())
        return await app.ainvoke(None, thread(), **options)

    return scene


def test_a_serial_plan_does_not_let_it_off() -> None:
    """The draft is refused, and what was built on it is taken back."""
    found = run(cut_off()(context=session(plan=Plan.everything())))

    assert found["log"] == ["draft2", "used"]


def test_a_run_that_cannot_go_back_is_refused() -> None:
    """LangGraph would stop it with the draft unsettled."""
    with pytest.raises(GraphError, match="verdicts are out"):
        run(cut_off()(interrupt_before=["use"]))


def test_a_check_whose_verdict_was_written_down_is_not_made_again() -> None:
    """A node beside the one that was cut off has told of it; a second check might refuse."""
    verdicts = [True, False]

    async def check(state: object, update: object) -> bool:
        return verdicts.pop(0)

    async def quick(state: Log) -> None:
        await asyncio.sleep(0.5)

    graph = VerifiedGraph(Log)
    graph.add_step("draft", draft, verifiers=[check])
    graph.add_step("quick", quick)
    graph.add_node("wait", wait)
    graph.add_edge(START, "draft").add_edge("draft", "quick").add_edge("draft", "wait")
    app = graph.compile(plan=SPECULATIVE, checkpointer=InMemorySaver())

    async def scene() -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                await app.ainvoke({"log": []}, thread())
        await app.ainvoke(None, thread())

    run(scene())
    assert verdicts == [False]

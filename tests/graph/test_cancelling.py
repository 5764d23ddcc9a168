"""Runs that are left or cancelled: nothing goes on, and the thread can be resumed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START

from surestep import VerifiedGraph, record, session
from surestep.graph import VerifiedApp
from surestep.testing import run
from tests.graph.graphs import Log, thread


def slow(name: str, began: list[str]) -> Any:
    """A worker that takes a second."""

    async def worker(state: Log) -> dict[str, object]:
        began.append(name)
        await asyncio.sleep(1)
        return {"log": [name]}

    return worker


def slow_chain(began: list[str]) -> VerifiedApp:
    """Two slow steps whose check takes another second."""

    async def ponders(state: object, update: object) -> bool:
        await asyncio.sleep(1)
        return True

    graph = VerifiedGraph(Log)
    for name in "ab":
        graph.add_step(name, slow(name, began), verifiers=[ponders], samples=2)
    graph.add_edge(START, "a").add_edge("a", "b")
    return graph.compile(InMemorySaver())


def test_a_stream_left_early_leaves_no_tasks() -> None:
    """Breaking out of `astream` cancels what runs; the thread goes on from the last superstep."""

    async def went() -> tuple[int, object, list[str]]:
        began: list[str] = []
        app = slow_chain(began)
        stream = app.astream({"log": []}, thread(), stream_mode="updates")
        async for _ in stream:
            break
        await stream.aclose()
        left = len(asyncio.all_tasks())
        return left, await app.ainvoke(None, thread()), began

    left, result, began = run(went())

    assert (left, result) == (1, {"log": ["a", "b"]})
    assert began[:2] == ["a", "a"]
    assert began.count("a") == 2


@pytest.mark.parametrize("after_s", [0.5, 1.5, 2.5])
def test_a_cancelled_run_leaves_no_tasks(after_s: float) -> None:
    """Neither workers nor checks go on, and the thread can be resumed."""

    async def went() -> tuple[int, object]:
        app = slow_chain([])
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(after_s):
                await app.ainvoke({"log": []}, thread())
        left = len(asyncio.all_tasks())
        return left, await app.ainvoke(None, thread())

    assert run(went()) == (1, {"log": ["a", "b"]})


def test_a_cancelled_run_can_simply_go_on() -> None:
    """Its record has no outcome: it has neither failed nor succeeded."""

    async def went() -> tuple[object, object]:
        app, s = slow_chain([]), session()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2.5):
                await app.ainvoke({"log": []}, thread(), context=s)
        return s.record.outcome, (await record(app, thread())).outcome

    assert run(went()) == (None, None)

"""Streams that are held back show what a run that waits would show."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import groupby
from typing import Any

import pytest
from hypothesis import given, settings
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START

from surestep import Plan, VerifiedGraph, session
from surestep.testing import run
from tests.graph.graphs import Log, thread
from tests.graph.test_speculation import CHANCES, QUICKLY, SHAPE, SPECULATIVE, Chance, Drawn


async def streamed(
    chance: Chance, blocks: list[Callable[[Drawn], None]], plan: Plan, mode: str
) -> list[Any]:
    """Everything a run shows in one stream mode."""
    graph = Drawn(chance)
    for block in blocks:
        block(graph)
    graph.add_edge(graph.last, END)
    app = graph.compile(checkpointer=InMemorySaver(), plan=plan)
    config = {**thread(), "recursion_limit": 500}
    s = session(hold_stream=True)
    chunks = app.astream({"log": [], "n": 0}, config, context=s, stream_mode=mode)
    return [chunk async for chunk in chunks]


@settings(max_examples=40, deadline=None, phases=QUICKLY)
@given(CHANCES, SHAPE)
def test_held_updates_are_those_of_a_run_that_waits(
    chance: Chance, blocks: list[Callable[[Drawn], None]]
) -> None:
    """Whatever was refused; arms that run side by side may end in another order."""
    waiting, held = (run(streamed(chance, blocks, plan, "updates")) for plan in PLANS)
    assert sorted(map(repr, held)) == sorted(map(repr, waiting))


@settings(max_examples=40, deadline=None, phases=QUICKLY)
@given(CHANCES, SHAPE)
def test_held_values_are_those_of_a_run_that_waits(
    chance: Chance, blocks: list[Callable[[Drawn], None]]
) -> None:
    """One state after the other."""
    waiting, held = (run(streamed(chance, blocks, plan, "values")) for plan in PLANS)
    assert [key for key, _ in groupby(held)] == [key for key, _ in groupby(waiting)]


PLANS = (Plan.everything(), SPECULATIVE)


class Refusing:
    """A chain of three steps of a second; the first output of the first is refused once."""

    def __init__(self) -> None:
        self.refused = False

    async def check(self, state: object, update: Any) -> bool:
        """Takes a second and a half."""
        await asyncio.sleep(1.5)
        good = self.refused or update["log"] != ["a"]
        self.refused = True
        return good

    def graph(self) -> VerifiedGraph:
        """The chain."""
        graph, before = VerifiedGraph(Log), START
        for name in "abc":
            graph.add_step(name, worker(name), verifiers=[self.check])
            graph.add_edge(before, name)
            before = name
        return graph


def worker(name: str) -> Any:
    """A worker of a second that says its name."""

    async def work(state: Log) -> dict[str, object]:
        await asyncio.sleep(1.0)
        return {"log": [name]}

    return work


async def timed(app: Any, *, hold: bool, **options: Any) -> list[tuple[float, Any]]:
    """When each chunk was shown, and what it was."""
    loop, s = asyncio.get_running_loop(), session(hold_stream=hold)
    chunks = app.astream({"log": []}, thread(), context=s, **options)
    return [(loop.time(), chunk) async for chunk in chunks]


def test_without_holding_refused_updates_are_shown_at_once() -> None:
    """That is the default: streams are provisional."""
    app = Refusing().graph().compile(plan=SPECULATIVE)
    shown = run(timed(app, hold=False, stream_mode="updates"))
    assert [list(chunk) for _, chunk in shown].count(["a"]) == 2


def test_an_update_is_shown_as_soon_as_nothing_can_take_it_back() -> None:
    """Not only when the run ends."""
    app = Refusing().graph().compile(plan=SPECULATIVE)
    shown = run(timed(app, hold=True, stream_mode="updates"))
    assert [list(chunk) for _, chunk in shown] == [["a"], ["b"], ["c"]]


def test_a_rollback_nobody_has_seen_is_not_announced() -> None:
    """There is nothing to take back from the screen."""
    app = Refusing().graph().compile(plan=SPECULATIVE)
    assert run(timed(app, hold=True, stream_mode="custom")) == []


@pytest.mark.parametrize("subgraphs", [False, True])
def test_a_nested_rollback_drops_only_what_its_graph_has_streamed(*, subgraphs: bool) -> None:
    """The node beside it has been seen to finish, once."""
    verified = VerifiedGraph(Log)
    verified.add_node("nested", Refusing().graph().compile())
    verified.add_step("beside", worker("beside"))
    for name in ("nested", "beside"):
        verified.add_edge(START, name)
    app = verified.compile(plan=SPECULATIVE)

    shown = run(timed(app, hold=True, stream_mode="updates", subgraphs=subgraphs))
    names = [next(iter(chunk[1] if subgraphs else chunk)) for _, chunk in shown]
    assert sorted(names) == sorted(["nested", "beside", *("abc" if subgraphs else "")])

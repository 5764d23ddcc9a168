"""Money that a step had spent when it was cut off counts against the run's budget all the same."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TypedDict

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.errors import NodeCancelledError
from langgraph.graph import END, START

from surestep import SLO, VerifiedGraph, session
from surestep.budgets import Price
from surestep.graph import VerifiedApp
from surestep.graph.stores import close_stores
from surestep.testing import FakeChat

PRICES = {"chat": Price(1e4, 1e4, 100)}
CONFIG: RunnableConfig = {"configurable": {"thread_id": "t"}}


class State(TypedDict, total=False):
    """A state."""

    x: int


def app_in(folder: Path) -> VerifiedApp:
    """One step that asks a model, at 2 USD a call, and is cut off the first time."""
    chat = FakeChat(["hello"] * 3, model="chat", input_tokens=100, output_tokens=100)
    visits: list[int] = []

    async def work(state: State) -> State:
        visits.append(1)
        await chat.ainvoke("hello")
        if len(visits) == 1:
            raise asyncio.CancelledError
        return {"x": 1}

    graph = VerifiedGraph(State).add_step("work", work)
    graph.add_edge(START, "work")
    graph.add_edge("work", END)
    return graph.compile(checkpointer=InMemorySaver(), database=folder / "trace.db")


async def cut_off(app: VerifiedApp, slo: SLO) -> None:
    """A run whose only step is cut off after its call."""
    with pytest.raises(NodeCancelledError):
        await app.ainvoke({"x": 0}, CONFIG, context=session(slo=slo, prices=PRICES))


def test_a_resume_counts_what_the_lost_step_had_spent(tmp_path: Path) -> None:
    """The trace knows of the call, though no checkpoint does."""

    async def scene() -> float:
        app, resumed = app_in(tmp_path), session(prices=PRICES)
        await cut_off(app, SLO())
        await app.ainvoke(None, CONFIG, context=resumed)
        return resumed.record.spent.cost_usd

    assert asyncio.run(scene()) == pytest.approx(4.0)
    close_stores()


def test_new_input_starts_with_a_clean_slate(tmp_path: Path) -> None:
    """What earlier runs of the thread have spent is theirs."""

    async def scene() -> float:
        app, fresh = app_in(tmp_path), session(prices=PRICES)
        await cut_off(app, SLO())
        await app.ainvoke({"x": 0}, CONFIG, context=fresh)
        return fresh.record.spent.cost_usd

    assert asyncio.run(scene()) == pytest.approx(2.0)
    close_stores()

"""LangGraph's checkpoints beside our tables."""

from __future__ import annotations

from pathlib import Path
from typing import TypedDict

import pytest
from langgraph.graph import END, START, StateGraph

from surestep.errors import StoreError
from surestep.storage import Event, Store, checkpointer
from surestep.testing import run


class State(TypedDict):
    """A state that counts."""

    count: int


async def counted(path: Path) -> int:
    """The count after one more run of thread `t` over the checkpoints in a file."""
    graph = StateGraph(State)
    graph.add_node("add", lambda state: {"count": state["count"] + 1})
    graph.add_edge(START, "add")
    graph.add_edge("add", END)
    config = {"configurable": {"thread_id": "t"}}
    async with checkpointer(path) as saver:
        app = graph.compile(checkpointer=saver)
        before = (await app.aget_state(config)).values.get("count", 0)
        result = await app.ainvoke({"count": before}, config, durability="sync")
    return int(result["count"])


def test_checkpoints_outlive_their_connection(tmp_path: Path) -> None:
    """A second process would find what the first one saved."""
    assert run(counted(tmp_path / "a.db")) == 1
    assert run(counted(tmp_path / "a.db")) == 2


def test_checkpoints_and_events_share_a_file(tmp_path: Path) -> None:
    """The store opens the file a checkpointer made, and both write to it."""
    path = tmp_path / "a.db"
    run(counted(path))
    store = Store.open(path)
    store.emit(Event(thread_id="t", kind="resume", at=0.0))
    assert run(counted(path)) == 2
    assert len(run(store.events("t"))) == 1
    store.close()


def test_a_checkpointer_does_not_wait_for_the_disk_at_every_superstep(tmp_path: Path) -> None:
    """The connection handed to LangGraph is set up as ours are."""

    async def pragmas() -> list[object]:
        async with checkpointer(tmp_path / "a.db") as saver:
            names = ("journal_mode", "synchronous", "busy_timeout")
            cursors = [await saver.conn.execute(f"PRAGMA {name}") for name in names]
            rows = [await cursor.fetchone() for cursor in cursors]
            for cursor in cursors:
                await cursor.close()
            return [row[0] for row in rows if row is not None]

    assert run(pragmas()) == ["wal", 1, 30_000]


def test_a_checkpointer_refuses_what_a_store_refuses(tmp_path: Path) -> None:
    """Another program's file gets no checkpoint tables."""
    (tmp_path / "notes.txt").write_text("dear diary " * 100)
    with pytest.raises(StoreError, match="not a database"):
        run(counted(tmp_path / "notes.txt"))

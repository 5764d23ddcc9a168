"""LangGraph's checkpoints in Postgres."""

from __future__ import annotations

import asyncio

import pytest

from surestep.errors import StoreError
from surestep.storage import Event, Store, checkpointer
from surestep.testing.postgres import Server
from tests.storage.test_checkpoints import counted


@pytest.fixture
def url(postgres: Server, tmp_path) -> str:
    """A place of its own."""
    return postgres.url_for(tmp_path)


def test_checkpoints_outlive_their_connection(url: str) -> None:
    """A second process would find what the first one saved."""
    assert asyncio.run(counted(url)) == 1
    assert asyncio.run(counted(url)) == 2


def test_checkpoints_and_events_share_a_schema(url: str) -> None:
    """The store is at home where LangGraph's tables are, whichever came first."""
    asyncio.run(counted(url))
    store = Store.open(url)
    store.emit(Event(thread_id="t", kind="resume", at=0.0))
    assert asyncio.run(counted(url)) == 2
    assert len(asyncio.run(store.events("t"))) == 1
    store.close()


def test_several_who_come_first_at_once_make_the_tables_once(url: str) -> None:
    """Each waits for the other, and none fails."""

    async def opened() -> bool:
        async with checkpointer(url) as saver:
            return await saver.aget_tuple({"configurable": {"thread_id": "t"}}) is None

    async def all_of_them() -> list[bool]:
        return await asyncio.gather(*(opened() for _ in range(6)))

    assert asyncio.run(all_of_them()) == [True] * 6


def test_checkpoints_of_several_threads_are_read_at_once(url: str) -> None:
    """One that takes long does not hold up the others."""

    async def overlapping() -> int:
        async with checkpointer(url) as saver:
            busy, most = 0, 0

            async def read() -> None:
                nonlocal busy, most
                async with saver._cursor() as cursor:
                    busy += 1
                    most = max(most, busy)
                    await cursor.execute("SELECT pg_sleep(0.02)")
                    busy -= 1

            await asyncio.gather(*(read() for _ in range(8)))
            return most

    assert asyncio.run(overlapping()) == 4


def test_a_checkpointer_without_a_server_is_refused() -> None:
    """Before anything runs."""
    with pytest.raises(StoreError, match="Start the server"):
        asyncio.run(counted("postgresql://surestep@/postgres?host=/nowhere"))

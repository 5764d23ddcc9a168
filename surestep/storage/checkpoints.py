"""LangGraph's checkpoints in the same database as everything else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiosqlite
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from surestep.storage.places import is_postgres
from surestep.storage.sqlite import BUSY_TIMEOUT_S, connect, path_of


@asynccontextmanager
async def checkpointer(database: str | Path) -> AsyncIterator[BaseCheckpointSaver[str]]:
    """A LangGraph checkpointer over our database, closed at the end of the block.

    Args:
        database: path of an SQLite file, or a Postgres URL.

    Raises:
        StoreError: as `Store.open` does, before any checkpoint is read or written.
    """
    if is_postgres(database):
        # Only who uses Postgres pays for loading its driver.
        from surestep.storage.postgres_checkpoints import postgres_saver  # noqa: PLC0415

        async with postgres_saver(str(database)) as saver:
            yield saver
        return
    path = path_of(database)
    await asyncio.to_thread(lambda: connect(path).close())
    async with aiosqlite.connect(path, timeout=BUSY_TIMEOUT_S) as connection:
        # The saver itself sets WAL only; with FULL every superstep would wait for the disk.
        await connection.execute("PRAGMA synchronous = NORMAL")
        sqlite_saver = AsyncSqliteSaver(connection)
        await sqlite_saver.setup()
        yield sqlite_saver

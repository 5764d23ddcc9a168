"""LangGraph's checkpoints in the same file as everything else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiosqlite
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from surestep.storage.sqlite import BUSY_TIMEOUT_S, connect, path_of


@asynccontextmanager
async def checkpointer(database: str | Path) -> AsyncIterator[AsyncSqliteSaver]:
    """A LangGraph checkpointer over our database, closed at the end of the block.

    Raises:
        StoreError: as `Store.open` does, before any checkpoint is read or written.
    """
    path = path_of(database)
    await asyncio.to_thread(lambda: connect(path).close())
    async with aiosqlite.connect(path, timeout=BUSY_TIMEOUT_S) as connection:
        # The saver itself sets WAL only; with FULL every superstep would wait for the disk.
        await connection.execute("PRAGMA synchronous = NORMAL")
        saver = AsyncSqliteSaver(connection)
        await saver.setup()
        yield saver

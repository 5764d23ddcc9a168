"""LangGraph's checkpoints in Postgres, several at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver

from surestep.storage.postgres import LANES, STATEMENTS, Pool, pool_of, ready

POLL_S = 0.05


@asynccontextmanager
async def postgres_saver(url: str) -> AsyncIterator[AsyncPostgresSaver]:
    """A checkpointer over a pool of connections, closed at the end of the block.

    Raises:
        StoreError: the database cannot be used.
    """
    conninfo, _ = await asyncio.to_thread(ready, url)
    async with pool_of(conninfo) as pool:
        saver = AsyncPostgresSaver(pool)
        await _set_up(saver, pool)
        # The saver's own lock lets one thread of all read or write at a time, which only a single
        # connection needs: https://github.com/langchain-ai/langgraph/issues/7259
        saver.lock = asyncio.Semaphore(LANES)  # type: ignore[assignment]
        yield saver


async def _set_up(saver: AsyncPostgresSaver, pool: Pool) -> None:
    """Make LangGraph's tables, one process at a time: it adds to them without a lock.

    Whoever waits asks again and again, for LangGraph makes an index that is not done before every
    statement that began earlier has ended, one that waits for a lock included.
    """
    async with pool.connection() as connection:
        asked = STATEMENTS["try_checkpoints"]
        # No event reaches this process when another one has done.
        while not await (await connection.execute(asked)).fetchone():  # noqa: ASYNC110
            await asyncio.sleep(POLL_S)
        try:
            await saver.setup()
        finally:
            await connection.execute(STATEMENTS["leave_checkpoints"])

"""One run at a time goes on with a thread, whichever process it is in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from surestep.clock import wall_s
from surestep.errors import StoreError, ThreadBusy
from surestep.storage import Store

LEASE_S = 30.0
"""How long after its last sign of life a run on another machine counts as gone, in seconds."""

BEAT_S = LEASE_S / 3
_POLL_S = 0.2


class Turn:
    """A run's turn with a thread, for as long as it keeps it in the database.

    Args:
        store: the database.
        thread_id: the thread.
        token: names the run there.
    """

    def __init__(self, store: Store, thread_id: str, token: str) -> None:
        self._store, self._thread_id, self._token = store, thread_id, token
        self._until = wall_s() + LEASE_S

    async def check(self) -> None:
        """Nothing, if the thread is still this run's.

        The database is only asked once the lease may be over.

        Raises:
            ThreadBusy: another run has taken it over.
        """
        if wall_s() >= self._until:
            await self.keep()

    async def keep(self) -> None:
        """Keep the thread for longer.

        Raises:
            ThreadBusy: another run has taken it over.
        """
        now = wall_s()
        if await self._store.runners.keep(self._thread_id, self._token, LEASE_S):
            self._until = now + LEASE_S
            return
        other = await self._store.runners.of(self._thread_id)
        raise ThreadBusy(
            self._thread_id,
            holder=str(other.process) if other else "a run that has ended since",
            since=other.since if other else now,
            lease_s=LEASE_S,
        )

    async def beat(self) -> None:
        """Keep the thread for ever; whether that succeeds shows in `check`."""
        while True:
            await asyncio.sleep(BEAT_S)
            try:
                await self.keep()
            except StoreError:
                # The database may be back before the lease is over.
                continue
            except ThreadBusy:
                self._until = wall_s()
                return

    async def leave(self) -> None:
        """Have the thread be free."""
        await self._store.runners.leave(self._thread_id, self._token)


@asynccontextmanager
async def turn(
    store: Store | None, thread_id: str | None, *, wait_s: float = 0.0
) -> AsyncIterator[Turn | None]:
    """A turn with a thread, over at the end of the block; `None` if no other process can see it.

    Args:
        store: the database; without one, threads are not shared between processes.
        thread_id: the thread; without one, there is nothing to go on with later.
        wait_s: how long to wait for a run that has the thread now, in seconds.

    Raises:
        ThreadBusy: another run goes on with it.
    """
    if store is None or thread_id is None:
        yield None
        return
    taken = Turn(store, thread_id, await _token(store, thread_id, wait_s))
    beating = asyncio.create_task(taken.beat())
    try:
        yield taken
    finally:
        beating.cancel()
        await taken.leave()


async def _token(store: Store, thread_id: str, wait_s: float) -> str:
    ends = wall_s() + wait_s
    while True:
        try:
            return await store.runners.take(thread_id, LEASE_S)
        except ThreadBusy:
            if wall_s() >= ends:
                raise
        await asyncio.sleep(_POLL_S)

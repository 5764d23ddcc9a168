"""What every store must do so that runs of a thread take turns; `StoreSuite` includes it."""

from __future__ import annotations

import asyncio

import pytest

from surestep.errors import ThreadBusy
from surestep.storage import Store
from surestep.testing.opened import OpenedStore, on_virtual_time


class RunnersSuite(OpenedStore):
    """Conformance tests of turns with a thread."""

    @on_virtual_time
    async def test_one_run_at_a_time_has_a_thread(self, store: Store) -> None:
        """Others are refused until it leaves; other threads are free."""
        token = await store.runners.take("t", 30.0)
        with pytest.raises(ThreadBusy, match="Thread 't' is run by process"):
            await store.runners.take("t", 30.0)
        await store.runners.take("u", 30.0)
        await store.runners.leave("t", token)
        await store.runners.take("t", 30.0)

    @on_virtual_time
    async def test_a_turn_lasts_for_as_long_as_it_is_kept(self, store: Store) -> None:
        """Past its first end."""
        token = await store.runners.take("t", 30.0)
        await asyncio.sleep(20.0)
        assert await store.runners.keep("t", token, 30.0)
        await asyncio.sleep(20.0)
        assert await store.runners.busy("t")
        with pytest.raises(ThreadBusy):
            await store.runners.take("t", 30.0)

    @on_virtual_time
    async def test_a_turn_that_is_not_kept_ends(self, store: Store) -> None:
        """Whoever comes next has the thread, and whoever had it can neither keep nor free it."""
        before = await store.runners.take("t", 30.0)
        await asyncio.sleep(30.0)
        assert not await store.runners.busy("t")
        after = await store.runners.take("t", 30.0)
        assert not await store.runners.keep("t", before, 30.0)
        await store.runners.leave("t", before)
        found = await store.runners.of("t")
        assert found is not None
        assert (found.token, found.until - found.since) == (after, 30.0)

    @on_virtual_time
    async def test_a_late_sign_of_life_counts_if_nobody_came(self, store: Store) -> None:
        """The thread was free, and is so no longer."""
        token = await store.runners.take("t", 30.0)
        await asyncio.sleep(60.0)
        assert await store.runners.keep("t", token, 30.0)
        assert await store.runners.busy("t")

    @on_virtual_time
    async def test_a_thread_nobody_runs_is_not_busy(self, store: Store) -> None:
        """Nor does anybody have it."""
        assert not await store.runners.busy("t")
        assert await store.runners.of("t") is None

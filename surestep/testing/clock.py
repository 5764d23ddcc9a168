"""A virtual clock: an event loop whose time jumps to the next timer whenever it is idle."""

from __future__ import annotations

import asyncio
import selectors
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import NoReturn, TypeVar

from surestep.errors import SurestepError

T = TypeVar("T")

WALL_START_S = 1_700_000_000.0
"""The time of day at which a virtual loop starts: 2023-11-14 22:13:20 UTC."""

# A thread that settles a future wakes the loop by itself; this only bounds one wait for it.
_THREAD_POLL_S = 0.05
# A local socket delivers within microseconds, but a loaded kernel may put it off a little.
_SOCKET_GRACE_S = 0.001
# Modules whose futures are settled by another thread: executor jobs, and the SQLite driver.
_THREADED = frozenset({"asyncio.futures", "aiosqlite.core"})


class Deadlock(SurestepError):
    """A virtual loop on which every task waits for something that nobody will do."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop on which waiting costs no real time.

    Time starts at 0.0 and jumps to the next timer as soon as nothing else can run. It stands
    still while executor jobs, `aiosqlite` statements or code inside `outside_work` are under
    way: code in threads takes no virtual time at all, and a thread that hangs hangs the loop.
    Servers and clients that talk over sockets must share the loop.

    Args:
        wall_start_s: the time of day at time 0.0, in seconds since the epoch.
        patience_s: real seconds to wait for an unknown thread or peer before a loop on which
            nothing is scheduled counts as deadlocked.
        waits_for_threads: whether time stands still for threads for ever, the default; if not,
            a thread that keeps everybody waiting for longer than 0.05 s takes as much virtual
            time as real, so that it may itself wait for something on the loop.
    """

    def __init__(
        self,
        *,
        wall_start_s: float = WALL_START_S,
        patience_s: float = 2.0,
        waits_for_threads: bool = True,
    ) -> None:
        self._wall_start_s = wall_start_s
        self._patience_s = patience_s
        self.waits_for_threads = waits_for_threads
        # First, because the base class makes futures and reads the time while it starts.
        self._idle = _JumpingSelector(self)
        super().__init__(self._idle)
        self._idle.own_files = len(self._idle.get_map())

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._idle.now_s

    def wall_time(self) -> float:
        """Virtual time of day, in seconds since the epoch."""
        return self._wall_start_s + self._idle.now_s

    @contextmanager
    def outside_work(self) -> Iterator[None]:
        """Keep the time from jumping while something outside of the loop works for it."""
        self._idle.outside += 1
        try:
            yield
        finally:
            self._idle.outside -= 1

    def create_future(self) -> asyncio.Future[object]:
        """A future; if a thread will settle it, time stands still until then."""
        future: asyncio.Future[object] = super().create_future()
        # Whoever waits for a thread looks like whoever waits for a lock: only the maker differs.
        if sys._getframe(1).f_globals.get("__name__") in _THREADED:  # noqa: SLF001
            self._idle.outside += 1
            future.add_done_callback(self._came_in)
        return future

    def _came_in(self, _future: asyncio.Future[object]) -> None:
        self._idle.outside -= 1

    async def shutdown_default_executor(self, *_limit_s: float | None) -> None:
        """Join the executor's threads; a limit in virtual time would strike at once."""
        with self.outside_work():
            await super().shutdown_default_executor()

    def deadlock(self) -> NoReturn:
        """Give up on the tasks that wait for ever.

        Raises:
            Deadlock: always; it names them.
        """
        waiting = sorted(task.get_name() for task in asyncio.all_tasks(self))
        raise Deadlock(
            f"Nothing is scheduled at {self.time():g} s, and for ever wait: {', '.join(waiting)}.",
            remedy="Look for a future nobody settles, or mark work done elsewhere with "
            "loop.outside_work().",
        )

    def wait_without_timer(self) -> list[tuple[selectors.SelectorKey, int]]:
        """What an unknown thread or peer did while nothing was scheduled.

        Raises:
            Deadlock: it did nothing for `patience_s` real seconds.
        """
        return self._idle.wait_s(self._patience_s) or self.deadlock()


class _JumpingSelector(selectors.DefaultSelector):
    """Keeps the virtual time, and waits for real only while someone else is at work."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop
        self.now_s = 0.0
        self.outside = 0
        self.own_files = 1

    def wait_s(self, seconds: float) -> list[tuple[selectors.SelectorKey, int]]:
        """What happened within so many real seconds."""
        return super().select(seconds)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What happened until the next timer, which is then at once."""
        if timeout is not None and timeout <= 0:
            return self.wait_s(0)
        if self.outside:
            events = self.wait_s(_THREAD_POLL_S)
            if not events and timeout is not None and not self._loop.waits_for_threads:
                self.now_s += min(timeout, _THREAD_POLL_S)
            return events
        if timeout is None:
            return self._loop.wait_without_timer()
        sockets = len(self.get_map()) > self.own_files
        events = self.wait_s(_SOCKET_GRACE_S if sockets else 0)
        if not events:
            self.now_s += timeout
        return events


def run(
    coro: Coroutine[object, object, T],
    *,
    wall_start_s: float = WALL_START_S,
    waits_for_threads: bool = True,
) -> T:
    """The result of `coro`, run to its end on a fresh virtual loop.

    Like `asyncio.run`: tasks left over are cancelled, async generators and the executor are
    shut down.

    Args:
        coro: the coroutine to run.
        wall_start_s: the time of day at which it starts, in seconds since the epoch.
        waits_for_threads: as in `VirtualLoop`.

    Raises:
        Deadlock: every task waits for something that nobody will do.
    """

    def made() -> VirtualLoop:
        return VirtualLoop(wall_start_s=wall_start_s, waits_for_threads=waits_for_threads)

    with asyncio.Runner(loop_factory=made) as runner:
        return runner.run(coro)

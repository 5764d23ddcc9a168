"""One connection on one thread: the only way the store touches its database."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from surestep.errors import StoreError
from surestep.storage.sqlite import refusal

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]


class Lane:
    """Runs work on one SQLite connection, one piece at a time, in the order it was given.

    **Thread-safe.** May be used from several event loops, one after the other or at once.
    """

    def __init__(self, connection: sqlite3.Connection, url: str) -> None:
        self._connection = connection
        self._url = url
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="surestep-store")
        self._closed = False

    def post(self, work: Work[object]) -> None:
        """Have `work` done, without waiting; what it raises is lost.

        Raises:
            StoreError: once the lane is closed.
        """
        self._refuse_when_closed()
        self._executor.submit(work, self._connection)

    async def run(self, work: Work[T]) -> T:
        """What `work` returns, once its turn has come.

        Raises:
            StoreError: once the lane is closed, or if the database fails.
        """
        self._refuse_when_closed()
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._executor, work, self._connection)
        except sqlite3.Error as error:
            raise refusal(self._url, error) from error

    @property
    def closed(self) -> bool:
        """Whether it takes no more work."""
        return self._closed

    def close(self, last: Work[object]) -> None:
        """Wait for all work given so far, do `last`, and close the connection; once only.

        Raises:
            StoreError: if the database fails in `last`; it is closed all the same.
        """
        if self._closed:
            return
        self._closed = True
        self._executor.shutdown(wait=True)
        try:
            # On the calling thread: at interpreter exit no thread takes work any more.
            last(self._connection)
        except sqlite3.Error as error:
            raise refusal(self._url, error) from error
        finally:
            self._connection.close()

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise StoreError(
                f"The store of {self._url!r} is closed.",
                remedy="Open it again with Store.open(...).",
            )

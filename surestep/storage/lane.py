"""Threads that work on a database: the only way the store touches it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from surestep.errors import StoreError
from surestep.storage.dialect import Connection, Database

T = TypeVar("T")
Work = Callable[[Connection], T]


class Lane:
    """Runs work on a database, as many pieces at once as it takes, in the order it was given.

    **Thread-safe.** May be used from several event loops, one after the other or at once.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._executor = ThreadPoolExecutor(
            max_workers=database.lanes, thread_name_prefix="surestep-store"
        )
        self._closed = False

    def post(self, work: Work[object]) -> None:
        """Have `work` done, without waiting; what it raises is lost.

        Raises:
            StoreError: once the lane is closed.
        """
        self._refuse_when_closed()
        self._executor.submit(self._done, work)

    async def run(self, work: Work[T]) -> T:
        """What `work` returns, once its turn has come.

        Raises:
            StoreError: once the lane is closed, or if the database fails.
        """
        self._refuse_when_closed()
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._executor, self._done, work)
        except self._database.failure as error:
            raise self._database.refusal(error) from error

    @property
    def closed(self) -> bool:
        """Whether it takes no more work."""
        return self._closed

    def close(self, last: Work[object]) -> None:
        """Wait for all work given so far, do `last`, and close the database; once only.

        Raises:
            StoreError: if the database fails in `last`; it is closed all the same.
        """
        if self._closed:
            return
        self._closed = True
        self._executor.shutdown(wait=True)
        try:
            # On the calling thread: at interpreter exit no thread takes work any more.
            self._done(last)
        except self._database.failure as error:
            raise self._database.refusal(error) from error
        finally:
            self._database.close()

    def _done(self, work: Work[T]) -> T:
        with self._database.connection() as connection:
            return work(connection)

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise StoreError(
                f"The store of {self._database.name!r} is closed.",
                remedy="Open it again with Store.open(...).",
            )

"""One open store per database and redactor in a process, closed when the process ends."""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from pathlib import Path

from surestep.storage import Redactor, Store

VARIABLE = "SURESTEP_DB"


class _Stores:
    """The open stores. A store has a thread and a connection of its own: runs share it."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, Redactor | None], Store] = {}
        self._opening = threading.Lock()
        atexit.register(self.close)

    def get(self, database: str, redact: Redactor | None) -> Store:
        key = (_place(database), redact)
        with self._opening:
            if key not in self._open or self._open[key].closed:
                self._open[key] = Store.open(database, redact=redact)
            return self._open[key]

    def close(self) -> None:
        for store in self._open.values():
            store.close()
        self._open.clear()


def _place(database: str) -> str:
    return database if "://" in database else str(Path(database).resolve())


_stores = _Stores()


def names_database(database: str | None) -> bool:
    """Whether one is given, or `SURESTEP_DB` names one."""
    return bool(database or os.environ.get(VARIABLE))


def store_at(database: str | None, *, redact: Redactor | None = None) -> Store | None:
    """The store of a database, or of `SURESTEP_DB`; `None` if neither is given.

    Raises:
        StoreError: the database cannot be used.
    """
    chosen = database or os.environ.get(VARIABLE)
    return _stores.get(chosen, redact) if chosen else None


async def opened_store(database: str | None, *, redact: Redactor | None = None) -> Store | None:
    """The same as `store_at`; the event loop goes on while the disk is at work.

    Raises:
        StoreError: the database cannot be used.
    """
    chosen = database or os.environ.get(VARIABLE)
    # Always in a thread: even to resolve a path blocks, and LangGraph's server refuses that.
    return await asyncio.to_thread(_stores.get, chosen, redact) if chosen else None


def close_stores() -> None:
    """Close every store of this process; the next use opens it again."""
    _stores.close()

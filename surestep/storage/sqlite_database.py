"""The store's statements on one SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from surestep.errors import StoreError
from surestep.storage.dialect import NO_VALUES, Connection
from surestep.storage.sqlite import STATEMENTS, connect, durable, refusal, transaction


class SqliteConnection:
    """Our statements on an open connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def run(self, name: str, values: Mapping[str, object] = NO_VALUES) -> sqlite3.Cursor:
        """As in `Connection`."""
        return self._connection.execute(STATEMENTS[name], values)

    def run_all(self, name: str, rows: Iterable[Mapping[str, object]]) -> None:
        """As in `Connection`."""
        self._connection.executemany(STATEMENTS[name], rows)

    def transaction(self) -> AbstractContextManager[None]:
        """As in `Connection`."""
        return transaction(self._connection)

    def durable(self) -> AbstractContextManager[None]:
        """As in `Connection`."""
        return durable(self._connection)

    def now(self, local: float) -> float:
        """The time of this machine: the file is on it."""
        return local


class SqliteDatabase:
    """One SQLite file, made or migrated where needed.

    Args:
        path: of the file.

    Raises:
        StoreError: as `connect` does.
    """

    # A second connection of one process would only wait for the first one's lock.
    lanes = 1
    failure: type[Exception] = sqlite3.Error

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._connection = connect(path)

    def connection(self) -> AbstractContextManager[Connection]:
        """The one there is."""
        return nullcontext(SqliteConnection(self._connection))

    def refusal(self, error: Exception) -> StoreError:
        """As in `Database`."""
        return refusal(self.name, error)

    def close(self) -> None:
        """As in `Database`."""
        self._connection.close()

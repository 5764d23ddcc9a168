"""Postgres: our statements on a pool of connections, and a database made ready for them.

Our tables, and LangGraph's, stand in a schema of their own: `surestep`, unless the URL sets a
`search_path`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.adapt import Dumper
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import RowMaker, dict_row
from psycopg_pool import AsyncConnectionPool, ConnectionPool

from surestep.errors import StoreError
from surestep.storage.dialect import NO_VALUES
from surestep.storage.postgres_schema import set_up
from surestep.storage.postgres_words import query
from surestep.storage.queries import in_dialect

Fields = dict[str, Any]
Pool = AsyncConnectionPool[psycopg.AsyncConnection[Fields]]
SCHEMA = "surestep"
LANES = 4
CONNECT_S = 10
# By what the driver says after its SQLSTATE, of which a failed connection has none.
_REMEDIES = (
    (r"28|.*authentication failed", "Check the user and the password in its URL."),
    (r'3D| .*database ".*" does not exist', "Create it with createdb, or correct its URL."),
    (r"42501", f"Grant its user the schema {SCHEMA!r}, or the right to create it."),
    (r"53| .*too many", "Free some space or some connections, and resume."),
    (r"57", "Wait for the server to come back, and resume."),
    (r"08| ", "Start the server or correct its URL, and resume."),
)
_UNFORESEEN = "See the server's log, and resume."


STATEMENTS = in_dialect("postgres.sql", query)


class PostgresConnection:
    """Our statements on an open connection."""

    def __init__(self, connection: psycopg.Connection[Fields]) -> None:
        self._connection = connection

    def run(self, name: str, values: Mapping[str, object] = NO_VALUES) -> psycopg.Cursor[Fields]:
        """As in `Connection`."""
        return self._connection.execute(STATEMENTS[name], values or None)

    def run_all(self, name: str, rows: Iterable[Mapping[str, object]]) -> None:
        """As in `Connection`."""
        with self._connection.cursor() as cursor:
            cursor.executemany(STATEMENTS[name], list(rows))

    def script(self, text: str) -> None:
        """Run a text of several statements."""
        self._connection.execute(text)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """As in `Connection`; rows that are read for update are locked, and nothing else."""
        with self._connection.transaction():
            yield

    @contextmanager
    def durable(self) -> Iterator[None]:
        """As in `Connection`, also where the server need not wait for its disk by itself."""
        with self._connection.transaction():
            self._connection.execute("SET LOCAL synchronous_commit TO on")
            yield

    def now(self, local: float) -> float:
        """The time of the server: those of the machines that use it differ."""
        row = self.run("now").fetchone()
        assert row is not None
        return float(row["now"])


class PostgresDatabase:
    """A Postgres database, made or migrated where needed.

    Args:
        url: of the database.

    Raises:
        StoreError: it cannot be reached or used, is not ours, or is of a newer version.
    """

    lanes = LANES
    failure: type[Exception] = psycopg.Error

    def __init__(self, url: str) -> None:
        conninfo, self.name = ready(url)
        self._pool = ConnectionPool(
            conninfo,
            kwargs={"autocommit": True, "row_factory": _rows},
            min_size=1,
            max_size=LANES,
            configure=_configure,
            open=True,
        )

    @contextmanager
    def connection(self) -> Iterator[PostgresConnection]:
        """One of the pool."""
        with self._pool.connection() as connection:
            yield PostgresConnection(connection)

    def refusal(self, error: Exception) -> StoreError:
        """As in `Database`."""
        return refusal(self.name, error)

    def close(self) -> None:
        """As in `Database`."""
        self._pool.close()


def ready(url: str) -> tuple[str, str]:
    """How to connect to a database, made or migrated where needed, and its name.

    Raises:
        StoreError: as `PostgresDatabase` does.
    """
    conninfo, name = settings(url)
    try:
        with psycopg.Connection[Fields].connect(
            conninfo, autocommit=True, row_factory=_rows
        ) as connection:
            set_up(PostgresConnection(connection), name)
    except psycopg.Error as error:
        raise refusal(name, error) from error
    return conninfo, name


def pool_of(conninfo: str) -> Pool:
    """A pool for LangGraph's checkpointer, to be opened and closed by the caller."""
    how = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
    return Pool(conninfo, kwargs=how, min_size=1, max_size=LANES, open=False)


def settings(url: str) -> tuple[str, str]:
    """How to connect to the database of a URL, and its name without a password.

    Raises:
        StoreError: it is no such URL.
    """
    try:
        found: dict[str, Any] = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        # What is wrong with it is told with the password in it.
        raise StoreError(
            "Database postgresql://… is no URL that Postgres understands.",
            remedy="Write postgresql://USER:PASSWORD@HOST:PORT/DATABASE.",
        ) from None
    options = str(found.pop("options", ""))
    if "search_path" not in options:
        options = f"{options} -c search_path={SCHEMA}".strip()
    name = f"postgresql://{found.get('host', '')}/{found.get('dbname', '')}"
    usual = {"connect_timeout": CONNECT_S, "application_name": "surestep"}
    return make_conninfo(**{**usual, **found, "options": options}), name


def refusal(name: str, error: Exception) -> StoreError:
    """The `StoreError` for what Postgres or its driver said about a database."""
    state = (error.sqlstate if isinstance(error, psycopg.Error) else None) or ""
    said = str(error).strip().partition("\n")[0] or type(error).__name__
    fits = (remedy for words, remedy in _REMEDIES if re.match(words, f"{state} {said}"))
    return StoreError(
        f"Database {name!r} cannot be used: {said.rstrip('.')}.", remedy=next(fits, _UNFORESEEN)
    )


class _Truth(Dumper):
    """Truth values as numbers, which is what their columns hold in SQLite."""

    oid = psycopg.adapters.types["int8"].oid

    def dump(self, obj: bool) -> bytes:  # noqa: FBT001 - the driver calls it
        return b"1" if obj else b"0"


def _configure(connection: psycopg.Connection[Fields]) -> None:
    connection.adapters.register_dumper(bool, _Truth)


def _rows(cursor: psycopg.Cursor[Any]) -> RowMaker[Fields]:
    """Rows by name; the place SQLite's rows have too is to sort by, and part of none."""
    names = [column.name for column in cursor.description or ()]

    def made(values: Sequence[Any]) -> dict[str, Any]:
        row = dict(zip(names, values, strict=True))
        row.pop("rowid", None)
        return row

    return made

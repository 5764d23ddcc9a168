"""SQLite files: opened safely, brought up to date, written in transactions."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from surestep.errors import StoreError
from surestep.storage.queries import in_dialect
from surestep.storage.versions import CHECKPOINT_TABLES, VERSION, check_version, foreign, sections

APPLICATION_ID = 0x53555245  # "SURE"; https://sqlite.org/pragma.html#pragma_application_id
BUSY_TIMEOUT_S = 30.0
_LOCKING = re.compile(r"\nFOR UPDATE[^;]*")
STATEMENTS = in_dialect("sqlite.sql", lambda text: _LOCKING.sub("", text))
_REMEDIES = {
    "readonly": "Make the file and its folder writable, or choose another database.",
    "unable to open": "Make its folder writable, or choose another database.",
    "not a database": "Choose another path; this file is left as it is.",
    "malformed": "Restore it from a copy, or choose another database.",
    "locked": f"Another process held it for {BUSY_TIMEOUT_S:g} s; run fewer writers on one file.",
    "full": "Free some space and resume; nothing committed is lost.",
}


def path_of(database: str | Path) -> Path:
    """The file a database setting names.

    Raises:
        StoreError: for `:memory:` or a URL that is none of Postgres, which keep no store.
    """
    text = str(database)
    if "://" in text:
        raise StoreError(
            f"Database {text.split('://', maxsplit=1)[0]}://… is not supported.",
            remedy="Give the path of an SQLite file, such as .surestep/surestep.db, or a URL "
            "that begins with postgresql://.",
        )
    if text.startswith(":memory:") or not text.strip():
        raise StoreError(
            f"Database {text!r} is no file.",
            remedy="Give a path; checkpoints and the journal must outlive the process.",
        )
    return Path(text)


def connect(path: Path) -> sqlite3.Connection:
    """An open connection to our database at `path`, made or migrated where needed.

    The connection is in autocommit mode, in WAL with `synchronous=NORMAL`: a killed process
    loses nothing committed; a power cut may lose the last commits, but never the order.

    Raises:
        StoreError: if the file is no SQLite database, is not ours, is of a newer version, or
            cannot be read and written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
    except (OSError, sqlite3.Error) as error:
        raise refusal(path, error) from error
    try:
        _set_up(connection, path)
    except BaseException as error:
        connection.close()
        if isinstance(error, sqlite3.Error):
            raise refusal(path, error) from error
        raise
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """A write transaction, taken at once so that it cannot fail half-way for want of a lock."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


@contextmanager
def durable(connection: sqlite3.Connection) -> Iterator[None]:
    """A write transaction that is on the disk, past any power cut, when it ends."""
    connection.execute("PRAGMA synchronous = FULL")
    try:
        with transaction(connection):
            yield
    finally:
        connection.execute("PRAGMA synchronous = NORMAL")


def refusal(where: object, error: Exception) -> StoreError:
    """The `StoreError` for what SQLite or the file system said about a database."""
    said = str(error)
    remedy = next((text for word, text in _REMEDIES.items() if word in said), "")
    return StoreError(
        f"Database {str(where)!r} cannot be used: {said}.", remedy=remedy or _REMEDIES["readonly"]
    )


def _set_up(connection: sqlite3.Connection, path: Path) -> None:
    connection.row_factory = sqlite3.Row
    _check(connection, path)
    if _pragma(connection, "journal_mode") != "wal":
        connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    # Taking the write lock once makes a read-only file show here and not in the middle of a run.
    with transaction(connection):
        _migrate(connection)


def _check(connection: sqlite3.Connection, path: Path) -> None:
    tables = {row["name"] for row in connection.execute(STATEMENTS["tables"])}
    owner = _pragma(connection, "application_id")
    if owner not in (0, APPLICATION_ID) or (owner == 0 and tables - CHECKPOINT_TABLES):
        raise foreign(str(path), tables)
    check_version(str(path), _version(connection))


def _migrate(connection: sqlite3.Connection) -> None:
    for section in sections(above=_version(connection)):
        for statement in _split(section):
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def _split(script: str) -> Iterator[str]:
    """The statements of a script; `executescript` would commit the transaction first."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _pragma(connection: sqlite3.Connection, name: str) -> object:
    return connection.execute(f"PRAGMA {name}").fetchone()[0]

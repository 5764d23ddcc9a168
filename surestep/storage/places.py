"""Which dialect a database setting asks for."""

from __future__ import annotations

from pathlib import Path

from surestep.storage.dialect import Database
from surestep.storage.sqlite import path_of
from surestep.storage.sqlite_database import SqliteDatabase


def is_postgres(database: str | Path) -> bool:
    """Whether a database setting is the URL of a Postgres database."""
    return str(database).startswith(("postgresql://", "postgres://"))


def database_at(database: str | Path) -> Database:
    """The open database that a setting names, made or migrated where needed.

    Raises:
        StoreError: it cannot be used.
    """
    return SqliteDatabase(path_of(database))

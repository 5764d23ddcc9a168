"""Which dialect a database setting asks for."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from surestep.errors import StoreError
from surestep.storage.dialect import Database
from surestep.storage.sqlite import path_of
from surestep.storage.sqlite_database import SqliteDatabase

POSTGRES = ("postgresql://", "postgres://")


def is_postgres(database: str | Path) -> bool:
    """Whether a database setting is the URL of a Postgres database.

    Raises:
        StoreError: it is, and what connects to one is not installed.
    """
    if not str(database).startswith(POSTGRES):
        return False
    for name in ("psycopg", "psycopg_pool"):
        if find_spec(name) is None:
            raise StoreError(
                f"Database postgresql://… needs package {name!r}, which is not installed.",
                remedy="pip install 'surestep[postgres]'",
            )
    return True


def shown(database: str | Path) -> str:
    """A database setting as messages may repeat it: a URL without its password."""
    scheme, apart, rest = str(database).partition("://")
    if not apart:
        return scheme
    place = urlsplit(f"//{rest}")
    user = f"{place.username}@" if place.username else ""
    options = [part for part in place.query.split("&") if not part.startswith("password=")]
    rest = "&".join(options)
    return f"{scheme}://{user}{place.netloc.rpartition('@')[2]}{place.path}" + (rest and f"?{rest}")


def database_at(database: str | Path) -> Database:
    """The open database that a setting names, made or migrated where needed.

    Raises:
        StoreError: it cannot be used.
    """
    if is_postgres(database):
        # Only who uses Postgres pays for loading its driver.
        from surestep.storage.postgres import PostgresDatabase  # noqa: PLC0415

        return PostgresDatabase(str(database))
    return SqliteDatabase(path_of(database))

"""Versions of the schema, and databases that are not ours to bring up to date."""

from __future__ import annotations

from collections.abc import Collection

from surestep.errors import StoreError
from surestep.storage.queries import statements

VERSION = len(statements("schema.sql"))
"""The newest version of the schema this surestep knows."""

CHECKPOINT_TABLES = frozenset(
    {"checkpoints", "writes", "checkpoint_blobs", "checkpoint_migrations", "checkpoint_writes"}
)
"""LangGraph's own tables, which may be there before ours."""


def sections(*, above: int) -> tuple[str, ...]:
    """The sections of the schema above a version, in order, as SQLite spells them."""
    return tuple(statements("schema.sql").values())[above:]


def foreign(name: str, tables: Collection[str]) -> StoreError:
    """What to tell of a database in which another program keeps its tables."""
    return StoreError(
        f"Database {name!r} belongs to another program (tables: {', '.join(sorted(tables)[:5])}).",
        remedy="Choose another one; this one is left as it is.",
    )


def check_version(name: str, version: int) -> None:
    """Nothing, if this surestep knows the version.

    Raises:
        StoreError: it is newer.
    """
    if version > VERSION:
        raise StoreError(
            f"Database {name!r} is of schema version {version}, newer than {VERSION}, "
            "the newest this surestep knows.",
            remedy="Upgrade surestep, or choose another database.",
        )

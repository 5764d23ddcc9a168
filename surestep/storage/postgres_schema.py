"""A Postgres database made ready for the store, whoever comes first."""

from __future__ import annotations

from typing import Protocol

from surestep.errors import StoreError
from surestep.storage.dialect import Connection
from surestep.storage.postgres_words import section
from surestep.storage.versions import CHECKPOINT_TABLES, VERSION, check_version, foreign, sections


class Scripted(Connection, Protocol):
    """A connection that also runs scripts."""

    def script(self, text: str) -> None:
        """Run a text of several statements."""


def set_up(connection: Scripted, name: str) -> None:
    """Make or migrate our tables, in one transaction that others wait for.

    Raises:
        StoreError: the database is not ours, is of a newer version, or lacks characters.
    """
    encoding = _value(connection, "encoding")
    if encoding != "UTF8":
        raise StoreError(
            f"Database {name!r} is encoded in {encoding}, which lacks characters.",
            remedy="Create it with createdb --encoding=UTF8 --template=template0.",
        )
    with connection.transaction():
        connection.run("lock_schema")
        connection.run("make_schema")
        tables = {str(row["name"]) for row in connection.run("tables")}
        if "schema_version" not in tables:
            if tables - CHECKPOINT_TABLES:
                raise foreign(name, tables)
            connection.run("make")
        version = _value(connection, "version")
        assert isinstance(version, int)
        check_version(name, version)
        for text in sections(above=version):
            connection.script(section(text))
        if version == 0:
            connection.run("count_rows")
        connection.run("set_version", {"version": VERSION})


def _value(connection: Connection, name: str) -> object:
    row = connection.run(name).fetchone()
    assert row is not None
    return row["value"]

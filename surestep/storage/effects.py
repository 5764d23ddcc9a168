"""The journal of irreversible effects in SQLite: on the disk before anything happens."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from surestep.errors import StoreError
from surestep.storage.encode import columns, from_json, to_json
from surestep.storage.rows import EffectRow
from surestep.storage.sqlite import durable, sql


def begin(connection: sqlite3.Connection, row: EffectRow) -> EffectRow:
    """The row as found under its key, `fresh` if it was written just now."""
    values = columns(row) | {"intent": to_json(row.intent)}
    with durable(connection):
        fresh = connection.execute(sql("begin_effect"), values).rowcount == 1
        found = connection.execute(sql("effect"), {"key": row.key}).fetchone()
    return _effect(found, fresh=fresh)


def finish(
    connection: sqlite3.Connection, key: str, result: Mapping[str, object], at: float
) -> None:
    """Journal the result; the first one stays if there are two.

    Raises:
        StoreError: if no such effect was begun.
    """
    values = {"key": key, "result": to_json(result), "done_at": at}
    with durable(connection):
        changed = connection.execute(sql("finish_effect"), values).rowcount
    if not changed and one(connection, key) is None:
        raise StoreError(
            f"Effect {key!r} was never begun.", remedy="Call begin_effect before the effect."
        )


def one(connection: sqlite3.Connection, key: str) -> EffectRow | None:
    """The row under that key, if there is one."""
    row = connection.execute(sql("effect"), {"key": key}).fetchone()
    return None if row is None else _effect(row, fresh=False)


def _effect(row: sqlite3.Row, *, fresh: bool) -> EffectRow:
    result = None if row["result"] is None else from_json(row["result"])
    values = {**dict(row), "intent": from_json(row["intent"]), "result": result}
    return EffectRow(**values, fresh=fresh)

"""Rows of threads in SQLite."""

from __future__ import annotations

import sqlite3

from surestep.storage.encode import columns, from_json, to_json
from surestep.storage.rows import ThreadRow
from surestep.storage.sqlite import sql, transaction


def save(connection: sqlite3.Connection, row: ThreadRow) -> None:
    """Insert the row, or merge it into the one that is there."""
    values = columns(row) | {"slo": None if row.slo is None else to_json(row.slo)}
    with transaction(connection):
        connection.execute(sql("save_thread"), values)


def one(connection: sqlite3.Connection, thread_id: str) -> ThreadRow | None:
    """The row of a thread, if there is one."""
    row = connection.execute(sql("thread"), {"thread_id": thread_id}).fetchone()
    return None if row is None else _thread(row)


def newest(connection: sqlite3.Connection, status: str | None, limit: int) -> tuple[ThreadRow, ...]:
    """The threads created last, newest first."""
    rows = connection.execute(sql("threads"), {"status": status, "limit": limit})
    return tuple(_thread(row) for row in rows)


def _thread(row: sqlite3.Row) -> ThreadRow:
    slo = None if row["slo"] is None else from_json(row["slo"])
    return ThreadRow(**{**dict(row), "slo": slo})

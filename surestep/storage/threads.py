"""Rows of threads."""

from __future__ import annotations

from surestep.storage.dialect import Connection, Row
from surestep.storage.encode import columns, from_json, to_json
from surestep.storage.rows import ThreadRow


def save(connection: Connection, row: ThreadRow) -> None:
    """Insert the row, or merge it into the one that is there."""
    values = columns(row) | {"slo": None if row.slo is None else to_json(row.slo)}
    with connection.transaction():
        connection.run("save_thread", values)


def one(connection: Connection, thread_id: str) -> ThreadRow | None:
    """The row of a thread, if there is one."""
    row = connection.run("thread", {"thread_id": thread_id}).fetchone()
    return None if row is None else _thread(row)


def newest(connection: Connection, status: str | None, limit: int) -> tuple[ThreadRow, ...]:
    """The threads created last, newest first."""
    rows = connection.run("threads", {"status": status, "limit": limit})
    return tuple(_thread(row) for row in rows)


def _thread(row: Row) -> ThreadRow:
    slo = None if row["slo"] is None else from_json(row["slo"])
    return ThreadRow(**{**dict(row), "slo": slo})

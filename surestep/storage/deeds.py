"""The journal of reversible effects in SQLite: each change is on the disk before the next."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable

from surestep.storage.encode import columns
from surestep.storage.rows import Deed, DeedStatus, Loss
from surestep.storage.sqlite import durable, sql


def begin(connection: sqlite3.Connection, deed: Deed) -> None:
    """Journal that an effect is about to happen, in the place of what its key stood for."""
    with durable(connection):
        connection.execute(sql("begin_deed"), columns(deed))


def finish(connection: sqlite3.Connection, key: str, result: bytes) -> None:
    """Journal what an effect came to, and its place in the order in which they ended."""
    with durable(connection):
        connection.execute(sql("finish_deed"), {"key": key, "result": result})


def mark(connection: sqlite3.Connection, key: str, status: DeedStatus) -> None:
    """Journal what is becoming of an effect."""
    with durable(connection):
        connection.execute(sql("mark_deed"), {"key": key, "status": status})


def move(connection: sqlite3.Connection, key: str, superstep: int, checkpoint_id: str) -> None:
    """Have an effect that was kept belong to the superstep that has come to it again."""
    values = {"key": key, "superstep": superstep, "checkpoint_id": checkpoint_id}
    with durable(connection):
        connection.execute(sql("move_deed"), values)


def one(connection: sqlite3.Connection, key: str) -> Deed | None:
    """The row under that key, if there is one."""
    row = connection.execute(sql("deed"), {"key": key}).fetchone()
    return None if row is None else _deed(row)


def standing(
    connection: sqlite3.Connection, thread_id: str, run: int, since: int
) -> tuple[Deed, ...]:
    """A run's effects from a superstep on that are not undone, the last to end first."""
    values = {"thread_id": thread_id, "run": run, "since": since}
    return tuple(_deed(row) for row in connection.execute(sql("deeds"), values))


def lose(connection: sqlite3.Connection, losses: Iterable[Loss], kept: Collection[str]) -> None:
    """Journal outputs that are refused for good, and effects beside them that stand."""
    with durable(connection):
        for loss in losses:
            connection.execute(sql("add_loss"), columns(loss))
        for key in kept:
            connection.execute(sql("keep_deed"), {"key": key})


def loss(
    connection: sqlite3.Connection, thread_id: str, token: str, checkpoint_id: str
) -> bytes | None:
    """What is kept of an output that was refused for good."""
    values = {"thread_id": thread_id, "token": token, "checkpoint_id": checkpoint_id}
    row = connection.execute(sql("loss"), values).fetchone()
    return None if row is None else bytes(row["entry"])


def _deed(row: sqlite3.Row) -> Deed:
    values = {name: value for name, value in dict(row).items() if name != "place"}
    return Deed(**{**values, "kept": bool(row["kept"])})

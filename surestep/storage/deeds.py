"""The journal of reversible effects: each change is on the disk before the next."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from surestep.storage.dialect import Connection, Row
from surestep.storage.encode import columns
from surestep.storage.rows import Deed, DeedStatus, Loss


def begin(connection: Connection, deed: Deed) -> None:
    """Journal that an effect is about to happen, in the place of what its key stood for."""
    with connection.durable():
        connection.run("begin_deed", columns(deed))


def finish(connection: Connection, key: str, result: bytes) -> None:
    """Journal what an effect came to, and its place in the order in which they ended."""
    with connection.durable():
        connection.run("finish_deed", {"key": key, "result": result})


def mark(connection: Connection, key: str, status: DeedStatus) -> None:
    """Journal what is becoming of an effect."""
    with connection.durable():
        connection.run("mark_deed", {"key": key, "status": status})


def move(connection: Connection, key: str, superstep: int, checkpoint_id: str) -> None:
    """Have an effect that was kept belong to the superstep that has come to it again."""
    values = {"key": key, "superstep": superstep, "checkpoint_id": checkpoint_id}
    with connection.durable():
        connection.run("move_deed", values)


def one(connection: Connection, key: str) -> Deed | None:
    """The row under that key, if there is one."""
    row = connection.run("deed", {"key": key}).fetchone()
    return None if row is None else _deed(row)


def standing(connection: Connection, thread_id: str, run: int, since: int) -> tuple[Deed, ...]:
    """A run's effects from a superstep on that are not undone, the last to end first."""
    values = {"thread_id": thread_id, "run": run, "since": since}
    return tuple(_deed(row) for row in connection.run("deeds", values))


def lose(connection: Connection, losses: Iterable[Loss], kept: Collection[str]) -> None:
    """Journal outputs that are refused for good, and effects beside them that stand."""
    with connection.durable():
        for loss in losses:
            connection.run("add_loss", columns(loss))
        for key in kept:
            connection.run("keep_deed", {"key": key})


def loss(connection: Connection, thread_id: str, token: str, checkpoint_id: str) -> bytes | None:
    """What is kept of an output that was refused for good."""
    values = {"thread_id": thread_id, "token": token, "checkpoint_id": checkpoint_id}
    row = connection.run("loss", values).fetchone()
    return None if row is None else bytes(row["entry"])


def _deed(row: Row) -> Deed:
    values = {name: value for name, value in dict(row).items() if name != "place"}
    return Deed(**{**values, "kept": bool(row["kept"])})

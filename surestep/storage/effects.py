"""The journal of irreversible effects: on the disk before anything happens."""

from __future__ import annotations

from collections.abc import Mapping

from surestep.errors import StoreError
from surestep.storage.dialect import Connection, Row
from surestep.storage.encode import columns, from_json, to_json
from surestep.storage.rows import EffectRow


def begin(connection: Connection, row: EffectRow) -> EffectRow:
    """The row as found under its key, `fresh` if it was written just now."""
    values = columns(row) | {"intent": to_json(row.intent)}
    with connection.durable():
        fresh = connection.run("begin_effect", values).rowcount == 1
        found = connection.run("effect", {"key": row.key}).fetchone()
    assert found is not None
    return _effect(found, fresh=fresh)


def finish(connection: Connection, key: str, result: Mapping[str, object], at: float) -> None:
    """Journal the result; the first one stays if there are two.

    Raises:
        StoreError: if no such effect was begun.
    """
    values = {"key": key, "result": to_json(result), "done_at": at}
    with connection.durable():
        changed = connection.run("finish_effect", values).rowcount
    if not changed and one(connection, key) is None:
        raise StoreError(
            f"Effect {key!r} was never begun.", remedy="Call begin_effect before the effect."
        )


def one(connection: Connection, key: str) -> EffectRow | None:
    """The row under that key, if there is one."""
    row = connection.run("effect", {"key": key}).fetchone()
    return None if row is None else _effect(row, fresh=False)


def _effect(row: Row, *, fresh: bool) -> EffectRow:
    result = None if row["result"] is None else from_json(row["result"])
    values = {**dict(row), "intent": from_json(row["intent"]), "result": result}
    return EffectRow(**values, fresh=fresh)

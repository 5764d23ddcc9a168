"""A SQLite file that another process holds."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from surestep.storage import Event, Store
from surestep.testing import run
from tests.storage.test_processes import numbers


def test_an_event_that_cannot_be_written_waits_for_the_next_flush(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failed commit is reported by `flush` and made good by a later one, in order."""
    monkeypatch.setattr("surestep.storage.sqlite.BUSY_TIMEOUT_S", 0.0)
    store = Store.open(tmp_path / "a.db")
    other = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    for number in range(3):
        store.emit(Event(thread_id="t", kind="attempt", at=0.0, data={"n": number}))
    with pytest.raises(Exception, match="locked"):
        run(store.flush())
    other.execute("COMMIT")
    other.close()
    run(store.flush())
    store.close()
    assert numbers(tmp_path / "a.db", "t") == [0, 1, 2]

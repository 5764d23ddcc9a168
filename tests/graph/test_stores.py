"""One open store per database."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from surestep.graph.stores import close_stores, opened_store, store_at
from surestep.storage import Store


@pytest.fixture(autouse=True)
def _closed():
    yield
    close_stores()


def test_a_store_is_opened_off_the_event_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server's loop must not wait for a disk."""
    opened_in = []
    opening = Store.open
    monkeypatch.setattr(
        Store,
        "open",
        lambda *a, **k: (opened_in.append(threading.get_ident()), opening(*a, **k))[1],
    )
    asyncio.run(opened_store(str(tmp_path / "runs.db")))
    assert threading.get_ident() not in opened_in
    assert opened_in


def test_runs_that_start_at_once_share_one_store(tmp_path: Path) -> None:
    """However the threads that open it race."""
    database = str(tmp_path / "runs.db")

    async def several():
        return await asyncio.gather(*(opened_store(database) for _ in range(8)))

    assert len({id(store) for store in asyncio.run(several())}) == 1


def test_a_closed_store_is_opened_again(tmp_path: Path) -> None:
    """By whoever needs it next."""
    first = store_at(str(tmp_path / "runs.db"))
    close_stores()
    assert store_at(str(tmp_path / "runs.db")) is not first


def test_no_database_is_no_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless the environment names one."""
    monkeypatch.delenv("SURESTEP_DB", raising=False)
    assert asyncio.run(opened_store(None)) is None

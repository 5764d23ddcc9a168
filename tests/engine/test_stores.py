"""Databases: opened once, off the event loop, and shared by the runs of a process."""

import asyncio
import threading

from surestep.graph.stores import close_stores, opened_store, store_at
from surestep.storage import Store
from surestep.testing import run
from tests.engine.helpers import says, start, step


def test_a_database_is_opened_off_the_event_loop(database, monkeypatch):
    """Opening blocks on the disk, so another thread does it."""
    threads, plain = [], Store.open

    def noted(*given, **options):
        threads.append(threading.current_thread())
        return plain(*given, **options)

    monkeypatch.setattr(Store, "open", noted)
    run(start(step(says(n=1), database=database)))

    assert len(threads) == 1
    assert threads[0] is not threading.main_thread()


def test_runs_that_start_together_share_one_store(database):
    """Nobody opens it a second time."""

    async def main():
        return await asyncio.gather(*[opened_store(database) for _ in range(20)])

    assert len(set(map(id, run(main())))) == 1


def test_a_closed_store_is_opened_anew(database):
    """For tests, and for processes that fork."""
    first = store_at(database)
    close_stores()

    assert first.closed
    assert not store_at(database).closed


def test_without_a_database_there_is_no_store(monkeypatch):
    """Unless the environment names one."""
    monkeypatch.delenv("SURESTEP_DB", raising=False)
    assert run(opened_store(None)) is None
    assert store_at(None) is None


def test_the_environment_may_name_the_database(database, monkeypatch):
    """For servers that run apps they did not compile."""
    monkeypatch.setenv("SURESTEP_DB", database)
    assert run(opened_store(None)) is store_at(database)

"""Several processes on one file, and processes that are killed."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from surestep.storage import Event, Store
from surestep.testing import run

WRITER = """
import asyncio, sys
from surestep.storage import Event, Store
store = Store.open(sys.argv[1])
async def main():
    for number in range(200):
        store.emit(Event(thread_id=sys.argv[2], kind="attempt", at=0.0, data={"n": number}))
        key = f"{sys.argv[2]}-{number}"
        await store.begin_effect(key, thread_id="t", step="s", visit=1, intent={})
    await store.aclose()
asyncio.run(main())
"""

VICTIM = """
import asyncio, itertools, sys, time
from surestep.storage import Event, Store
store = Store.open(sys.argv[1])
async def main():
    for number in itertools.count():
        store.emit(Event(thread_id="t", kind="attempt", at=time.time(), data={"n": number}))
        await store.begin_effect(str(number), thread_id="t", step="s", visit=1, intent={})
        print(number, flush=True)
asyncio.run(main())
"""

IDLE_VICTIM = """
import sys, time
from surestep.storage import Event, Store
store = Store.open(sys.argv[1])
store.emit(Event(thread_id="t", kind="attempt", at=0.0, data={"n": 0}))
time.sleep(0.1)
print("emitted", flush=True)
time.sleep(60)
"""

CARELESS = """
import sys
from surestep.storage import Event, Store
store = Store.open(sys.argv[1])
for number in range(50):
    store.emit(Event(thread_id="t", kind="attempt", at=0.0, data={"n": number}))
"""


def started(script: str, *arguments: object) -> subprocess.Popen[str]:
    """A Python process that runs a script."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def numbers(path: Path, thread_id: str) -> list[object]:
    """What the events of a thread count, read from a store opened for it."""
    store = Store.open(path)
    try:
        return [event.data["n"] for event in run(store.events(thread_id))]
    finally:
        store.close()


def test_two_processes_write_one_file_without_losing_anything(tmp_path: Path) -> None:
    """Both make the file at once, and each waits for the other's lock."""
    path = tmp_path / "a.db"
    writers = [started(WRITER, path, name) for name in ("one", "two")]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0]
    for writer in writers:
        writer.communicate()
    assert numbers(path, "one") == list(range(200))
    assert numbers(path, "two") == list(range(200))


def test_a_killed_process_loses_no_effect_it_was_told_of(tmp_path: Path) -> None:
    """Every effect that was announced is in the journal, and the file is sound."""
    path = tmp_path / "a.db"
    with started(VICTIM, path) as victim:
        assert victim.stdout is not None
        for _ in range(50):
            victim.stdout.readline()
        victim.send_signal(signal.SIGKILL)
        announced = 50 + len(victim.stdout.read().split())
    connection = sqlite3.connect(path)
    begun = connection.execute("SELECT count(*) FROM effects").fetchone()[0]
    sound = connection.execute("PRAGMA integrity_check").fetchone()[0]
    connection.close()
    assert sound == "ok"
    assert begun >= announced
    # The thread writes in order, so the events before an effect are there when it is.
    assert numbers(path, "t")[:announced] == list(range(announced))


def test_a_killed_process_loses_no_event_it_had_time_to_write(tmp_path: Path) -> None:
    """Nobody has to flush for an event to be kept."""
    with started(IDLE_VICTIM, tmp_path / "a.db") as victim:
        assert victim.stdout is not None
        victim.stdout.readline()
        victim.send_signal(signal.SIGKILL)
    assert numbers(tmp_path / "a.db", "t") == [0]


def test_a_process_that_ends_without_closing_loses_no_event(tmp_path: Path) -> None:
    """The interpreter waits for the writer when it exits."""
    with started(CARELESS, tmp_path / "a.db") as careless:
        assert careless.wait(timeout=60) == 0
    assert numbers(tmp_path / "a.db", "t") == list(range(50))


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


def test_a_store_serves_several_threads_and_loops(tmp_path: Path) -> None:
    """Every event of every thread arrives once."""
    store = Store.open(tmp_path / "a.db")

    def emit(worker: int) -> None:
        for number in range(100):
            store.emit(Event(thread_id=f"t{worker}", kind="attempt", at=0.0, data={"n": number}))

    async def main() -> None:
        await asyncio.gather(*(asyncio.to_thread(emit, worker) for worker in range(4)))

    run(main())
    run(store.flush())
    store.close()
    for worker in range(4):
        assert numbers(tmp_path / "a.db", f"t{worker}") == list(range(100))

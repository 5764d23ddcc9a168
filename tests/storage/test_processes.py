"""Several processes on one database, and processes that are killed."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys

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


def numbers(place: str, thread_id: str) -> list[object]:
    """What the events of a thread count, read from a store opened for it."""
    store = Store.open(place)
    try:
        return [event.data["n"] for event in run(store.events(thread_id))]
    finally:
        store.close()


def begun(place: str, announced: int) -> bool:
    """Whether the journal has so many effects."""
    store = Store.open(place)

    async def journal() -> list[object]:
        return [await store.effect(str(number)) for number in range(announced)]

    try:
        return None not in run(journal())
    finally:
        store.close()


def sound(place: str) -> bool:
    """Whether an SQLite file is whole; a server sees to that itself."""
    if "://" in place:
        return True
    connection = sqlite3.connect(place)
    said = connection.execute("PRAGMA integrity_check").fetchone()[0]
    connection.close()
    return bool(said == "ok")


def test_two_processes_write_one_database_without_losing_anything(place: str) -> None:
    """Both make it at once, and each waits for the other."""
    writers = [started(WRITER, place, name) for name in ("one", "two")]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0]
    for writer in writers:
        writer.communicate()
    assert numbers(place, "one") == list(range(200))
    assert numbers(place, "two") == list(range(200))


def test_a_killed_process_loses_no_effect_it_was_told_of(place: str) -> None:
    """Every effect that was announced is in the journal, and the database is sound."""
    with started(VICTIM, place) as victim:
        assert victim.stdout is not None
        for _ in range(50):
            victim.stdout.readline()
        victim.send_signal(signal.SIGKILL)
        announced = 50 + len(victim.stdout.read().split())
    assert sound(place)
    assert begun(place, announced)
    # Events go first, so those before an effect are there when it is.
    assert numbers(place, "t")[:announced] == list(range(announced))


def test_a_killed_process_loses_no_event_it_had_time_to_write(place: str) -> None:
    """Nobody has to flush for an event to be kept."""
    with started(IDLE_VICTIM, place) as victim:
        assert victim.stdout is not None
        victim.stdout.readline()
        victim.send_signal(signal.SIGKILL)
    assert numbers(place, "t") == [0]


def test_a_process_that_ends_without_closing_loses_no_event(place: str) -> None:
    """The interpreter waits for the writer when it exits."""
    with started(CARELESS, place) as careless:
        assert careless.wait(timeout=60) == 0
    assert numbers(place, "t") == list(range(50))


def test_a_store_serves_several_threads_and_loops(place: str) -> None:
    """Every event of every thread arrives once."""
    store = Store.open(place)

    def emit(worker: int) -> None:
        for number in range(100):
            store.emit(Event(thread_id=f"t{worker}", kind="attempt", at=0.0, data={"n": number}))

    async def main() -> None:
        await asyncio.gather(*(asyncio.to_thread(emit, worker) for worker in range(4)))

    run(main())
    run(store.flush())
    store.close()
    for worker in range(4):
        assert numbers(place, f"t{worker}") == list(range(100))

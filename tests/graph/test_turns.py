"""Two runs of one thread at once: one goes on, the other is told who does."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypedDict

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START

from surestep import VerifiedGraph, session
from surestep.errors import ThreadBusy
from surestep.graph.running import BEAT_S, LEASE_S
from surestep.graph.stores import close_stores
from surestep.storage import Store, checkpointer
from surestep.storage.processes import Process
from surestep.testing import run


class State(TypedDict):
    """What was done."""

    log: list[str]


CONFIG = {"configurable": {"thread_id": "t"}}
SLOW = """
import asyncio, sys
sys.path.insert(0, sys.argv[2])
from tests.graph.test_turns import resumed, until_told
print(asyncio.run(resumed(sys.argv[1], wait_s=0.0, work=until_told)), flush=True)
"""


async def until_told() -> None:
    """Say that work goes on, and work until a line comes in."""
    sys.stdout.write("at work\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.readline)


def slow(database: str, saver: object, work: float | Callable[[], Awaitable[None]]) -> object:
    """An app of one step that takes so many seconds, or does this work, over a database."""

    async def worked(state: State) -> dict[str, object]:
        await (asyncio.sleep(work) if isinstance(work, float) else work())
        return {"log": ["done"]}

    graph = VerifiedGraph(State)
    graph.add_step("work", worked)
    graph.add_edge(START, "work")
    return graph.compile(saver, database=database)


async def resumed(
    database: str, *, wait_s: float, work: float | Callable[[], Awaitable[None]] = 0.0
) -> str:
    """What starting or going on with thread `t` comes to."""
    async with checkpointer(database) as saver:
        app = slow(database, saver, work)
        known = (await app.aget_state(CONFIG)).created_at is not None
        given = None if known else {"log": []}
        try:
            await app.ainvoke(given, CONFIG, context=session(wait_s=wait_s))
        except ThreadBusy as busy:
            return f"busy: {busy}"
        return "went on"


@pytest.fixture(autouse=True)
def _closed() -> object:
    """No store outlives its test."""
    yield
    close_stores()


def process(database: str) -> subprocess.Popen[str]:
    """A process that goes on with thread `t`, and works until it is told to end."""
    root = str(Path(__file__).parents[2])
    command = [sys.executable, "-c", SLOW, database, root]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)


def test_of_two_tasks_that_go_on_with_a_thread_one_does(tmp_path: Path) -> None:
    """The other is told which process has it and since when, and nothing of it runs."""

    async def both() -> list[object]:
        app = slow(str(tmp_path / "a.db"), InMemorySaver(), 5.0)
        runs = [app.ainvoke({"log": []}, CONFIG) for _ in range(2)]
        return await asyncio.gather(*runs, return_exceptions=True)

    done, told = sorted(run(both()), key=lambda one: isinstance(one, ThreadBusy))
    assert done == {"log": ["done"]}
    assert isinstance(told, ThreadBusy)
    assert told.thread_id == "t"
    assert f"process {os.getpid()} on" in told.holder
    assert "since 2023-11-14 22:13:20 UTC" in str(told)


def test_whoever_waits_goes_on_when_the_other_is_done(tmp_path: Path) -> None:
    """One after the other, both to their end."""

    async def both() -> list[object]:
        app = slow(str(tmp_path / "a.db"), InMemorySaver(), 5.0)
        # Which of them comes first is left to the threads that open the store.
        patient = [session(wait_s=6.0) for _ in range(2)]
        runs = [app.ainvoke({"log": []}, CONFIG, context=one) for one in patient]
        return await asyncio.gather(*runs)

    assert run(both()) == [{"log": ["done"]}] * 2


def test_threads_do_not_wait_for_each_other(tmp_path: Path) -> None:
    """Only runs of one thread take turns."""

    async def both() -> list[object]:
        app = slow(str(tmp_path / "a.db"), InMemorySaver(), 5.0)
        runs = [
            app.ainvoke({"log": []}, {"configurable": {"thread_id": name}}) for name in ("a", "b")
        ]
        return await asyncio.gather(*runs)

    assert run(both()) == [{"log": ["done"]}] * 2


def test_a_run_that_takes_long_keeps_its_thread(tmp_path: Path) -> None:
    """It gives signs of life, past its first lease."""

    async def both() -> object:
        app = slow(str(tmp_path / "a.db"), InMemorySaver(), 10 * LEASE_S)
        first = asyncio.create_task(app.ainvoke({"log": []}, CONFIG))
        await asyncio.sleep(9 * LEASE_S)
        with pytest.raises(ThreadBusy):
            await app.ainvoke(None, CONFIG)
        return await first

    assert run(both()) == {"log": ["done"]}


def test_a_run_that_failed_leaves_its_thread(tmp_path: Path) -> None:
    """It can be gone on with at once."""
    place = str(tmp_path / "a.db")

    async def scene() -> object:
        app = slow(place, InMemorySaver(), 5.0)
        first = asyncio.create_task(app.ainvoke({"log": []}, CONFIG))
        await asyncio.sleep(1.0)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        return await app.ainvoke(None, CONFIG)

    assert run(scene()) == {"log": ["done"]}


def test_a_run_whose_thread_was_taken_over_stops_and_writes_nothing(tmp_path: Path) -> None:
    """As after its machine has slept for longer than its lease."""
    place = str(tmp_path / "a.db")

    async def scene() -> object:
        saver = InMemorySaver()
        app, store = slow(place, saver, BEAT_S - 1.0), Store.open(place)
        first = asyncio.create_task(app.ainvoke({"log": []}, CONFIG))
        await asyncio.sleep(1.0)
        mine = await store.runners.of("t")
        await store.runners.leave("t", mine.token)
        await store.runners.take("t", LEASE_S)
        asyncio.get_running_loop()._idle.now_s += LEASE_S
        with pytest.raises(ThreadBusy, match="is run by process"):
            await first
        row = await store.thread("t")
        store.close()
        return row.status, (await app.aget_state(CONFIG)).values

    assert run(scene()) == ("running", {"log": []})


def test_the_turn_of_another_machine_ends_with_its_lease(tmp_path: Path, monkeypatch) -> None:
    """Nobody here can tell whether its process is gone."""

    async def scene() -> object:
        store = Store.open(tmp_path / "a.db")
        with monkeypatch.context() as there:
            far = Process(host="far", machine="far", pid=1, started="1")
            there.setattr(Process, "this", classmethod(lambda cls: far))
            await store.runners.take("t", LEASE_S)
        with pytest.raises(ThreadBusy, match="process 1 on far"):
            await store.runners.take("t", LEASE_S)
        await asyncio.sleep(LEASE_S)
        await store.runners.take("t", LEASE_S)
        store.close()

    run(scene())


def test_of_two_processes_one_goes_on_and_the_other_is_told_or_waits(place: str) -> None:
    """On every database."""
    with process(place) as first:
        assert first.stdout.readline() == "at work\n"
        told = asyncio.run(resumed(place, wait_s=0.0))
        assert told.startswith(f"busy: Thread 't' is run by process {first.pid} on")
        first.stdin.write("\n")
        first.stdin.flush()
        assert asyncio.run(resumed(place, wait_s=60.0)) == "went on"
        assert first.communicate()[0] == "went on\n"


def test_what_a_killed_process_ran_can_be_gone_on_with_at_once(place: str) -> None:
    """No lease has to run out first, where it is known to be gone."""
    with process(place) as first:
        assert first.stdout.readline() == "at work\n"
        first.send_signal(signal.SIGKILL)
        first.wait()
        assert asyncio.run(resumed(place, wait_s=0.0)) == "went on"


def test_a_killed_process_is_gone_before_anybody_has_asked_how_it_ended() -> None:
    """A process that has ended holds nothing, though it still has its number."""
    with subprocess.Popen(["sleep", "60"]) as child:
        there = Process.this()
        stat = Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()
        other = Process(host="", machine=there.machine, pid=child.pid, started=stat[19])
        assert not other.is_gone()
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert other.is_gone()
    assert not there.is_gone()

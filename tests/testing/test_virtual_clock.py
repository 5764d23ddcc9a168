"""The event loop whose time jumps."""

import asyncio
import threading
import time
from typing import TypedDict

import aiosqlite
import pytest
from hypothesis import given
from hypothesis import strategies as st
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph

from surestep.clock import now_s, wall_s
from surestep.testing import Deadlock, VirtualLoop, run
from surestep.testing.clock import WALL_START_S


def test_a_long_sleep_takes_no_real_time():
    """An hour passes on the loop's clock, not on the machine's."""
    began = time.monotonic()

    async def nap():
        await asyncio.sleep(3600)
        return now_s()

    assert run(nap()) == 3600
    assert time.monotonic() - began < 60


@given(st.lists(st.floats(min_value=0, max_value=1e6), min_size=1, max_size=8))
def test_timers_fire_in_order_and_on_time(delays_s):
    """Whatever the delays, each timer fires at its own time."""

    async def fire():
        async def nap(delay_s):
            await asyncio.sleep(delay_s)
            fired.append((delay_s, now_s()))

        fired = []
        await asyncio.gather(*map(nap, delays_s))
        return fired

    fired = run(fire())

    assert [due for due, _ in fired] == sorted(delays_s)
    assert all(at == pytest.approx(due, abs=1e-6) for due, at in fired)


def test_wall_time_follows_the_virtual_time():
    """The time of day starts at a fixed moment and moves with the loop."""

    async def later():
        await asyncio.sleep(5)
        return wall_s()

    assert run(later()) == WALL_START_S + 5


def test_a_run_can_start_at_any_time_of_day():
    """What happens next week can be tested today."""

    async def today():
        return wall_s()

    assert run(today(), wall_start_s=1e9) == 1e9


def test_a_thread_takes_no_virtual_time():
    """A time-out does not strike while a thread works for the loop."""
    go = threading.Event()

    async def work():
        loop = asyncio.get_running_loop()
        job = loop.run_in_executor(None, go.wait)
        asyncio.get_running_loop().call_soon(go.set)
        async with asyncio.timeout(1):
            return await job, now_s()

    assert run(work()) == (True, 0.0)


def test_a_thread_may_wait_for_something_on_the_loop():
    """Where the loop does not wait for threads, its time goes on while one of them waits."""

    async def block():
        loop = asyncio.get_running_loop()
        go = threading.Event()
        loop.call_later(0.2, go.set)
        assert await asyncio.to_thread(go.wait, 30.0)
        return loop.time()

    assert run(block(), waits_for_threads=False) == pytest.approx(0.2)


def test_to_thread_keeps_its_context_and_result():
    """`asyncio.to_thread` works as on any loop."""

    async def work():
        return await asyncio.to_thread(sum, [1, 2, 3])

    assert run(work()) == 6


def test_a_database_thread_takes_no_virtual_time():
    """Statements of the SQLite driver finish before a pending timer fires."""

    async def work():
        async with asyncio.timeout(1), aiosqlite.connect(":memory:") as db:
            rows = [row async for row in await db.execute("select 1")]
        return rows, now_s()

    assert run(work()) == ([(1,)], 0.0)


def test_marked_outside_work_holds_the_time():
    """A thread nobody knows of holds the time while it is marked."""
    go = threading.Event()

    async def work():
        loop = asyncio.get_running_loop()
        done = asyncio.Event()

        def thread():
            go.wait()
            loop.call_soon_threadsafe(done.set)

        worker = threading.Thread(target=thread)
        worker.start()
        loop.call_soon(go.set)
        with loop.outside_work():
            await asyncio.wait_for(done.wait(), 1)
        worker.join()
        return now_s()

    assert run(work()) == 0.0


def test_timeouts_and_groups_work():
    """`wait_for` cancels at its time, and a group waits for its slowest task."""

    async def work():
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.sleep(100), 3)
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.sleep(4))
            group.create_task(asyncio.sleep(7))
        return now_s()

    assert run(work()) == 10


def test_a_deadlock_is_an_error_and_names_the_task():
    """A loop on which nothing can happen any more does not hang."""

    async def wait():
        asyncio.current_task().set_name("stuck")
        await asyncio.Event().wait()

    with (
        asyncio.Runner(loop_factory=lambda: VirtualLoop(patience_s=0.0)) as runner,
        pytest.raises(Deadlock, match="stuck"),
    ):
        runner.run(wait())


def test_leftover_tasks_are_cancelled():
    """Like `asyncio.run`, nothing survives the end of the run."""

    async def work():
        task = asyncio.create_task(asyncio.sleep(1e9))
        await asyncio.sleep(0)
        return task

    assert run(work()).cancelled()


def test_sockets_on_the_same_loop_beat_their_timeouts():
    """Data between a server and a client of the loop arrives before time jumps."""

    async def answer(reader, writer):
        await reader.readline()
        await asyncio.sleep(30)
        writer.write(b"pong\n")
        await writer.drain()
        writer.close()

    async def talk():
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        async with server, asyncio.timeout(60):
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(b"ping\n")
            line = await reader.readline()
            writer.close()
            await writer.wait_closed()
        return line, now_s()

    assert run(talk()) == (b"pong\n", 30)


def test_a_langgraph_run_waits_virtually():
    """Async nodes, sync nodes in threads and a checkpointer run on the loop."""

    class State(TypedDict):
        count: int

    async def slow(state):
        await asyncio.sleep(50)
        return {"count": state["count"] + 1}

    def double(state):
        return {"count": state["count"] * 2}

    graph = StateGraph(State).add_sequence([("a", slow), ("b", double)])
    app = graph.add_edge(START, "a").compile(checkpointer=InMemorySaver())

    async def work():
        config = {"configurable": {"thread_id": "1"}}
        return await app.ainvoke({"count": 1}, config), now_s()

    assert run(work()) == ({"count": 4}, 50)

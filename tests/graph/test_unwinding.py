"""Reversible effects that were built on a refused output are undone, newest first, once each."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START
from langgraph.types import Command

from surestep import Assurance, Effect, Plan, VerifiedGraph, attempt, session
from surestep.errors import RunFailed
from surestep.storage import Event
from surestep.testing import run
from tests.graph.graphs import Log, thread

SPECULATIVE = Plan(default=Assurance(mode="speculative"))


@dataclass
class World:
    """What the steps have done to it.

    Attributes:
        there: what they put there and did not take away, by key.
        told: everything that happened, in order.
        broken: the steps whose undo raises.
        starts: when each worker started.
    """

    there: dict[str, str] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    starts: dict[str, float] = field(default_factory=dict)

    def worker(self, name: str, seconds: float = 1.0) -> Any:
        """A worker that puts what it says into the world half-way."""

        async def work(state: Log, key: str) -> dict[str, object]:
            said = f"{name}{attempt().number}"
            self.starts[said] = asyncio.get_running_loop().time()
            await asyncio.sleep(seconds / 2)
            self.there[key] = said
            self.told.append(said)
            await asyncio.sleep(seconds / 2)
            return {"log": [said]}

        return work

    async def undo(self, state: Log, update: Any, key: str) -> None:
        """Take it out of the world again; of what never happened there is nothing to take."""
        await asyncio.sleep(0.125)
        said = self.there.get(key, "nothing")
        if said[0] in self.broken:
            raise OSError("the world is gone")
        self.there.pop(key, None)
        seen = "".join(state.get("log", []))
        self.told.append(f"{'?' if update is None else '-'}{said} on {seen}")


def check(*refused: str, seconds: float = 1.0) -> Any:
    """A check that refuses what says these words."""

    async def judge(state: object, update: Any) -> bool:
        await asyncio.sleep(seconds)
        return update["log"][0] not in refused

    return judge


async def think(state: Log) -> dict[str, object]:
    """A pure worker."""
    await asyncio.sleep(1.0)
    return {"log": [f"a{attempt().number}"]}


def row(world: World, refusing: Any, *names: str, **options: Any) -> VerifiedGraph:
    """A chain: `a`, whose first output may be refused, and reversible steps."""
    graph = VerifiedGraph(Log)
    graph.add_step("a", think, verifiers=[refusing])
    for before, name in zip(("a", *names), names, strict=False):
        graph.add_step(
            name, world.worker(name), effect=Effect.REVERSIBLE, undo=world.undo, **options
        )
        graph.add_edge(before, name)
    return graph.add_edge(START, "a").add_edge(names[-1], END)


async def ended(graph: VerifiedGraph, database: Path, **options: Any) -> Any:
    """The log on thread `t`, and when the run ended."""
    options = {"checkpointer": InMemorySaver(), "plan": SPECULATIVE, **options}
    app = graph.compile(database=str(database), **options)
    state = await app.ainvoke({"log": []}, thread())
    return state["log"], asyncio.get_running_loop().time()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Where effects are journaled."""
    return tmp_path / "s.db"


def test_a_reversible_step_starts_before_its_verdicts(database: Path) -> None:
    """What it rests on is checked meanwhile."""
    world = World()
    log, seconds = run(ended(row(world, check(seconds=1.5), "b", "c"), database))

    assert (log, seconds) == (["a1", "b1", "c1"], pytest.approx(3.0))


def test_without_a_database_it_waits() -> None:
    """Nobody would know after a crash what there is to undo."""
    world = World()

    async def scene() -> None:
        app = row(world, check(seconds=1.5), "b").compile(
            plan=SPECULATIVE, checkpointer=InMemorySaver()
        )
        await app.ainvoke({"log": []}, thread())

    run(scene())
    assert world.starts["b1"] == pytest.approx(2.5)


def test_effects_are_undone_in_reverse_order(database: Path) -> None:
    """With the state each saw; then everything is done again."""
    world = World()
    log, _ = run(ended(row(world, check("a1", seconds=2.25), "b", "c"), database))

    assert log == ["a2", "b1", "c1"]
    assert world.told == ["b1", "c1", "-c1 on a1b1", "-b1 on a1", "b1", "c1"]


def test_an_effect_under_way_ends_before_it_is_undone(database: Path) -> None:
    """Cut off half-way nobody could say what there is to undo."""
    world = World()
    log, seconds = run(ended(row(world, check("a1", seconds=0.25), "b", "c"), database))

    assert world.told == ["b1", "-b1 on a1", "b1", "c1"]
    assert (log, seconds) == (["a2", "b1", "c1"], pytest.approx(2.0 + 0.125 + 3.0))


def test_several_effects_are_undone_newest_first(database: Path) -> None:
    """The last to end is the first to go."""
    world = World()
    run(ended(row(world, check("a1", seconds=2.75), "b", "c", "d"), database))

    undone = ["-d1 on a1b1c1", "-c1 on a1b1", "-b1 on a1"]
    assert world.told[:6] == ["b1", "c1", "d1", *undone]


def test_a_reversible_step_is_itself_gone_on_from(database: Path) -> None:
    """Refused, it is undone, after what was built on it."""
    world = World()
    graph = row(world, check(), "b", "c", verifiers=[check("b1", seconds=1.75)])
    log, _ = run(ended(graph, database))

    assert world.told == ["b1", "c1", "-c1 on a1b1", "-b1 on a1", "b2", "c1"]
    assert log == ["a1", "b2", "c1"]


def test_its_neighbours_effect_stands(database: Path) -> None:
    """Their superstep starts again as a whole, and the neighbour finds what it did done."""
    world = World()
    graph = VerifiedGraph(Log)
    graph.add_step("a", think, verifiers=[check("a1")])
    for name, after in (("b", START), ("c", "b")):
        graph.add_step(name, world.worker(name), effect=Effect.REVERSIBLE, undo=world.undo)
        graph.add_edge(after, name)
    graph.add_edge(START, "a").add_edge(["a", "c"], END)
    log, _ = run(ended(graph, database))

    assert sorted(log) == ["a2", "b1", "c1"]
    assert world.told == ["b1", "c1", "-c1 on a1b1", "c1"]


def test_escalated_its_effect_still_stands(database: Path) -> None:
    """A person who approves it goes on with what has happened."""
    world = World()
    options = {"retries": 0, "human": "on_failure"}
    graph = row(world, check(), "b", verifiers=[check("b1")], **options)
    app = graph.compile(database=str(database), plan=SPECULATIVE, checkpointer=InMemorySaver())

    async def scene() -> Any:
        await app.ainvoke({"log": []}, thread())
        return await app.ainvoke(Command(resume={"decisions": [{"type": "approve"}]}), thread())

    assert run(scene())["log"] == ["a1", "b1"]
    assert world.told == ["b1"]


def stuck(world: World, database: Path) -> tuple[Any, list[Any]]:
    """An app whose rollback waits for a person, and what it asks."""
    world.broken = {"b"}
    graph = row(world, check("a1", seconds=0.25), "b", "c")
    app = graph.compile(database=str(database), plan=SPECULATIVE, checkpointer=InMemorySaver())

    async def scene() -> list[Any]:
        await app.ainvoke({"log": []}, thread())
        return [*(await app.aget_state(thread())).interrupts]

    return app, run(scene())


def test_an_undo_that_fails_goes_to_a_person(database: Path) -> None:
    """With all that is known; nothing is done again before."""
    world = World()
    _, asked = stuck(world, database)

    told = str(asked[0].value)
    assert "could not be undone: OSError: the world is gone" in told
    assert "t/1/b/1" in told
    assert "b1" in told
    assert world.told == ["b1"]


def decided(app: Any, kind: str) -> Any:
    """What becomes of the run once a person has decided."""
    return run(app.ainvoke(Command(resume={"decisions": [{"type": kind}]}), thread()))


def test_the_run_goes_on_once_a_person_has_undone_it(database: Path) -> None:
    """The refused step is done again, whatever its check would say now."""
    world = World()
    app, _ = stuck(world, database)
    world.there.clear()
    world.told.clear()

    assert decided(app, "approve")["log"] == ["a2", "b1", "c1"]
    assert world.told == ["b1", "c1"]


def test_the_run_fails_if_a_person_says_no(database: Path) -> None:
    """And says what is left behind."""
    world = World()
    app, _ = stuck(world, database)
    with pytest.raises(RunFailed, match="the effect 't/1/b/1' is not undone"):
        decided(app, "reject")

    assert [*world.there.values()] == ["b1"]


def test_a_run_that_failed_so_asks_again(database: Path) -> None:
    """Gone on with, it stands where it stood."""
    world = World()
    app, _ = stuck(world, database)
    with suppress(RunFailed):
        decided(app, "reject")
    run(app.ainvoke(None, thread()))

    assert decided(app, "approve")["log"] == ["a2", "b1", "c1"]


def test_what_is_undone_is_traced(database: Path) -> None:
    """As what happened to the effect of its key."""
    s, seen = session(), list[Event]()
    s.listen(seen.append)
    app = row(World(), check("a1", seconds=2.25), "b").compile(
        database=str(database), plan=SPECULATIVE, checkpointer=InMemorySaver()
    )
    run(app.ainvoke({"log": []}, thread(), context=s))
    phases = [(event.step, event.data["phase"]) for event in seen if event.kind == "effect"]

    assert phases == [("b", "undone")]


def test_a_rejection_undoes_what_was_done_meanwhile(database: Path) -> None:
    """By another process, days later: all that is needed is on the disk."""
    world, saver = World(), InMemorySaver()

    def app() -> Any:
        graph = row(world, check(), "b", "c")
        graph.steps["a"] = replace(graph.steps["a"], human="always")
        return graph.compile(database=str(database), plan=SPECULATIVE, checkpointer=saver)

    run(app().ainvoke({"log": []}, thread()))
    assert world.told == ["b1", "c1"]

    said = Command(resume={"decisions": [{"type": "reject", "message": "no"}]})
    run(app().ainvoke(said, thread()))
    assert world.told == ["b1", "c1", "-c1 on a1b1", "-b1 on a1"]


def test_a_crash_while_undoing_goes_to_a_person(database: Path) -> None:
    """The undo may have worked; it is not tried again."""
    world, saver = World(), InMemorySaver()
    graph = row(world, check("a1", seconds=0.25), "b", "c")
    app = graph.compile(database=str(database), plan=SPECULATIVE, checkpointer=saver)

    async def scene() -> list[Any]:
        with suppress(TimeoutError):
            # b ends at 2 s, and undoing it takes an eighth of one.
            async with asyncio.timeout(2.0625):
                await app.ainvoke({"log": []}, thread())
        await app.ainvoke(None, thread())
        return [*(await app.aget_state(thread())).interrupts]

    asked = run(scene())
    assert "cut off while its effect was being undone" in str(asked[0].value)
    assert world.told == ["b1"]


def test_an_effect_that_a_crash_left_open_is_undone_on_suspicion(database: Path) -> None:
    """Its undo is told that nobody knows of an update."""
    world, saver = World(), InMemorySaver()
    graph = row(world, check("a1", seconds=0.875), "b")
    app = graph.compile(database=str(database), plan=SPECULATIVE, checkpointer=saver)

    async def scene() -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(1.75):
                await app.ainvoke({"log": []}, thread())
        # b starts again, and the check that refuses a ends before b does.
        await app.ainvoke(None, thread())

    run(scene())
    assert world.told[:3] == ["b1", "b1", "-b1 on a1"]


def test_another_branch_of_the_thread_is_let_be(database: Path) -> None:
    """What was done after a state that the run has gone back from is not what it has done."""
    world, saver, refused = World(), InMemorySaver(), list[str]()

    async def judge(state: object, update: Any) -> bool:
        await asyncio.sleep(0.25)
        return update["log"] != refused

    graph = row(world, judge, "b", "c")
    app = graph.compile(database=str(database), plan=SPECULATIVE, checkpointer=saver)

    async def scene() -> None:
        await app.ainvoke({"log": []}, thread())
        states = [one async for one in app.aget_state_history(thread())]
        start = next(one for one in states if one.next == ("a",))
        refused.append("a1")
        await app.ainvoke(None, start.config)

    run(scene())
    assert world.told == ["b1", "c1", "b1", "-b1 on a1", "b1", "c1"]

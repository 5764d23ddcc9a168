"""What a reversible step has done is undone once its output is refused."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
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
        undone: what was undone, in order.
        broken: whether undoing raises.
    """

    there: dict[str, str] = field(default_factory=dict)
    undone: list[str] = field(default_factory=list)
    broken: bool = False

    def worker(self, name: str) -> Any:
        """A worker that puts what it says into the world."""

        async def work(state: Log, key: str) -> dict[str, object]:
            said = f"{name}{attempt().number}"
            self.there[key] = said
            await asyncio.sleep(1.0)
            return {"log": [said]}

        return work

    async def undo(self, state: Log, update: Any, key: str) -> None:
        """Take it out of the world again."""
        await asyncio.sleep(0.1)
        if self.broken:
            raise OSError("the world is gone")
        assert self.there.pop(key) == update["log"][0]
        self.undone.append(f"{update['log'][0]} after {state['log']}")


def one(world: World, *refused: str, **options: Any) -> VerifiedGraph:
    """A chain of `a` and the reversible `b`; outputs that say these words are refused."""

    def check(state: object, update: Any) -> bool:
        return update["log"][0] not in refused

    async def before(state: Log) -> dict[str, object]:
        return {"log": ["a"]}

    graph = VerifiedGraph(Log)
    graph.add_step("a", before)
    graph.add_step(
        "b",
        world.worker("b"),
        verifiers=[check],
        effect=Effect.REVERSIBLE,
        undo=world.undo,
        **{"retries": 1, **options},
    )
    for edge in ((START, "a"), ("a", "b"), ("b", END)):
        graph.add_edge(*edge)
    return graph


async def finished(graph: VerifiedGraph, **options: Any) -> Any:
    """The state the graph ends in, on thread `t`."""
    return await graph.compile(checkpointer=InMemorySaver(), **options).ainvoke(
        {"log": []}, thread()
    )


def test_a_refused_effect_is_undone_before_the_next_attempt() -> None:
    """With the state the worker saw, its update and its key."""
    world = World()
    run(finished(one(world, "b1")))

    assert (world.undone, [*world.there.values()]) == (["b1 after ['a']"], ["b2"])


def test_an_accepted_effect_stands() -> None:
    """There is nothing to undo."""
    world = World()
    run(finished(one(world)))

    assert (world.undone, [*world.there.values()]) == ([], ["b1"])


def test_a_run_that_fails_leaves_no_refused_effect() -> None:
    """The last attempt is undone like those before it."""
    world = World()
    with pytest.raises(RunFailed, match="refused after 2 attempts"):
        run(finished(one(world, "b1", "b2")))

    assert (world.there, len(world.undone)) == ({}, 2)


def test_an_undo_that_fails_fails_the_run() -> None:
    """Where nobody can be asked; the error says what is left behind."""
    world = World(broken=True)
    with pytest.raises(RunFailed, match=r"could not be undone: OSError: the world is gone"):
        run(finished(one(world, "b1")))

    assert [*world.there.values()] == ["b1"]


def asked(world: World) -> tuple[Any, list[Any]]:
    """An app whose undo has just failed, and what it asks about that."""
    app = one(world, "b1", human="on_failure").compile(checkpointer=InMemorySaver())

    async def scene() -> list[Any]:
        await app.ainvoke({"log": []}, thread())
        return [*(await app.aget_state(thread())).interrupts]

    return app, run(scene())


def test_an_undo_that_fails_goes_to_a_person() -> None:
    """With why, and what is left behind."""
    _, questions = asked(World(broken=True))

    assert "could not be undone: OSError: the world is gone" in str(questions[0].value)
    assert "b1" in str(questions[0].value)


@pytest.mark.parametrize(("then", "left"), [(World(), ["b2"]), (World(broken=True), ["b1"])])
def test_a_person_can_have_the_undo_tried_again(then: World, left: list[str]) -> None:
    """By a rejection: the step runs again only once its effect is undone."""
    world = World(broken=True)
    app, _ = asked(world)
    world.broken = then.broken
    answer = Command(resume={"decisions": [{"type": "reject", "message": "again"}]})
    run(app.ainvoke(answer, thread()))

    assert [*world.there.values()] == left


def test_what_a_person_rejects_is_undone() -> None:
    """Like what a verifier refuses."""
    world = World()
    app = one(world, human="always").compile(checkpointer=InMemorySaver())

    async def scene() -> None:
        await app.ainvoke({"log": []}, thread())
        answer = Command(resume={"decisions": [{"type": "reject", "message": "again"}]})
        await app.ainvoke(answer, thread())

    run(scene())

    assert (world.undone, len(world.there)) == (["b1 after ['a']"], 1)


def test_an_undo_is_traced() -> None:
    """As what happened to the effect of its key."""
    s, seen = session(), list[Event]()
    s.listen(seen.append)
    app = one(World(), "b1").compile(checkpointer=InMemorySaver())
    run(app.ainvoke({"log": []}, thread(), context=s))
    phases = [(event.step, event.data["phase"]) for event in seen if event.kind == "effect"]

    assert phases == [("b", "undone")]


def test_a_reversible_step_waits_for_what_it_rests_on() -> None:
    """Nothing that a verdict takes back has had an effect by then."""

    async def scene() -> float:
        starts: list[float] = []

        async def check(state: object, update: object) -> bool:
            await asyncio.sleep(3.0)
            return True

        async def work(state: Log) -> dict[str, object]:
            starts.append(asyncio.get_running_loop().time())
            return {"log": ["b"]}

        graph = VerifiedGraph(Log)
        graph.add_step("a", World().worker("a"), verifiers=[check])
        graph.add_step("b", work, effect=Effect.REVERSIBLE, undo=World().undo)
        for edge in ((START, "a"), ("a", "b"), ("b", END)):
            graph.add_edge(*edge)
        await finished(graph, plan=SPECULATIVE)
        return starts[0]

    assert run(scene()) == pytest.approx(4.0)


def test_a_neighbour_taken_back_has_an_effect_done_again_under_its_key() -> None:
    """Their superstep starts again as a whole; whoever goes by the key sees one effect."""
    world, keys = World(), list[str]()

    async def check(state: object, update: Any) -> bool:
        await asyncio.sleep(2.0)
        return update["log"] != ["a1"]

    async def pure(state: Log) -> dict[str, object]:
        await asyncio.sleep(0.5)
        return {"log": [f"a{attempt().number}"]}

    async def work(state: Log, key: str) -> dict[str, object]:
        keys.append(key)
        return await world.worker("b")(state, key)  # type: ignore[no-any-return]

    graph = VerifiedGraph(Log)
    graph.add_step("a", pure, verifiers=[check])
    graph.add_step("b", work, effect=Effect.REVERSIBLE, undo=world.undo)
    for edge in ((START, "a"), (START, "b"), ("a", END), ("b", END)):
        graph.add_edge(*edge)
    run(finished(graph, plan=SPECULATIVE))

    assert (len(keys), len(set(keys)), [*world.there.values()]) == (2, 1, ["b1"])


def drawn(world: World, seed: int, *, slow: bool) -> VerifiedGraph:
    """A random chain of pure and reversible steps, some of whose outputs are refused."""
    dice = random.Random(seed)

    async def check(state: object, update: Any) -> bool:
        await asyncio.sleep(random.Random(f"{seed}{update}").uniform(0.1, 2.0) if slow else 0.0)
        said = update["log"][0]
        return said.endswith("4") or random.Random(f"{seed}{said}").random() < 0.6

    graph, before = VerifiedGraph(Log), START
    for name in "abcdef"[: dice.randint(2, 6)]:
        kind = {"effect": Effect.REVERSIBLE, "undo": world.undo} if dice.random() < 0.5 else {}

        async def pure(state: Log, name: str = name) -> dict[str, object]:
            await asyncio.sleep(0.5)
            return {"log": [f"{name}{attempt().number}"]}

        worker = world.worker(name) if kind else pure
        graph.add_step(name, worker, verifiers=[check], retries=3, **kind)
        graph.add_edge(before, name)
        before = name
    graph.add_edge(before, END)
    return graph


async def left_by(seed: int, plan: Plan, crashes: list[float]) -> World:
    """The world after a run that was cut off after each of these many seconds."""
    world, saver = World(), InMemorySaver()
    given: Any = {"log": []}
    for seconds in [*crashes, None]:
        app = drawn(world, seed, slow=plan is SPECULATIVE).compile(checkpointer=saver, plan=plan)
        try:
            async with asyncio.timeout(seconds):
                await app.ainvoke(given, {**thread(), "recursion_limit": 200})
                return world
        except TimeoutError:
            given = None if (await app.aget_state(thread())).created_at else given
    raise AssertionError("unreachable: the last try is not cut off")


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.floats(0.05, 6.0), max_size=3))
def test_the_world_ends_as_a_run_that_waits_leaves_it(seed: int, crashes: list[float]) -> None:
    """For random chains, verdicts and moments of being cut off."""
    serial = run(left_by(seed, Plan.everything(), []))

    assert run(left_by(seed, SPECULATIVE, crashes)).there == serial.there


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_nothing_is_undone_twice(seed: int) -> None:
    """Each refused output of a reversible step once, whatever else is taken back."""
    undone = Counter(run(left_by(seed, SPECULATIVE, [])).undone)

    assert set(undone.values()) <= {1}
    assert undone == Counter(run(left_by(seed, Plan.everything(), [])).undone)

"""Whatever is drawn, refused and cut off: the world ends as a run that waits leaves it."""

from __future__ import annotations

import asyncio
import itertools
import random
import tempfile
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END
from langgraph.types import Command

from surestep import Assurance, Effect, Plan, attempt
from surestep.errors import RunFailed
from surestep.graph.stores import close_stores
from surestep.testing import run
from tests.graph.graphs import Log
from tests.graph.test_speculation import QUICKLY, SHAPE, Chance, Drawn

SPECULATIVE = Plan(default=Assurance(mode="speculative"))
threads = itertools.count()


@dataclass
class World:
    """What the steps have done outside of the graph.

    Attributes:
        chance: what is drawn.
        there: what they put there and did not take away: what each says, and what it saw, by
            their keys without the thread.
        twice: how often something was undone that was not there, though it had been done.
        upside_down: how often something was undone on which something else still stood.
    """

    chance: Chance
    there: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    twice: int = 0
    upside_down: int = 0

    def worker(self, name: str) -> Callable[..., Any]:
        """A worker that has its effect somewhere on its way."""
        thinks = self.chance.worker(name)

        async def work(state: Any, key: str) -> dict[str, object]:
            told = f"{name}{state.get('item', '')}.{attempt().number}"
            await asyncio.sleep(self.chance.seconds("before", told))
            update = await thinks(state)
            self.there[_short(key)] = (update["log"][0], tuple(state.get("log", [])))
            await asyncio.sleep(self.chance.seconds("after", told))
            return update  # type: ignore[no-any-return]

        return work

    async def undo(self, state: Log, update: Any, key: str) -> None:
        """Take it away, somewhere on the way."""
        await asyncio.sleep(0.1)
        self.take(_short(key), known=update is not None)
        await asyncio.sleep(0.1)

    def take(self, key: str, *, known: bool) -> None:
        """Take something away, if it is there."""
        gone, _ = self.there.pop(key, ("", ()))
        self.twice += known and not gone
        self.upside_down += any(gone in saw for _, saw in self.there.values())

    def answer(self, asked: Any) -> dict[str, object]:
        """What a person does who can see the world, and says then."""
        name = _short(asked["question_id"])
        for one in [key for key in self.there if name.startswith(f"{key}/")]:
            self.take(one, known=True)
        return {"decisions": [{"type": "approve"}]}


def _short(key: str) -> str:
    return key.partition("/")[2]


class Acting(Drawn):
    """A graph of blocks, about half of whose steps are reversible."""

    def __init__(self, world: World) -> None:
        super().__init__(world.chance)
        self.world = world

    def step(self, *after: str) -> str:
        """A step behind one node, or behind a join."""
        name = f"n{self.count + 1}"
        dice = random.Random(f"{self.chance.seed}{name}")
        if dice.random() < 0.4:
            return super().step(*after)
        self.count += 1
        checked = [self.chance.check] if dice.random() < 0.6 else []
        self.add_step(
            name,
            self.world.worker(name),
            verifiers=checked,
            retries=3,
            effect=Effect.REVERSIBLE,
            undo=self.world.undo,
        )
        if after:
            self.add_edge(after[0] if len(after) == 1 else list(after), name)
        return name


@dataclass(frozen=True)
class Crash:
    """A run is cut off after so many seconds; killed, it keeps no more checkpoints."""

    after_s: float
    killed: bool


def copied(saver: InMemorySaver) -> InMemorySaver:
    """The same checkpoints, whatever is kept in the one they are from after this."""
    copy = InMemorySaver()
    copy.storage, copy.writes, copy.blobs = map(
        deepcopy, (saver.storage, saver.writes, saver.blobs)
    )
    return copy


async def ended(
    chance: Chance, blocks: list[Any], plan: Plan, crashes: list[Crash], database: str
) -> tuple[dict[str, Any], World]:
    """The final state and the world then."""
    world, saver, given = World(chance), InMemorySaver(), {"log": [], "n": 0}
    config: Any = {"configurable": {"thread_id": f"{next(threads)}"}, "recursion_limit": 1000}
    todo: list[Crash | None] = [*crashes]
    while True:
        graph = Acting(world)
        for block in blocks:
            block(graph)
        graph.add_edge(graph.last, END)
        app = graph.compile(checkpointer=saver, plan=plan, database=database)
        task = asyncio.create_task(app.ainvoke(given, config))
        crash = todo.pop(0) if todo else None
        if not (await asyncio.wait([task], timeout=crash and crash.after_s))[0]:
            assert crash is not None
            known = copied(saver) if crash.killed else saver
            task.cancel()
            await asyncio.wait([task])
            saver = known
            given = None if saver.get_tuple(config) else given
        elif isinstance(task.exception(), RunFailed):
            # Somebody in a fan-out does not know whether it is undone; tried again, it asks.
            given = None
        elif asked := task.result().get("__interrupt__"):
            given = Command(resume={one.id: world.answer(one.value) for one in asked})
        else:
            return task.result(), world


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """One for all examples; each has a thread of its own."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield f"{folder}/s.db"
        close_stores()


CRASHES = st.lists(st.builds(Crash, st.floats(0.05, 6.0), st.booleans()), max_size=3)
CHANCES = st.builds(
    Chance,
    seed=st.integers(0, 100_000),
    refusing=st.sampled_from([0.1, 0.3, 0.5]),
    slowness=st.sampled_from([0.3, 1.0, 3.0]),
)


@settings(max_examples=60, deadline=None, phases=QUICKLY)
@given(CHANCES, SHAPE, CRASHES)
def test_effects_end_as_waiting_leaves_them(
    database: str, chance: Chance, blocks: list[Any], crashes: list[Crash]
) -> None:
    """The same state, the same effects standing; each other one undone once, newest first."""
    serial, left = run(ended(chance, blocks, Plan.everything(), [], database))
    speculative, world = run(ended(chance, blocks, SPECULATIVE, crashes, database))

    assert speculative == serial
    assert world.there == left.there
    assert (world.twice, world.upside_down) == (0, 0)

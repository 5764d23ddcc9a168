"""Random runs with crashes: does an effect ever happen too early, or twice, or outlive its undo?

Each run is a random graph of 6 to 10 steps, a row of single steps and of forks, on the virtual
clock: about a quarter of the steps irreversible, some of those in a graph of their own, and a
quarter reversible. Each step's plan is drawn (checks off, serial, speculative), and so are all
latencies, verdicts and, for every run, up to three moments at which it is cut off and gone on
with: half of the time it is killed, so that no checkpoint counts that is written from then on,
else cancelled, so that it puts things in order. Workers are not repeatable: every call puts out
something new. Two irreversible steps in three can tell what became of their effect; of the
others a person is asked, and of every undo that was cut off, who answers by what has happened.

The effects happen in a world outside of the graph, in the midst of their worker, and this world
alone judges. An irreversible effect is too early if any checked output in its step's input has
no passing verdict at that moment; repeated, if its step has brought it about before; missing, if
a run finished without it. Counted apart is an effect while a check that had passed was being
made again, or had been cut off at that.
Steps marked `speculate=False` are held to the same for what they rest on. A reversible effect is
undone twice if its undo finds nothing, though it was told that something was there; undone upside
down, if something that was built on it still stands; left standing, if it stands in the end and
its output is not in the state; and missing, if that is the other way round.

Assumed, to make so many runs: a graph and its plan serve 25 runs, with latencies, verdicts and
crashes of their own; the journal is a real SQLite database, in memory where the system has a
file system there, as no power is cut here, and worked on in place, not by a thread, which takes
no virtual time either way; and events are not stored, as nobody reads them. Processes share
nothing.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from _lineages import Shape, State, series_parallel
from _report import Figure, main
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START
from langgraph.types import Command

from surestep import Assurance, Effect, Plan, VerifiedGraph
from surestep.errors import RunFailed
from surestep.graph.stores import close_stores, store_at
from surestep.testing import run
from surestep.values import Mode

BATCH = 25
MODES: tuple[Mode, ...] = ("off", "serial", "speculative", "speculative")
MEMORY = Path("/dev/shm")
HELD = {
    "effects before verdicts": "early",
    "effects while a passed check was being made again": "rechecked",
    "effects repeated": "repeated",
    "effects missing from finished runs": "missing",
    "undone twice": "twice",
    "undone while something built on it stood": "upside_down",
    "left standing though taken back": "left",
    "in the state and not standing": "unmade",
    "steps that must not speculate and did": "leaked",
    "runs that ended in no known way": "strange",
}
"""What must never happen, by the name it is counted under."""


@dataclass(slots=True)
class World:
    """What a run has done outside of the graph, and what was known when it did.

    Attributes:
        checked: the steps whose outputs are judged.
        chance: where everything random comes from.
        passed: the outputs whose latest verdict is in, and lets them pass.
        again: those of them whose check was started again, and has not ended.
        effects: how often each irreversible step has brought about its effect.
        standing: what reversible steps have put there, by key: what they said, and saw.
        undone: how often some of it was taken away.
        twice: how often it was to be, and was not there.
        upside_down: how often something was taken away that something else was built on.
        early: how often one did while something it rests on was in doubt.
        rechecked: how often one did while a passed check was being made again.
        leaked: how often a step that must not speculate started on something in doubt.
        calls: worker calls so far, which number the outputs.
    """

    checked: frozenset[str]
    chance: random.Random
    passed: set[str] = field(default_factory=set)
    again: set[str] = field(default_factory=set)
    effects: Counter[str] = field(default_factory=Counter)
    standing: dict[str, tuple[str, frozenset[str]]] = field(default_factory=dict)
    undone: int = 0
    twice: int = 0
    upside_down: int = 0
    early: int = 0
    rechecked: int = 0
    leaked: int = 0
    calls: int = 0

    def output(self, step: str) -> State:
        """Something nobody has put out before."""
        self.calls += 1
        return {"log": [f"{step}.{self.calls}"]}

    def in_doubt(self, state: State) -> bool:
        """Whether anything the state is made of lacks its verdict."""
        judged = (entry for entry in state["log"] if entry.split(".")[0] in self.checked)
        return not self.passed.issuperset(judged)

    async def pause(self, longest_s: float = 1.0) -> None:
        """A latency."""
        await asyncio.sleep(self.chance.uniform(0.01, longest_s))

    async def think(self, state: State, *, step: str, private: bool) -> State:
        """The worker of a pure step; a private one must not start on what is in doubt."""
        self.leaked += private and self.in_doubt(state)
        await self.pause()
        return self.output(step)

    async def act(self, state: State, *, step: str) -> State:
        """The worker of an irreversible step; a crash may come before or after the effect."""
        began_in_doubt = self.in_doubt(state)
        await self.pause()
        self.early += began_in_doubt or self.in_doubt(state)
        self.rechecked += not self.again.isdisjoint(state["log"])
        self.effects[step] += 1
        await self.pause()
        return self.output(step)

    async def confirm(self, _key: str, *, step: str) -> State | None:
        """What became of an effect."""
        await self.pause(0.2)
        return self.output(step) if self.effects[step] else None

    async def put(self, state: State, key: str, *, step: str) -> State:
        """The worker of a reversible step."""
        await self.pause()
        update = self.output(step)
        self.standing[key] = (update["log"][0], frozenset(state["log"]))
        await self.pause()
        return update

    async def undo(self, _state: State, update: State | None, key: str) -> None:
        """The undo of a reversible step; a crash may come before or after it has worked."""
        await self.pause(0.2)
        self.take(key, known=update is not None)
        await self.pause(0.2)

    def take(self, key: str, *, known: bool) -> None:
        """Take away what a reversible step has put there, if it has."""
        gone, _ = self.standing.pop(key, ("", None))
        self.undone += bool(gone)
        self.twice += known and not gone
        self.upside_down += any(gone in saw for _, saw in self.standing.values())

    def left(self, log: Sequence[str], acting: frozenset[str]) -> Counter[str]:
        """What stands in the end and should not, and the other way round."""
        stands = {said for said, _ in self.standing.values()}
        wanted = {entry for entry in log if entry.split(".")[0] in acting}
        return Counter(left=len(stands - wanted), unmade=len(wanted - stands))

    def told(self) -> Counter[str]:
        """What it has seen, counted."""
        effects = self.effects.total()
        repeated = effects - len(self.effects)
        return Counter(
            early=self.early,
            rechecked=self.rechecked,
            leaked=self.leaked,
            effects=effects,
            repeated=repeated,
            undone=self.undone,
            twice=self.twice,
            upside_down=self.upside_down,
        )

    async def check(self, _state: State, update: State, *, refusing: float) -> bool:
        """A check; one that is made again takes back what the one before it said."""
        self.again.update(self.passed.intersection(update["log"]))
        await self.pause(3.0)
        self.again.difference_update(update["log"])
        if self.chance.random() < refusing:
            self.passed.difference_update(update["log"])
            return False
        self.passed.update(update["log"])
        return True


@dataclass(frozen=True, slots=True)
class Case:
    """A random graph with a random plan.

    Attributes:
        seed: which one.
        shape: its steps.
        acting: those that are irreversible.
        nested: those of them that stand in a graph of their own.
        undoing: those that are reversible.
        modes: how each is checked.
    """

    seed: int
    shape: Shape
    acting: frozenset[str]
    nested: frozenset[str]
    undoing: frozenset[str]
    modes: Mapping[str, Mode]

    @classmethod
    def drawn(cls, seed: int) -> Case:
        """A graph of 6 to 10 steps with at least one effect."""
        chance, shape = random.Random(seed), series_parallel(6, seed)
        while len(shape) > 10:
            shape = series_parallel(chance.randint(6, 10), chance.randrange(2**32))
        acting = {step for step in shape if chance.random() < 1 / 4} or {chance.choice([*shape])}
        undoing = {step for step in shape if step not in acting and chance.random() < 1 / 3}
        nested = {step for step in sorted(acting) if chance.random() < 1 / 4}
        # No plan reaches a graph that a function calls: it is checked serially.
        modes: dict[str, Mode] = {
            step: "serial" if step in nested else chance.choice(MODES) for step in shape
        }
        return cls(seed, shape, *map(frozenset, (acting, nested, undoing)), modes)

    def checked(self) -> frozenset[str]:
        """The steps whose outputs are judged."""
        return frozenset(step for step, mode in self.modes.items() if mode != "off")


def add_effect(graph: Any, step: str, world: World, *, sure: bool) -> None:
    """Add an irreversible step; one that is sure can tell what became of its effect."""
    graph.add_step(
        step,
        partial(world.act, step=step),
        # Refused afterwards, an effect stays, and the run fails.
        verifiers=[partial(world.check, refusing=0.02)],
        effect=Effect.IRREVERSIBLE,
        confirm=partial(world.confirm, step=step) if sure else None,
    )


def entering(inner: Any) -> Callable[[State], Awaitable[State]]:
    """A plain node that runs a graph, and puts out what that adds."""

    async def enter(state: State) -> State:
        result = await inner.ainvoke(state)
        return {"log": result["log"][len(state["log"]) :]}

    return enter


def app_of(case: Case, world: World, database: str) -> Any:
    """The random graph."""
    graph, chance = VerifiedGraph(State), random.Random(f"{case.seed} steps")
    for step, before in case.shape.items():
        if step in case.nested:
            inner = VerifiedGraph(State)
            add_effect(inner, step, world, sure=chance.random() < 2 / 3)
            graph.add_node(step, entering(inner.add_edge(START, step).compile()))
        elif step in case.acting:
            add_effect(graph, step, world, sure=chance.random() < 2 / 3)
        else:
            private = chance.random() < 0.15
            refusing = chance.choice([0.0, 0.1, 0.4])
            undoing = {"effect": Effect.REVERSIBLE, "undo": world.undo}
            graph.add_step(
                step,
                partial(world.put, step=step)
                if step in case.undoing
                else partial(world.think, step=step, private=private),
                verifiers=[partial(world.check, refusing=refusing)],
                retries=6,
                speculate=not private,
                **(undoing if step in case.undoing else {}),
            )
        graph.add_edge(list(before) if len(before) > 1 else (*before, START)[0], step)
    graph.add_edge(next(reversed(case.shape)), END)
    modes = {step: mode for step, mode in case.modes.items() if step not in case.nested}
    plan = Plan({step: Assurance(mode=mode) for step, mode in modes.items()})
    # A checkpointer of its own takes its place in each run.
    return graph.compile(checkpointer=InMemorySaver(), database=database, plan=plan)


async def carried_through(seed: int, case: Case, world: World, app: Any) -> Counter[str]:
    """What happened in one run, counted; it is cut off, gone on with, and answered."""
    asyncio.get_running_loop().set_default_executor(IN_PLACE)
    World.__init__(world, case.checked(), random.Random(f"{seed} world"))
    saver = InMemorySaver()
    config: Any = {"configurable": {"thread_id": f"run {seed}"}, "recursion_limit": 10_000}
    told, crashes = Counter(runs=1), world.chance.choice([0, 1, 1, 2, 3])
    given: Any = {"log": []}
    while not told["finished"] and not told["failed"]:
        app.checkpointer = saver
        task = asyncio.create_task(app.ainvoke(given, config))
        limit_s = world.chance.uniform(0.05, 8.0) if told["cut off"] < crashes else None
        if not (await asyncio.wait([task], timeout=limit_s))[0]:
            told["cut off"] += 1
            known = copied(saver) if world.chance.random() < 0.5 else saver
            task.cancel()
            await asyncio.wait([task])
            saver = known
            given = None if saver.get_tuple(config) else given
        elif isinstance(task.exception(), RunFailed):
            told["failed"] += 1
        elif asked := task.result().get("__interrupt__"):
            told["questions"] += len(asked)
            given = Command(resume={one.id: answer(case, world, one) for one in asked})
        else:
            told["finished"] += 1
            told["missing"] += sum(world.effects[step] == 0 for step in case.acting)
            told += world.left(task.result()["log"], case.undoing)
    return told + world.told()


def copied(saver: InMemorySaver) -> InMemorySaver:
    """The same checkpoints, whatever the one they are from keeps from now on."""
    copy = InMemorySaver()
    copy.storage, copy.writes, copy.blobs = map(
        deepcopy, (saver.storage, saver.writes, saver.blobs)
    )
    return copy


def answer(case: Case, world: World, interrupt: Any) -> Mapping[str, object]:
    """What a person says who has looked at the world: it happened, or do it now.

    Of an undo that was cut off they say that it is undone, once they have seen to that.
    """
    step = interrupt.value["action_requests"][0]["name"].rpartition("/")[-1]
    if step in case.undoing:
        asked = interrupt.value["question_id"]
        for key in [key for key in world.standing if asked.startswith(f"{key}/")]:
            world.take(key, known=True)
    done = step in case.undoing or world.effects[step]
    return {"decisions": [{"type": "approve" if done else "reject"}]}


class InPlace(ThreadPoolExecutor):
    """Does work where it is handed in: threads would take longer than the work."""

    def submit(self, work: Any, /, *given: Any, **options: Any) -> Future[Any]:
        """What has come of it."""
        done: Future[Any] = Future()
        try:
            done.set_result(work(*given, **options))
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller's future raises it
            done.set_exception(error)
        return done


IN_PLACE = InPlace(max_workers=1)


def journal(database: str) -> None:
    """Open a database whose work is done in place, and which stores no events."""
    store: Any = store_at(database)
    store._lane._executor = IN_PLACE  # noqa: SLF001 - no caller of a store chooses its thread
    store.emit = lambda _event: None


def batch(seeds: range) -> Counter[str]:
    """What happened in these runs, all of one graph."""
    told: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        database, case = f"{folder}/journal.db", Case.drawn(seeds[0])
        journal(database)
        world = World(case.checked(), random.Random(0))
        app = app_of(case, world, database)
        for seed in seeds:
            try:
                found = run(carried_through(seed, case, world, app))
                told += found
                if broken := [key for key in HELD.values() if found[key]]:
                    print(f"run {seed}: {', '.join(broken)}", file=sys.stderr)
            except Exception as error:  # noqa: BLE001 - one that goes wrong is told of, not fatal
                told["strange"] += 1
                print(f"run {seed}: {type(error).__name__}: {error}", file=sys.stderr)
        close_stores()
    return told


def counted(runs: int) -> Counter[str]:
    """What happened in so many runs, on all cores; how far it is, is told on stderr."""
    batches = [range(first, min(first + BATCH, runs)) for first in range(0, runs, BATCH)]
    told: Counter[str] = Counter()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for number, one in enumerate(pool.map(batch, batches, chunksize=4), start=1):
            told += one
            if number % max(1, len(batches) // 50) == 0:
                print(f"{told['runs']} of {runs} runs", file=sys.stderr, flush=True)
    return told


def figures(runs: int) -> Sequence[Figure]:
    """All figures, of so many runs."""
    told = counted(runs)
    beside = {
        "effects": "effects",
        "effects undone": "undone",
        "runs finished": "finished",
        "runs failed, retries exhausted or an effect refused": "failed",
        "times a run was cut off": "cut off",
        "questions to people": "questions",
    }
    return [
        *(Figure(name, told[key], runs, at_most=0) for name, key in HELD.items()),
        *(Figure(name, told[key], runs) for name, key in beside.items()),
    ]


def measure(*, quick: bool) -> Sequence[Figure]:
    """All figures."""
    return figures(500 if quick else 100_000)


if __name__ == "__main__":
    main(__doc__, measure)

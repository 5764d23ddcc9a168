"""Going on before verdicts are in ends where waiting for them would have ended."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START
from langgraph.types import Send

from surestep import Assurance, Effect, Plan, Verdict, VerifiedGraph, attempt, session
from surestep.errors import RunFailed
from surestep.testing import ScriptedWorker, run
from tests.graph.graphs import Case, Log, Make, plain, thread
from tests.graph.shapes import SHAPES

# Shrinking a graph that runs for ever would take for ever too.
QUICKLY = (Phase.explicit, Phase.reuse, Phase.generate)
SPECULATIVE = Plan(default=Assurance(mode="speculative"))


@dataclass(frozen=True)
class Chance:
    """What is drawn for a graph: how long its workers and checks take, and what they say."""

    seed: int
    refusing: float
    slowness: float

    def seconds(self, *what: object) -> float:
        """A latency."""
        return random.Random(f"{self.seed}{what}").uniform(0.05, 1.0)

    def worker(self, name: str) -> Callable[[Any], Any]:
        """A worker whose output tells step, visit and attempt, and depends on all it saw."""

        async def work(state: Any) -> dict[str, object]:
            visit = sum(word.startswith(f"{name}.") for word in state.get("log", []))
            told = f"{name}.{visit}{state.get('item', '')}.{attempt().number}"
            await asyncio.sleep(self.seconds("work", told))
            # Of two arms only one writes the plain value, as LangGraph demands.
            alone = int(name[1:]) % 2 == 0 and "item" not in state
            return {"log": [told], **({"n": state["n"] * 7 + len(told)} if alone else {})}

        return work

    async def check(self, state: Any, update: Any) -> Verdict:
        """A verdict on what the worker told; the fourth attempt always passes."""
        told = update["log"][0]
        await asyncio.sleep(self.slowness * self.seconds("check", told))
        good = random.Random(f"{self.seed}{told}").random() >= self.refusing
        return Verdict("pass" if good or told.endswith(".4") else "fail", feedback=told)


class Drawn(VerifiedGraph):
    """A graph of blocks, one after the other."""

    def __init__(self, chance: Chance) -> None:
        super().__init__(Log)
        self.chance, self.count, self.last = chance, 0, START

    def step(self, *after: str) -> str:
        """A step behind one node, or behind a join."""
        self.count += 1
        name = f"n{self.count}"
        self.add_step(name, self.chance.worker(name), verifiers=[self.chance.check], retries=3)
        if after:
            self.add_edge(after[0] if len(after) == 1 else list(after), name)
        return name

    def chain(self) -> None:
        """Two steps in a row."""
        self.last = self.step(self.step(self.last))

    def diamond(self) -> None:
        """Two arms of different length, and a join."""
        left, right = self.step(self.last), self.step(self.step(self.last))
        self.last = self.step(left, right)

    def loop(self) -> None:
        """A step that is visited twice."""
        again, after = self.step(self.last), self.step()

        def route(state: Log) -> str:
            return (
                again if sum(word.startswith(f"{again}.") for word in state["log"]) < 2 else after
            )

        self.add_conditional_edges(again, route, [again, after])
        self.last = after

    def fan(self) -> None:
        """Two visits of one step at once."""
        before, item = self.step(self.last), self.step()

        def spread(state: Log) -> list[Send]:
            return [Send(item, {"log": state["log"], "item": f"x{place}"}) for place in range(2)]

        self.add_conditional_edges(before, spread, [item])
        self.last = self.step(item)


BLOCKS: tuple[Callable[[Drawn], None], ...] = (
    Drawn.chain,
    Drawn.diamond,
    Drawn.loop,
    Drawn.fan,
)
CHANCES = st.builds(
    Chance,
    seed=st.integers(0, 10_000),
    refusing=st.sampled_from([0.0, 0.1, 0.3, 0.5]),
    slowness=st.sampled_from([0.3, 1.0, 3.0]),
)
SHAPE = st.lists(st.sampled_from(BLOCKS), min_size=1, max_size=3)


async def ended(
    chance: Chance, blocks: list[Callable[[Drawn], None]], plan: Plan, crashes: list[float]
) -> tuple[dict[str, Any], float]:
    """The final state and the time it took, cut off after each of these many seconds."""
    saver, began = InMemorySaver(), asyncio.get_running_loop().time()
    given: Any = {"log": [], "n": 0}
    for seconds in [*crashes, None]:
        graph = Drawn(chance)
        for block in blocks:
            block(graph)
        graph.add_edge(graph.last, END)
        app = graph.compile(checkpointer=saver, plan=plan)
        try:
            async with asyncio.timeout(seconds):
                state = await app.ainvoke(given, {**thread(), "recursion_limit": 500})
                return state, asyncio.get_running_loop().time() - began
        except TimeoutError:
            given = None if (await app.aget_state(thread())).created_at else given
    raise AssertionError("unreachable: the last try is not cut off")


@settings(max_examples=60, deadline=None, phases=QUICKLY)
@given(CHANCES, SHAPE, st.lists(st.floats(0.05, 4.0), max_size=3))
def test_speculation_ends_as_waiting_does(
    chance: Chance, blocks: list[Callable[[Drawn], None]], crashes: list[float]
) -> None:
    """For random graphs, latencies, verdicts and crashes."""
    serial, _ = run(ended(chance, blocks, Plan.everything(), []))
    speculative, _ = run(ended(chance, blocks, SPECULATIVE, crashes))

    assert speculative == serial


@settings(max_examples=20, deadline=None)
@given(CHANCES, SHAPE)
def test_speculation_is_never_slower_than_waiting(
    chance: Chance, blocks: list[Callable[[Drawn], None]]
) -> None:
    """On chains, where no arm has to start again for another's sake."""
    chains = [Drawn.chain for _ in blocks]
    _, serial_s = run(ended(chance, chains, Plan.everything(), []))
    _, speculative_s = run(ended(chance, chains, SPECULATIVE, []))

    assert speculative_s <= serial_s + 1e-9


class Refusing(Make):
    """Steps whose first output of each visit is refused, late."""

    def step(self, graph: Any, name: str, worker: Any, **options: Any) -> None:
        """Add a step natively, else speculatively."""
        if not isinstance(graph, VerifiedGraph):
            graph.add_node(name, worker, **options)
            return
        seen: list[object] = []

        async def check(state: object, update: object) -> bool:
            await asyncio.sleep(0.5)
            seen.append(update)
            return seen.count(update) > 1

        graph.add_step(name, worker, verifiers=[check], retries=6, **options)

    def compile(self, graph: Any, **options: Any) -> Any:
        """The graph as an app that speculates."""
        if isinstance(graph, VerifiedGraph):
            options["plan"] = SPECULATIVE
        return graph.compile(**options)


async def last_values(case: Case) -> list[object]:
    """The state each input ends in."""
    found = []
    for one in case.inputs:
        chunks = case.app.astream(one, thread(), stream_mode="values", **case.options)
        found.append(plain([chunk async for chunk in chunks][-1]))
    return found


# What it caches is called once more when it is refused, natively as here.
CALLED_ONCE = {"cached"}


@pytest.mark.parametrize("name", sorted(set(SHAPES) - CALLED_ONCE))
def test_every_shape_ends_as_its_native_form(name: str) -> None:
    """Joins, defers, private schemas, nested graphs, commands, interrupts: all of them."""
    native = run(last_values(SHAPES[name](Make("native"))))

    assert run(last_values(SHAPES[name](Refusing("serial")))) == native


def chain(check: Any, *, last: dict[str, Any] | None = None, seconds: float = 1.0) -> VerifiedGraph:
    """Three steps of a second each; the last one may be of another kind."""

    def worker(name: str) -> Any:
        async def work(state: Log) -> dict[str, object]:
            await asyncio.sleep(seconds)
            return {"log": [f"{name}{attempt().number}"]}

        return work

    graph = VerifiedGraph(Log)
    graph.add_step("a", worker("a"), verifiers=[check])
    graph.add_step("b", worker("b"), verifiers=[check])
    graph.add_step("c", worker("c"), verifiers=[check], **(last or {}))
    for edge in ((START, "a"), ("a", "b"), ("b", "c"), ("c", END)):
        graph.add_edge(*edge)
    return graph


async def good(state: object, update: object) -> bool:
    """A check as long as the work."""
    await asyncio.sleep(1.0)
    return True


async def timed(graph: VerifiedGraph, **options: Any) -> tuple[dict[str, Any], float]:
    """The final state, and when it was there."""
    app = graph.compile(plan=SPECULATIVE, checkpointer=InMemorySaver(), **options)
    state = await app.ainvoke({"log": []}, thread())
    return state, asyncio.get_running_loop().time()


def test_checks_hide_behind_the_work() -> None:
    """Three seconds of work and one of checking, instead of six."""
    _, seconds = run(timed(chain(good)))

    assert seconds == pytest.approx(4.0)


def test_a_refusal_cancels_what_was_built_on_it_at_once() -> None:
    """The refused first step starts again when its verdict is in, not when the next one ends."""

    async def check(state: object, update: Any) -> bool:
        await asyncio.sleep(0.25)
        return update["log"] != ["a1"]

    state, seconds = run(timed(chain(check)))

    assert (state["log"], seconds) == (["a2", "b1", "c1"], pytest.approx(1.25 + 3.25))


def test_a_step_that_must_not_speculate_waits() -> None:
    """It starts when all verdicts it rests on are in."""
    _, seconds = run(timed(chain(good, last={"speculate": False})))

    assert seconds == pytest.approx(5.0)


def test_an_irreversible_step_waits(tmp_path: Any) -> None:
    """As a barrier: nothing it rests on is in doubt when it starts."""
    graph = chain(good, last={"effect": Effect.IRREVERSIBLE})
    _, seconds = run(timed(graph, database=tmp_path / "s.db"))

    assert seconds == pytest.approx(5.0)


def test_retries_that_run_out_fail_the_run() -> None:
    """With the same error as when the run waits."""

    async def never(state: object, update: Any) -> bool:
        return update["log"][0][0] != "b"

    with pytest.raises(RunFailed, match="Step 'b' failed: refused after 3 attempts"):
        run(timed(chain(never)))


def test_a_verdict_that_stands_is_on_record() -> None:
    """Though its step had landed before it came in."""

    async def scene() -> dict[str, str | None]:
        s = session()
        app = chain(good).compile(plan=SPECULATIVE)
        await app.ainvoke({"log": []}, context=s)
        return {name: step.outcome for name, step in s.record.steps.items()}

    assert run(scene()) == {"a": "verified", "b": "verified", "c": "verified"}


def test_a_rollback_is_announced() -> None:
    """In the custom stream, because streams are provisional until settled."""

    async def check(state: object, update: Any) -> bool:
        return update["log"] != ["b1"]

    async def scene() -> list[Any]:
        app = chain(check).compile(plan=SPECULATIVE)
        return [one async for one in app.astream({"log": []}, stream_mode="custom")]

    assert run(scene()) == [{"type": "surestep.rollback", "step": "b", "why": "check: rejected"}]


def test_no_task_is_left_when_a_run_is_cut_off() -> None:
    """Neither a check nor the work that was built on it."""

    async def scene() -> int:
        app = chain(good).compile(plan=SPECULATIVE)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.5):
                await app.ainvoke({"log": []})
        return len(asyncio.all_tasks())

    assert run(scene()) == 1


def test_an_unchecked_step_that_must_not_speculate_waits_too() -> None:
    """Having nothing to verify of its own does not let it leak what is unsettled."""

    async def scene() -> float:
        started: list[float] = []

        async def tell(state: Log) -> dict[str, object]:
            started.append(asyncio.get_running_loop().time())
            return {"log": ["told"]}

        graph = VerifiedGraph(Log)
        graph.add_step("a", ScriptedWorker([{"log": ["a"]}]), verifiers=[good])
        graph.add_step("tell", tell, speculate=False)
        for edge in ((START, "a"), ("a", "tell"), ("tell", END)):
            graph.add_edge(*edge)
        await graph.compile(plan=SPECULATIVE).ainvoke({"log": []})
        return started[0]

    assert run(scene()) == pytest.approx(1.0)


def around_an_effect(told: list[tuple[list[str], float]], *, form: str) -> VerifiedGraph:
    """A step whose first output is refused late, and a nested graph with an effect behind it."""

    async def late(state: object, update: Any) -> bool:
        await asyncio.sleep(3.0)
        return update["log"] != ["a1"]

    async def think(state: Log) -> dict[str, object]:
        await asyncio.sleep(0.5)
        return {"log": [f"a{attempt().number}"]}

    async def tell(state: Log) -> dict[str, object]:
        told.append((list(state["log"]), asyncio.get_running_loop().time()))
        return {"n": 1}

    inner = VerifiedGraph(Log)
    inner.add_step("tell", tell, effect=Effect.IRREVERSIBLE)
    inner.add_edge(START, "tell")
    graph = VerifiedGraph(Log)
    graph.add_step("a", think, verifiers=[late])
    if form == "node":
        graph.add_node("in", inner.compile())
    else:
        graph.add_step("in", inner.compile())
    graph.add_edge(START, "a").add_edge("a", "in")
    return graph


@pytest.mark.parametrize("form", ["node", "step"])
def test_an_effect_in_a_nested_graph_waits_for_the_graph_around_it(
    form: str, tmp_path: Any
) -> None:
    """What a verdict may yet take back is nothing to act on, wherever the verdict is due."""
    told: list[tuple[list[str], float]] = []
    run(timed(around_an_effect(told, form=form), database=tmp_path / "s.db"))

    assert told == [(["a2"], pytest.approx(7.0))]


@pytest.mark.parametrize("form", ["node", "step"])
def test_an_effect_in_a_nested_graph_waits_after_a_crash_too(form: str, tmp_path: Any) -> None:
    """The checks of the graph around it, which nobody waits for any more, start again first."""
    told: list[tuple[list[str], float]] = []

    async def scene() -> None:
        saver = InMemorySaver()
        for start, seconds in (({"log": []}, 1.0), (None, None)):
            graph = around_an_effect(told, form=form)
            app = graph.compile(plan=SPECULATIVE, checkpointer=saver, database=tmp_path / "s.db")
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await app.ainvoke(start, thread())

    run(scene())
    assert told == [(["a2"], pytest.approx(1.0 + 3.0 + 3.5))]


def test_a_refusal_does_not_cut_off_an_effect_beside_it(tmp_path: Any) -> None:
    """It ends first; cut off half-way, it would be in doubt and a person would have to look."""
    happened: list[float] = []

    async def pay(state: Log) -> dict[str, object]:
        happened.append(asyncio.get_running_loop().time())
        await asyncio.sleep(5.0)
        return {"log": ["paid"]}

    async def think(state: Log) -> dict[str, object]:
        await asyncio.sleep(0.5)
        return {"log": [f"a{attempt().number}"]}

    async def late(state: object, update: Any) -> bool:
        await asyncio.sleep(1.0)
        return update["log"] != ["a1"]

    graph = VerifiedGraph(Log)
    graph.add_step("a", think, verifiers=[late])
    graph.add_step("pay", pay, effect=Effect.IRREVERSIBLE)
    graph.add_edge(START, "a").add_edge(START, "pay")
    state, seconds = run(timed(graph, database=tmp_path / "s.db"))

    assert (state["log"], happened, seconds) == (["a2", "paid"], [0.0], pytest.approx(6.5))


def test_an_effect_waits_for_what_a_crash_left_half_taken_in(tmp_path: Any) -> None:
    """One arm was done and unsettled when the other was cut off; its check starts again."""
    started: list[float] = []

    async def act(state: Log) -> dict[str, object]:
        started.append(asyncio.get_running_loop().time())
        return {"log": ["acted"]}

    def sleeper(seconds: float) -> Any:
        async def work(state: Log) -> dict[str, object]:
            await asyncio.sleep(seconds)
            return {"log": ["slept"]}

        return work

    async def late(state: object, update: object) -> bool:
        await asyncio.sleep(3.0)
        return True

    async def scene() -> None:
        saver = InMemorySaver()
        for start, seconds in (({"log": []}, 1.0), (None, None)):
            graph = VerifiedGraph(Log)
            graph.add_step("quick", sleeper(0.5), verifiers=[late])
            graph.add_step("slow", sleeper(5.0))
            graph.add_step("act", act, effect=Effect.IRREVERSIBLE)
            graph.add_edge(START, "quick").add_edge(START, "slow")
            graph.add_edge(["quick", "slow"], "act")
            app = graph.compile(plan=SPECULATIVE, checkpointer=saver, database=tmp_path / "s.db")
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await app.ainvoke(start, thread())

    run(scene())
    assert started == [pytest.approx(1.0 + 5.0 + 3.0)]

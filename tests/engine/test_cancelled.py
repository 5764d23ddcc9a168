"""Random graphs, cancelled at random moments and gone on with: the end is always the same."""

import asyncio
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START

from surestep import Effect, VerifiedGraph
from surestep.graph.stores import close_stores
from surestep.testing import run
from tests.engine.helpers import THREAD, State

KINDS = ("plain", "pure", "redone", "effect", "nested node", "nested step")
nodes = st.tuples(st.sampled_from(KINDS), st.sampled_from([0.0, 0.5, 1.0, 2.5]))
layers = st.lists(st.lists(nodes, min_size=1, max_size=3), min_size=1, max_size=4)
cancels = st.lists(st.floats(0.01, 6.0), max_size=5)


class World:
    """What effects have happened, by key, and the graph that brings them about."""

    def __init__(self):
        self.effects = Counter()

    def work(self, name, seconds):
        """A worker that takes its time."""

        async def worker(state):
            await asyncio.sleep(seconds)
            return {"log": [name]}

        return worker

    def pay(self, name, seconds):
        """An effect in the middle of a worker."""

        async def worker(state, key):
            await asyncio.sleep(seconds / 2)
            self.effects[key] += 1
            await asyncio.sleep(seconds / 2)
            return {"log": [name]}

        return worker

    def confirm(self, name):
        """What became of an effect."""

        async def confirm(key):
            await asyncio.sleep(0.1)
            return {"log": [name]} if key in self.effects else None

        return confirm

    def add(self, graph, name, kind, seconds):
        """Put a node of a kind into a graph."""
        if kind == "plain":
            graph.add_node(name, self.work(name, seconds))
        elif kind == "effect":
            worker, confirm = self.pay(name, seconds), self.confirm(name)
            graph.add_step(name, worker, effect=Effect.IRREVERSIBLE, confirm=confirm)
        elif kind.startswith("nested"):
            inner = self.nested(name, seconds)
            graph.add_node(name, inner) if kind == "nested node" else graph.add_step(name, inner)
        else:
            answers = iter([False] if kind == "redone" else [])
            check = [lambda state, update: next(answers, True)]
            graph.add_step(name, self.work(name, seconds), verifiers=check)

    def nested(self, name, seconds):
        """A graph whose own steps report to the one around it."""

        class Inner(State):
            """The state of the nested graph."""

        graph = VerifiedGraph(Inner)
        self.add(graph, "work", "pure", seconds)
        self.add(graph, "pay", "effect", seconds)
        graph.add_edge(START, "work").add_edge("work", "pay")
        compiled = graph.compile()

        async def enter(state):
            result = await compiled.ainvoke({"log": []})
            return {"log": [f"{name}/{one}" for one in result["log"]]}

        return enter

    def app(self, plan, database):
        """Layers of nodes, each layer joined before the next."""
        graph, before = VerifiedGraph(State), START
        for depth, layer in enumerate(plan):
            names = [f"{depth}{place}" for place in range(len(layer))]
            for name, (kind, seconds) in zip(names, layer, strict=True):
                self.add(graph, name, kind, seconds)
                graph.add_edge(before, name)
            before = names
        return graph.compile(InMemorySaver(), database=database)


async def carried_through(plan, moments, database):
    """The sorted log of a run cancelled at these moments, and its effects."""
    world = World()
    app, given = world.app(plan, database), {"log": []}
    for seconds in [*moments, None]:
        try:
            result = await asyncio.wait_for(app.ainvoke(given, THREAD), seconds)
        except TimeoutError:
            given = None if app.checkpointer.get_tuple(THREAD) else given
        else:
            return sorted(result["log"]), world.effects
    raise AssertionError("the last pass has no limit")


def carried(plan, moments):
    """The same, on a virtual loop and a database of its own."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            return run(carried_through(plan, moments, str(Path(folder) / "db")))
        finally:
            close_stores()


@settings(max_examples=25, deadline=None, derandomize=True)
@given(plan=layers, moments=cancels)
def test_a_cancelled_run_ends_as_if_it_had_not_been(plan, moments):
    """The same state, and every effect exactly once."""
    log, effects = carried(plan, [])
    again, repeated = carried(plan, moments)

    assert again == log
    assert sorted(repeated) == sorted(effects)
    assert set(repeated.values()) <= {1}

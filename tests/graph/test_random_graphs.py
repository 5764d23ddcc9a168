"""Random graphs end in the same states, by the same supersteps, as LangGraph's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START

from surestep.testing import run
from tests.graph.graphs import KINDS, Case, Kind, Log, Make, watched


@dataclass(frozen=True)
class Spot:
    """A node of a random graph.

    Attributes:
        parents: places of the nodes before it; START where empty.
        joined: whether it waits for all of them.
        back: the place it returns to while the log is short, if it closes a loop.
        routed: whether it chooses one of its successors by the state, rather than take all.
        plain: whether it is no step.
        deferred: whether it waits until nothing else runs.
    """

    parents: tuple[int, ...]
    joined: bool
    back: int | None
    routed: bool
    plain: bool
    deferred: bool


@st.composite
def spots(draw: st.DrawFn) -> tuple[Spot, ...]:
    """The nodes of a graph of up to six, each after those it depends on."""
    seldom = st.sampled_from([False, False, False, True])
    found = []
    for place in range(draw(st.integers(1, 6))):
        earlier = st.integers(0, place - 1) if place else st.nothing()
        parents = draw(st.sets(earlier, max_size=min(place, 3))) if place else set()
        back = draw(earlier) if place and draw(seldom) else None
        found.append(
            Spot(
                parents=tuple(sorted(parents)),
                joined=draw(st.booleans()),
                back=back,
                routed=draw(seldom),
                plain=draw(seldom),
                deferred=draw(seldom),
            )
        )
    return tuple(found)


def worker(name: str) -> Callable[[Log], Any]:
    """A worker whose output depends on all it saw."""

    async def works(state: Log) -> dict[str, object]:
        return {"log": [f"{name}{len(state['log'])}"]}

    return works


def router(spot: Spot, after: list[str]) -> Callable[[Log], str]:
    """Chooses by the length of the log; goes back only while that is short."""

    def route(state: Log) -> str:
        length = len(state["log"])
        if spot.back is not None and length < 8:
            return f"n{spot.back}"
        return after[length % len(after)] if after else END

    return route


def built(make: Make, graph_of: tuple[Spot, ...]) -> Case:
    """The random graph, natively or of steps."""
    graph = make.graph(Log)
    for place, spot in enumerate(graph_of):
        name, options = f"n{place}", {"defer": spot.deferred}
        if spot.plain:
            graph.add_node(name, worker(name), **options)
        else:
            make.step(graph, name, worker(name), **options)
    for place, spot in enumerate(graph_of):
        routers = {one for one in spot.parents if routes(graph_of[one])}
        parents = [f"n{one}" for one in spot.parents if one not in routers]
        if spot.joined and len(parents) > 1:
            graph.add_edge(parents, f"n{place}")
        else:
            for parent in parents or ([] if spot.parents else [START]):
                graph.add_edge(parent, f"n{place}")
        if routes(spot):
            after = [f"n{i}" for i, one in enumerate(graph_of) if place in one.parents]
            graph.add_conditional_edges(f"n{place}", router(spot, after))
    return Case(make.compile(graph, checkpointer=InMemorySaver()), [{"log": []}, {"log": ["+"]}])


def routes(spot: Spot) -> bool:
    """Whether a router, rather than edges, leads on from here."""
    return spot.routed or spot.back is not None


@settings(max_examples=60, deadline=None)
@given(spots(), st.sampled_from(KINDS))
def test_random_graphs_run_as_native_ones(graph_of: tuple[Spot, ...], kind: Kind) -> None:
    """Chains, branches, joins, routers, bounded loops, two inputs: everything streams alike."""
    native = run(watched(built(Make("native"), graph_of)))

    assert run(watched(built(Make(kind), graph_of))) == native

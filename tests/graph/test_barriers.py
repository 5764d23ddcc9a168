"""Where a run waits earlier than at its end is told before it starts."""

from __future__ import annotations

import operator
from typing import Annotated, Any, TypedDict

import pytest
from langgraph.channels.delta import DeltaChannel
from langgraph.graph import END, START
from langgraph.types import CachePolicy

from surestep import Assurance, Effect, Plan, VerifiedGraph
from surestep.graph import barriers as told
from surestep.verifiers import Vote

SPECULATIVE = Plan(default=Assurance(mode="speculative"))


class State(TypedDict, total=False):
    """A state."""

    x: int


class Long(TypedDict, total=False):
    """A state of which no checkpoint holds everything."""

    x: Annotated[list[int], DeltaChannel(operator.add, list)]


async def work(state: Any) -> Any:
    """A worker."""
    return {"x": 1}


async def good(state: object, update: object) -> bool:
    """A verifier."""
    return True


async def undo(state: object, update: object, key: str) -> None:
    """An undo."""


def app(state: type = State, interrupts: list[str] | None = None, **options: Any) -> Any:
    """A graph of one checked step `s`, under a speculative plan."""
    graph = VerifiedGraph(state)
    graph.add_step("s", work, **{"verifiers": [good], **options})
    graph.add_edge(START, "s").add_edge("s", END)
    return graph.compile(plan=SPECULATIVE, interrupt_after=interrupts)


def rows(found: Any, **options: Any) -> list[tuple[str, str, str]]:
    """The barriers of an app as plain tuples."""
    return [(one.step, one.place, one.reason) for one in found.barriers(**options)]


REVERSIBLE: dict[str, Any] = {"effect": Effect.REVERSIBLE, "undo": undo}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, []),
        ({"effect": Effect.IRREVERSIBLE}, ["before", "after"]),
        ({"speculate": False}, ["before"]),
        (REVERSIBLE, []),
        ({"cache_policy": CachePolicy()}, ["after"]),
        ({**REVERSIBLE, "cache_policy": CachePolicy()}, ["before", "after"]),
        ({**REVERSIBLE, "verifiers": [Vote()]}, ["before", "after"]),
        ({"human": "always"}, []),
    ],
)
def test_each_kind_of_step_waits_where_it_has_to(options: Any, expected: list[str]) -> None:
    """With a database."""
    assert [place for _, place, _ in rows(app(**options), database=True)] == expected


@pytest.mark.parametrize(
    ("options", "reasons"),
    [
        (REVERSIBLE, [("before", told.UNJOURNALED), ("after", told.UNJOURNALED)]),
        ({"human": "always"}, [("after", told.ASKS)]),
    ],
)
def test_some_wait_for_want_of_a_database(options: Any, reasons: list[tuple[str, str]]) -> None:
    """Which they would not with one."""
    found = app(**options).barriers(database=False)
    assert [(one.place, one.reason) for one in found] == reasons


def test_nothing_goes_on_where_the_graph_interrupts() -> None:
    """LangGraph would stop with outputs unsettled."""
    assert rows(app(interrupts=["s"])) == [("s", "after", told.STOPS)]


def test_nothing_goes_on_where_a_channel_cannot_be_put_back() -> None:
    """Its checkpoint does not hold all of it."""
    assert rows(app(Long)) == [("s", "after", told.DELTA)]


def test_a_reversible_step_waits_in_a_nested_graph() -> None:
    """Its path says which."""
    outer = VerifiedGraph(State)
    outer.add_node("in", app(**REVERSIBLE)).add_edge(START, "in")
    found = outer.compile(plan=SPECULATIVE)

    assert rows(found, database=True)[0] == ("in/s", "before", told.NESTED)


def test_under_a_serial_plan_only_what_cannot_be_undone_is_told() -> None:
    """There is nothing unsettled to wait for."""
    assert rows(app(**REVERSIBLE), plan=Plan.everything()) == []


def test_barriers_are_drawn() -> None:
    """Before the step; and its checks say that they are waited for."""
    graph = app(**REVERSIBLE).get_graph()

    assert ("surestep.barrier.s", "s") in {(edge.source, edge.target) for edge in graph.edges}
    assert graph.nodes["s.checks"].name == "good (waited for)"


def test_a_barrier_reads_as_a_sentence() -> None:
    """For those who ask on the command line."""
    found = app(speculate=False).barriers()

    assert [*map(str, found)] == ["s starts once all verdicts are in: " + told.PRIVATE]

"""The logical drawing shows what verification adds, and the physical one what runs."""

from __future__ import annotations

from typing import TypedDict

import pytest
from langchain_core.runnables.graph import Graph
from langgraph.graph import END, START

from surestep import Effect, VerifiedGraph
from surestep.graph import VerifiedApp


class State(TypedDict, total=False):
    """A state."""

    x: int


async def work(state: State) -> State:
    """A worker."""
    return {"x": 1}


async def good(state: State, update: State) -> bool:
    """A verifier."""
    return True


@pytest.fixture
def app() -> VerifiedApp:
    """A graph of a checked step, a step that asks, and an irreversible one."""
    graph = VerifiedGraph(State)
    graph.add_step("draft", work, verifiers=[good])
    graph.add_step("decide", work, human="always")
    graph.add_step("pay", work, effect=Effect.IRREVERSIBLE)
    for edge in ((START, "draft"), ("draft", "decide"), ("decide", "pay"), ("pay", END)):
        graph.add_edge(*edge)
    return graph.compile()


def pairs(graph: Graph, *, dashed: bool) -> set[tuple[str, str]]:
    """The edges of one kind."""
    return {(edge.source, edge.target) for edge in graph.edges if edge.conditional is dashed}


def test_a_checked_step_is_drawn_beside_its_checks(app: VerifiedApp) -> None:
    """Dashed, there and back."""
    dashed = pairs(app.get_graph(), dashed=True)

    assert {("draft", "draft.checks"), ("draft.checks", "draft")} <= dashed


def test_checks_carry_the_names_of_the_verifiers(app: VerifiedApp) -> None:
    """So that a plan can be written from the drawing."""
    assert app.get_graph().nodes["draft.checks"].name == "good"


def test_the_planner_switches_the_checks(app: VerifiedApp) -> None:
    """It is drawn only where there is something to switch."""
    assert ("surestep.plan", "draft.checks") in pairs(app.get_graph(), dashed=True)


def test_a_step_that_asks_is_joined_to_the_person(app: VerifiedApp) -> None:
    """Dashed, there and back."""
    dashed = pairs(app.get_graph(), dashed=True)

    assert {("decide", "surestep.human"), ("surestep.human", "decide")} <= dashed


def test_a_barrier_stands_before_an_irreversible_step(app: VerifiedApp) -> None:
    """Nothing reaches the step but through it."""
    solid = pairs(app.get_graph(), dashed=False)

    assert {source for source, target in solid if target == "pay"} == {"surestep.barrier.pay"}


def test_the_user_s_own_edges_stay_solid(app: VerifiedApp) -> None:
    """As they were drawn."""
    assert {("__start__", "draft"), ("draft", "decide")} <= pairs(app.get_graph(), dashed=False)


def test_a_graph_without_verification_is_drawn_as_langgraph_draws_it() -> None:
    """No planner, no person, no barrier."""
    graph = VerifiedGraph(State).add_step("work", work)
    graph.add_edge(START, "work")
    graph.add_edge("work", END)

    assert set(graph.compile().get_graph().nodes) == {"__start__", "work", "__end__"}


def test_mermaid_takes_the_drawing(app: VerifiedApp) -> None:
    """With the label that says what a dashed edge is for."""
    assert "retry" in app.get_graph().draw_mermaid()


def test_the_physical_drawing_shows_the_nodes_that_run(app: VerifiedApp) -> None:
    """The planner's and the person's among them."""
    assert {"surestep.plan", "surestep.human"} <= set(app.physical_graph().nodes)

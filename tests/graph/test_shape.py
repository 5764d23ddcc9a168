"""Which steps come after which, whatever stands between them."""

from __future__ import annotations

import operator
from typing import Annotated, Any, TypedDict

from langgraph.graph import END, START

from surestep import Effect, VerifiedGraph
from surestep.budgets import Profile
from surestep.graph.shape import effects_of, shape_of


class State(TypedDict, total=False):
    """What the steps share."""

    log: Annotated[list[str], operator.add]


def work(state: Any) -> State:
    """A worker."""
    return {"log": ["x"]}


def graph(*edges: tuple[str, str], plain: str = "") -> VerifiedGraph:
    """A graph of these edges; nodes are steps but for the plain ones."""
    made = VerifiedGraph(State)
    names = dict.fromkeys(name for edge in edges for name in edge if name not in (START, END))
    for name in names:
        (made.add_node if name in plain.split() else made.add_step)(name, work)
    for here, there in edges:
        made.add_edge(here, there)
    return made


def test_a_chain_follows_its_edges() -> None:
    """The first step follows nothing."""
    chain = graph((START, "a"), ("a", "b"), ("b", END))
    assert shape_of(chain.compile().definition) == {"a": (), "b": ("a",)}


def test_plain_nodes_are_passed_over() -> None:
    """Two in a row, too."""
    made = graph((START, "a"), ("a", "p"), ("p", "q"), ("q", "b"), ("b", END), plain="p q")
    assert made.shape() == {"a": (), "b": ("a",)}


def test_arms_meet() -> None:
    """A step may follow several."""
    made = graph((START, "a"), ("a", "b"), ("a", "c"), ("b", "d"), ("c", "d"), ("d", END))
    assert made.shape() == {"a": (), "b": ("a",), "c": ("a",), "d": ("b", "c")}


def test_a_loop_does_not_lead_back() -> None:
    """Its expected visits stand for the way back."""
    made = graph((START, "a"), ("a", "b"))
    made.add_conditional_edges("b", lambda state: "a", ["a", END])
    assert made.shape() == {"a": (), "b": ("a",)}


def test_the_steps_of_a_nested_graph_stand_in_its_place() -> None:
    """By their paths."""
    made = graph((START, "a"), ("a", "sub"), ("sub", "b"), ("b", END), plain="sub")
    inner = graph((START, "x"), ("x", "y"), ("y", END))
    outer = VerifiedGraph(State)
    outer.add_step("a", work)
    outer.add_node("sub", inner.compile())
    outer.add_step("b", work)
    for here, there in made.edges:
        outer.add_edge(here, there)
    assert outer.shape() == {"a": (), "b": ("sub/y",), "sub/x": ("a",), "sub/y": ("sub/x",)}


def test_effects_are_those_declared() -> None:
    """By path, compiled or not."""
    made = graph((START, "a"), ("a", END))
    made.add_step("pay", work, effect=Effect.IRREVERSIBLE)
    made.add_edge("a", "pay")
    told = {"a": Effect.PURE, "pay": Effect.IRREVERSIBLE}
    assert made.effects() == made.compile().effects() == told
    assert effects_of(made.compile().definition) == told


def test_a_profile_is_fitted_in_the_shape_of_a_graph() -> None:
    """Which is not the order in which steps were recorded."""
    made = graph((START, "a"), (START, "b"), ("a", "c"), ("b", "c"), ("c", END))
    steps = [{"step": name, "ok": 1} for name in "abc"]
    profile = Profile.fit([{"run_id": "1", "ok": 1, "steps": steps}], made)
    assert profile.after == {"a": (), "b": (), "c": ("a", "b")}

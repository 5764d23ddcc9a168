"""The user's own context beside ours, live, kept with the thread, or as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START
from langgraph.runtime import Runtime

from surestep import Assurance, Plan, VerifiedGraph, session
from surestep.errors import ContextMissing, InputError
from surestep.graph import VerifiedApp
from surestep.testing import run
from tests.graph.graphs import Log, accepts, chain_of, refuses, thread

OFF = Plan(default=Assurance(mode="off"))


def strict(*names: str) -> VerifiedApp:
    """A chain of steps that every check refuses."""
    return chain_of(*names, verifiers=[refuses], retries=0).compile(InMemorySaver())


@dataclass
class Who:
    """A context of the user's."""

    user: str


async def greets(state: Log, runtime: Runtime[Any]) -> dict[str, object]:
    """A worker that shows which context it sees."""
    return {"log": [repr(runtime.context)]}


def greeting(context_schema: Any = None) -> VerifiedApp:
    """A step, a plain node and a nested step that show their context."""
    inner = VerifiedGraph(Log, context_schema)
    inner.add_step("deep", greets, verifiers=[accepts])
    inner.add_edge(START, "deep")
    graph = VerifiedGraph(Log, context_schema)
    graph.add_step("step", greets)
    graph.add_node("plain", greets)
    graph.add_node("sub", inner.compile())
    graph.add_edge(START, "step").add_edge("step", "plain").add_edge("plain", "sub")
    return graph.compile(InMemorySaver(), interrupt_before=["plain"])


async def seen_by(app: VerifiedApp, *contexts: object) -> set[str]:
    """What nodes of a run and its resume saw as their context."""
    first, second = contexts
    await app.ainvoke({"log": []}, thread(), context=first)
    result = await app.ainvoke(None, thread(), context=second)
    log = result["log"]
    return {log[0], *log[len(log) // 2 :]}


@pytest.mark.parametrize("wrap", [session, lambda context: context])
def test_every_node_sees_the_users_context(wrap: Any) -> None:
    """Inside a session or alone, in steps, plain nodes and nested graphs."""
    contexts = [wrap(context=Who("Ada")) if wrap is session else Who("Ada") for _ in range(2)]

    assert run(seen_by(greeting(), *contexts)) == {"Who(user='Ada')"}


def test_json_becomes_the_users_own_class() -> None:
    """Ours is taken out before their schema sees it."""
    given = {"user": "Ada", "surestep": {"plan": OFF.as_dict()}}

    assert run(seen_by(greeting(Who), given, given)) == {"Who(user='Ada')"}


def test_a_session_alone_leaves_the_context_empty() -> None:
    """Nodes see `None`, not our handle."""
    assert run(seen_by(greeting(), session(), session())) == {"None"}


def test_a_json_context_is_kept_with_the_thread() -> None:
    """A resume without context sees it again."""
    assert run(seen_by(greeting(), {"user": "Ada"}, None)) == {"{'user': 'Ada'}"}


@pytest.mark.parametrize("context", [Who("Ada"), session(context=Who("Ada"))])
def test_a_live_context_has_to_be_given_again(context: object) -> None:
    """The error names its type and says how."""
    with pytest.raises(ContextMissing, match=r"Who.*session\(context="):
        run(seen_by(greeting(), context, None))


def test_a_server_gives_options_as_json() -> None:
    """Plan and limits stand under one reserved key."""
    limits = {"max_waste_usd": 0.01, "max_unsettled": 2}
    options = {"plan": OFF.as_dict(), "slo": {"cost_usd": 0.5}, **limits}
    context = json.loads(json.dumps({"surestep": options}))

    assert run(strict("a").ainvoke({"log": []}, thread(), context=context)) == {"log": ["a"]}


def test_a_server_may_give_a_plan_as_toml() -> None:
    """A text under `plan` is read as the file it could be."""
    context = {"surestep": {"plan": OFF.toml()}}

    assert run(strict("a").ainvoke({"log": []}, thread(), context=context)) == {"log": ["a"]}


@pytest.mark.parametrize(
    "options",
    [
        "fast",
        {"plan": 3},
        {"plan": "steps = "},
        {"plan": {"steps": {"a": {"mode": "maybe"}}}},
        {"plan": {"steps": {"nowhere": {"mode": "off"}}}},
        {"slo": {"cost_usd": -1}},
        {"slo": ["cost_usd"]},
        {"max_waste_usd": -0.5},
        {"max_unsettled": "few"},
        {"speed": 1},
    ],
)
def test_options_that_do_not_fit_are_refused(options: object) -> None:
    """A typed error with a remedy, and no step has run."""
    ran: list[str] = []

    async def works(state: Log) -> None:
        ran.append("a")

    graph = VerifiedGraph(Log)
    graph.add_step("a", works)
    graph.add_edge(START, "a")
    with pytest.raises(InputError) as caught:
        run(graph.compile().ainvoke({"log": []}, context={"surestep": options}))

    assert caught.value.remedy
    assert ran == []

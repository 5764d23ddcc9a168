"""Threads: copies of apps, states edited from outside, time travel, turns, blocking calls."""

from __future__ import annotations

from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.errors import EmptyInputError
from langgraph.graph import START
from langgraph.types import Send

from surestep import Assurance, Plan, VerifiedGraph, attempt, record, session
from surestep.errors import LoopRunning, UnknownThread
from surestep.graph import VerifiedApp
from surestep.testing import run
from tests.graph.graphs import Log, accepts, chain_of, outcomes, says, thread
from tests.graph.shapes import Point

PLAN = Plan({"a": Assurance(mode="off")})


def planned() -> VerifiedApp:
    """Two checked steps, the first of which the plan leaves unchecked."""
    return chain_of("a", "b", verifiers=[accepts]).compile(InMemorySaver(), plan=PLAN)


@pytest.mark.parametrize(
    "changed",
    [
        lambda app: app,
        lambda app: app.copy(),
        lambda app: app.with_config(tags=["t"]),
        lambda app: app.copy({"name": "other"}).with_config(recursion_limit=9).copy(),
    ],
)
def test_copies_keep_the_plan_and_how_it_runs(changed: Any) -> None:
    """`app.plan` survives `copy()` and `with_config()`, and is what the copy runs by."""

    async def went() -> tuple[Plan, dict[str, str | None]]:
        app = changed(planned())
        await app.ainvoke({"log": []}, thread())
        return app.plan, await outcomes(app, thread())

    assert run(went()) == (PLAN, {"a": "unverified", "b": "verified"})


def test_without_a_plan_every_verifier_is_serial() -> None:
    """`app.plan` is that of all verifiers then."""
    app = chain_of("a").compile()

    assert (app.plan, app.plan.of("a").mode) == (Plan.everything(), "serial")


def test_a_copy_with_a_checkpointer_keeps_typed_outputs() -> None:
    """`copy(update=...)` still makes v2 outputs of the user's own class."""

    async def add(state: Point) -> dict[str, int]:
        return {"x": state.x + 1}

    graph = VerifiedGraph(Point)
    graph.add_step("add", add)
    graph.add_edge(START, "add")
    app = graph.compile().copy({"checkpointer": InMemorySaver()})

    assert run(app.ainvoke(Point(1, []), thread(), version="v2")).value == Point(2, [])


def test_a_graph_compiled_twice_makes_apps_of_their_own() -> None:
    """Neither the definition nor the first app changes by the second `compile`."""
    graph = chain_of("a", verifiers=[accepts])
    first, second = graph.compile(), graph.compile(plan=PLAN)
    graph.add_step("late", says("late"))

    assert (set(first.definition.steps), first.plan) == ({"a"}, Plan.everything())
    assert run(second.ainvoke({"log": []})) == {"log": ["a"]}
    assert [name for name in graph.nodes if name.startswith("surestep")] == []


def test_a_state_updated_as_a_step_goes_on_after_it() -> None:
    """`aupdate_state(as_node=step)` counts as that step's output."""

    async def went() -> tuple[tuple[str, ...], object]:
        app = planned()
        await app.aupdate_state(thread(), {"log": ["mine"]}, as_node="a")
        following = (await app.aget_state(thread())).next
        return following, await app.ainvoke(None, thread())

    assert run(went()) == (("b",), {"log": ["mine", "b"]})


def test_a_state_updated_as_input_starts_the_run() -> None:
    """`as_node=START` leads to the first step."""

    async def went() -> object:
        app = planned()
        await app.aupdate_state(thread(), {"log": ["in"]}, as_node=START)
        return await app.ainvoke(None, thread())

    assert run(went()) == {"log": ["in", "a", "b"]}


def test_an_edited_state_is_what_the_next_step_sees() -> None:
    """A paused run goes on from the values a person has put in."""

    async def went() -> object:
        app = chain_of("a", "b").compile(InMemorySaver(), interrupt_before=["b"])
        await app.ainvoke({"log": []}, thread())
        await app.aupdate_state(thread(), {"log": ["edited"]})
        return await app.ainvoke(None, thread())

    assert run(went()) == {"log": ["a", "edited", "b"]}


def test_an_older_checkpoint_runs_again_from_there() -> None:
    """Time travel redoes what came after, and nothing before."""

    async def went() -> tuple[object, object]:
        app = planned()
        await app.ainvoke({"log": []}, thread())
        history = [one async for one in app.aget_state_history(thread())]
        before_b = next(one for one in history if one.next == ("b",))
        again = await app.ainvoke(None, before_b.config)
        fork = await app.aupdate_state(before_b.config, {"log": ["other"]}, as_node="a")
        return again, await app.ainvoke(None, fork)

    assert run(went()) == ({"log": ["a", "b"]}, {"log": ["a", "other", "b"]})


def test_the_states_history_shows_only_the_users_values() -> None:
    """No checkpoint of the history has a value of ours."""

    async def went() -> set[str]:
        app = planned()
        await app.ainvoke({"log": []}, thread())
        return {key async for one in app.aget_state_history(thread()) for key in one.values}

    assert run(went()) == {"log"}


def test_new_input_starts_a_new_record() -> None:
    """The record of a second turn has only that turn's steps, visits and spending."""

    async def went() -> tuple[int, int]:
        app = planned()
        await app.ainvoke({"log": []}, thread())
        first = await record(app, thread())
        await app.ainvoke({"log": []}, thread())
        second = await record(app, thread())
        return first.steps["a"].visits, second.steps["a"].visits

    assert run(went()) == (1, 1)


def test_keys_differ_over_all_turns() -> None:
    """No two visits of a thread share a key, whichever turn they belong to."""
    keys: list[str] = []

    async def notes(state: Log, key: str) -> dict[str, object]:
        keys.append(key)
        assert attempt().key == key
        return {"log": ["noted"]}

    async def went() -> None:
        graph = VerifiedGraph(Log)
        graph.add_step("notes", notes)
        graph.add_edge(START, "notes")
        graph.add_conditional_edges("notes", lambda s: "notes" if len(s["log"]) % 2 else "__end__")
        app = graph.compile(InMemorySaver())
        for _ in range(2):
            await app.ainvoke({"log": []}, thread())

    run(went())

    assert len(set(keys)) == 4
    assert all(key.startswith("t/") for key in keys)


def test_sends_of_one_superstep_get_keys_of_their_own() -> None:
    """Three visits at once have three keys."""
    keys: list[str] = []

    async def notes(state: Log, key: str) -> dict[str, object]:
        keys.append(key)
        return {"log": [state["item"]]}

    graph = VerifiedGraph(Log)
    graph.add_step("notes", notes)
    graph.add_conditional_edges(START, lambda s: [Send("notes", {"item": one}) for one in "xyz"])

    run(graph.compile(InMemorySaver()).ainvoke({"log": []}, thread()))

    assert len(set(keys)) == 3


def test_visits_of_a_nested_step_count_on() -> None:
    """A nested graph that is entered twice numbers its visits through, in keys and record."""
    keys: list[str] = []

    async def notes(state: Log, key: str) -> dict[str, object]:
        keys.append(key)
        return {"log": ["noted"]}

    async def went() -> int:
        inner = VerifiedGraph(Log)
        inner.add_step("deep", notes)
        inner.add_edge(START, "deep")
        graph = VerifiedGraph(Log)
        graph.add_node("sub", inner.compile())
        graph.add_edge(START, "sub")
        graph.add_conditional_edges("sub", lambda s: "sub" if len(s["log"]) < 2 else "__end__")
        app = graph.compile(InMemorySaver())
        await app.ainvoke({"log": []}, thread())
        return (await record(app, thread())).steps["sub/deep"].visits

    assert run(went()) == 2
    assert len(set(keys)) == 2


def test_a_record_read_later_is_the_sessions() -> None:
    """`record(app, config)` has what the handle had when the run ended."""

    async def went() -> tuple[Any, Any]:
        app, s = planned(), session()
        await app.ainvoke({"log": []}, thread(), context=s)
        return s.record, await record(app, thread())

    live, later = run(went())

    assert live.outcome == later.outcome == "succeeded"
    assert live.steps == later.steps


def test_the_record_of_an_unknown_thread_is_refused() -> None:
    """The error names the thread."""
    with pytest.raises(UnknownThread, match="'nobody'"):
        run(record(planned(), thread("nobody")))


def test_blocking_calls_run_in_a_loop_of_their_own() -> None:
    """`invoke`, `stream` and `batch` work where no loop runs."""
    app = planned()

    assert app.invoke({"log": []}, thread("1")) == {"log": ["a", "b"]}
    streamed = list(app.stream({"log": []}, thread("2"), stream_mode="updates"))
    assert [next(iter(chunk)) for chunk in streamed] == ["a", "b"]
    assert app.batch([{"log": []}] * 2, [thread("3"), thread("4")]) == [{"log": ["a", "b"]}] * 2


def test_a_blocking_stream_can_be_left() -> None:
    """Leaving it closes its loop; the thread goes on later."""
    app = planned()
    for _ in app.stream({"log": []}, thread(), stream_mode="updates"):
        break

    assert app.invoke(None, thread()) == {"log": ["a", "b"]}


@pytest.mark.parametrize("call", ["invoke", "stream"])
def test_blocking_calls_inside_a_loop_are_refused(call: str) -> None:
    """The error says what to call instead."""

    async def inside() -> None:
        list(getattr(planned(), call)({"log": []}, thread()))

    with pytest.raises(LoopRunning, match=r"astream|ainvoke"):
        run(inside())


def test_many_inputs_run_side_by_side() -> None:
    """`abatch` gives each input a run of its own."""

    async def went() -> object:
        app = planned()
        configs = [thread(str(number)) for number in range(5)]
        return await app.abatch([{"log": [str(number)]} for number in range(5)], configs)

    assert run(went()) == [{"log": [str(number), "a", "b"]} for number in range(5)]


def test_a_thread_nobody_has_started_cannot_go_on() -> None:
    """`None` as input on a new thread is refused, as natively."""
    with pytest.raises(EmptyInputError):
        run(planned().ainvoke(None, thread("nobody")))

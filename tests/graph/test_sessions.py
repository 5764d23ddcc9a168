"""Sessions: options of one run, and switches while it goes."""

from __future__ import annotations

import asyncio

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph

from surestep import SLO, Assurance, Plan, VerifiedGraph, session
from surestep.budgets.planner import Moment
from surestep.errors import PlanError, RunFailed
from surestep.graph import Session, VerifiedApp
from surestep.storage import Event
from surestep.testing import run
from tests.graph.graphs import Log, accepts, chain_of, refuses, says, thread

OFF = Plan(default=Assurance(mode="off"))


def strict(*names: str) -> VerifiedApp:
    """A chain of steps that every check refuses."""
    return chain_of(*names, verifiers=[refuses], retries=0).compile(InMemorySaver())


def outcomes(s: Session) -> dict[str, str | None]:
    """How the steps of a session's run settled."""
    return {name: step.outcome for name, step in s.record.steps.items()}


def test_a_sessions_plan_overrides_the_compiled_one() -> None:
    """Checks that would refuse everything do not run."""
    s = session(plan=OFF)

    assert run(strict("a").ainvoke({"log": []}, thread(), context=s)) == {"log": ["a"]}
    assert outcomes(s) == {"a": "unverified"}


def test_a_plan_names_nested_steps_by_path() -> None:
    """`sub/deep` is the step `deep` inside the node `sub`, and no other `deep`."""
    graph = chain_of("deep", verifiers=[accepts])
    graph.add_node("sub", chain_of("deep", verifiers=[refuses], retries=0).compile())
    graph.add_edge("deep", "sub")
    s = session(plan=Plan({"sub/deep": Assurance(mode="off")}))

    run(graph.compile().ainvoke({"log": []}, context=s))

    assert outcomes(s) == {"deep": "verified", "sub/deep": "unverified"}


def test_a_nested_step_may_be_named_by_a_number() -> None:
    """Its path has the number, and so does that of one called twice in one worker."""
    app = chain_of("1").compile()

    async def twice(state: Log) -> dict[str, object]:
        return {"log": [*(await app.ainvoke(state))["log"], *(await app.ainvoke(state))["log"]]}

    graph = VerifiedGraph(Log)
    graph.add_step("sub", twice)
    graph.add_edge(START, "sub")
    s = session()
    run(graph.compile(InMemorySaver()).ainvoke({"log": []}, thread(), context=s))

    assert {path: step.visits for path, step in s.record.steps.items()} == {"sub/1": 2, "sub": 1}


def test_a_nested_graph_keeps_its_own_plan() -> None:
    """What it was compiled with counts where the run's plan does not name its steps."""
    inner = chain_of("deep", verifiers=[refuses]).compile(
        plan=Plan({"deep": Assurance(mode="off")})
    )
    graph = VerifiedGraph(Log)
    graph.add_step("sub", inner)
    graph.add_edge(START, "sub")
    s = session()

    run(graph.compile().ainvoke({"log": []}, context=s))

    assert outcomes(s) == {"sub/deep": "unverified", "sub": "unverified"}


def test_a_verified_graph_in_a_native_one_runs_by_its_own_plan() -> None:
    """Without a session around it, the nested app opens a run of its own."""
    inner = chain_of("deep", verifiers=[refuses]).compile(plan=OFF)
    graph = StateGraph(Log)
    graph.add_node("sub", inner)
    graph.add_edge(START, "sub")

    assert run(graph.compile().ainvoke({"log": []})) == {"log": ["deep"]}


def test_a_switch_before_the_run_takes_effect() -> None:
    """A handle can be told before anything runs."""
    s = session()
    s.switch("a", mode="off", why="I trust it")

    assert run(strict("a").ainvoke({"log": []}, thread(), context=s)) == {"log": ["a"]}


def test_a_switch_takes_effect_at_the_next_step() -> None:
    """A worker that switches the step after it, in the middle of a run."""
    s = session()

    async def leads(state: Log) -> dict[str, object]:
        s.switch("b", mode="off", why="no time", by="Ada")
        return {"log": ["a"]}

    graph = VerifiedGraph(Log)
    graph.add_step("a", leads)
    graph.add_step("b", says("b"), verifiers=[refuses], retries=0)
    graph.add_edge(START, "a").add_edge("a", "b")

    assert run(graph.compile().ainvoke({"log": []}, context=s)) == {"log": ["a", "b"]}


def test_a_switch_can_turn_checks_on() -> None:
    """What the plan leaves unchecked is checked after it."""
    s = session(plan=OFF)
    s.switch("a", mode="serial", why="it matters")

    with pytest.raises(RunFailed):
        run(strict("a").ainvoke({"log": []}, thread(), context=s))


def test_the_trace_says_who_switched_and_why() -> None:
    """A switch is one event with actor, reason and change."""
    s, events = session(), list[Event]()
    s.listen(events.append)
    s.switch("a", mode="off", why="too slow", by="Ada")

    run(strict("a").ainvoke({"log": []}, thread(), context=s))

    switch = next(event for event in events if event.kind == "switch")
    assert switch.step == "a"
    assert switch.data == {"why": "too slow", "by": "Ada", "changes": {"mode": "off"}}


def test_a_switch_is_kept_with_the_thread() -> None:
    """A resume without context goes on as switched."""

    async def went() -> object:
        app, s = strict("a", "b").copy({"interrupt_before_nodes": ["b"]}), session()
        for name in "ab":
            s.switch(name, mode="off", why="trust")
        await app.ainvoke({"log": []}, thread(), context=s)
        return await app.ainvoke(None, thread())

    assert run(went()) == {"log": ["a", "b"]}


def test_a_planner_is_asked_before_each_step() -> None:
    """It sees the step and the run so far, and what it says holds."""
    seen: list[tuple[str, tuple[str, ...]]] = []

    def planner(moment: Moment) -> Assurance | None:
        seen.append((moment.step, tuple(moment.record.steps)))
        return Assurance(mode="off") if moment.step == "b" else None

    s, events = session(planner=planner), list[Event]()
    s.listen(events.append)
    graph = chain_of("a", verifiers=[accepts])
    graph.add_step("b", says("b"), verifiers=[refuses], retries=0)
    graph.add_edge("a", "b")
    run(graph.compile().ainvoke({"log": []}, context=s))

    assert seen == [("a", ()), ("b", ("a",))]
    assert [e.data["by"] for e in events if e.kind == "switch"] == ["planner"]


def test_options_are_kept_with_the_thread() -> None:
    """A resume without context uses the plan the thread was started with."""

    async def went() -> object:
        app = strict("a", "b").copy({"interrupt_before_nodes": ["b"]})
        await app.ainvoke({"log": []}, thread(), context=session(plan=OFF))
        return await app.ainvoke(None, thread())

    assert run(went()) == {"log": ["a", "b"]}


def test_a_resume_with_a_session_overrides_what_is_kept() -> None:
    """Its plan counts, and what it leaves out stays as it was."""

    async def went() -> SLO | None:
        app = strict("a", "b").copy({"interrupt_before_nodes": ["b"]})
        start = session(plan=OFF, slo=SLO(latency_s=5))
        await app.ainvoke({"log": []}, thread(), context=start)
        s = session(plan=Plan.everything())
        with pytest.raises(RunFailed, match="'b'"):
            await app.ainvoke(None, thread(), context=s)
        return s._live.options.slo if s._live else None

    assert run(went()) == SLO(latency_s=5)


def test_new_input_without_context_starts_from_the_compiled_plan() -> None:
    """Options belong to a run and its resumes, not to every later turn."""

    async def went() -> None:
        app = strict("a")
        await app.ainvoke({"log": []}, thread(), context=session(plan=OFF))
        with pytest.raises(RunFailed):
            await app.ainvoke({"log": []}, thread())

    run(went())


@pytest.mark.parametrize(
    "plan",
    [
        Plan({"nowhere": Assurance()}),
        Plan({"a": Assurance(verifiers=("nowhere",))}),
        Plan(default=Assurance(verifiers=("nowhere",))),
    ],
)
def test_a_plan_for_what_is_not_there_is_refused(plan: Plan) -> None:
    """A step or a verifier: at compile, and at the start of a run."""
    graph = chain_of("a", verifiers=[accepts])
    with pytest.raises(PlanError, match="'nowhere'"):
        graph.compile(plan=plan)
    with pytest.raises(PlanError, match="'nowhere'"):
        run(graph.compile().ainvoke({"log": []}, context=session(plan=plan)))


def test_a_switch_of_an_unknown_step_is_refused() -> None:
    """Before the run, when it starts; during the run, at once."""
    s = session()
    s.switch("nowhere", mode="off", why="?")
    with pytest.raises(PlanError, match="'nowhere'"):
        run(strict("a").ainvoke({"log": []}, thread(), context=s))


def test_a_switch_of_an_unknown_step_while_running_is_refused() -> None:
    """The run goes on as it was."""
    s = session()

    async def tries(state: Log) -> dict[str, object]:
        with pytest.raises(PlanError, match="'nowhere'"):
            s.switch("nowhere", mode="off", why="?")
        return {"log": ["went on"]}

    graph = VerifiedGraph(Log)
    graph.add_step("a", tries, retries=0)
    graph.add_edge(START, "a")

    assert run(graph.compile().ainvoke({"log": []}, context=s)) == {"log": ["went on"]}


@pytest.mark.parametrize("changes", [{"mode": "maybe"}, {"speed": 1}, {"samples": 0}])
def test_a_switch_that_changes_nothing_sensible_is_refused(changes: dict[str, object]) -> None:
    """Unknown keys and values raise at once."""
    with pytest.raises(PlanError):
        session().switch("a", why="?", **changes)


def test_listeners_hear_a_run_from_start_to_end() -> None:
    """Events come in order, the first and the last those of the run."""
    s, events = session(), list[Event]()
    s.listen(events.append)

    run(chain_of("a", verifiers=[accepts]).compile().ainvoke({"log": []}, context=s))

    kinds = [event.kind for event in events]
    assert kinds == [
        "run_started",
        "plan",
        "step_started",
        "attempt",
        "verdict",
        "settled",
        "run_ended",
    ]


def test_the_record_fills_while_the_run_goes() -> None:
    """A later step can read how an earlier one went."""
    s = session()

    async def looks(state: Log) -> dict[str, object]:
        return {"log": [str(s.record.steps["a"].outcome), str(s.record.outcome)]}

    graph = chain_of("a", verifiers=[accepts])
    graph.add_step("b", looks)
    graph.add_edge("a", "b")

    assert run(graph.compile().ainvoke({"log": []}, context=s))["log"] == ["a", "verified", "None"]


def test_two_runs_with_two_sessions_do_not_mix() -> None:
    """Each handle shows its own run."""
    app, first, second = chain_of("a", "b").compile(), session(), session()
    second.switch("a", mode="off", why="differs")

    async def both() -> None:
        calls = [app.ainvoke({"log": []}, context=one) for one in (first, second)]
        await asyncio.gather(*calls)

    run(both())
    assert [one.record.steps["a"].visits for one in (first, second)] == [1, 1]

"""Bad input is refused with a typed error that names the value, before anything runs."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START

from surestep import SLO, Ask, Budget, Effect, Plan, VerifiedGraph, session
from surestep.errors import GraphError, InputError, PlanError, PriceUnknown, StoreError
from surestep.testing import FakeChat, run
from surestep.verifiers import Judge, Rule, Vote
from surestep.verifiers.base import verifier
from tests.graph.graphs import Log, accepts, chain_of, one_step, says, thread


async def confirm(key: str) -> None:
    """Never knows."""


def judge(name: str = "judge") -> Judge:
    """A judge whose model has no price."""
    return Judge(FakeChat([]), rubric="Fine?", name=name)


OPTIONS: dict[str, dict[str, Any]] = {
    "two verifiers are named 'accepts'": {"verifiers": [accepts, accepts]},
    "two verifiers are named 'vote'": {"verifiers": [Vote(), Rule(accepts, name="vote")]},
    "2 votes": {"verifiers": [Vote(), Vote()]},
    "samples is 3 beside a Vote": {"verifiers": [Vote()], "samples": 3},
    "samples is 0": {"samples": 0},
    "retries is -1": {"retries": -1},
    "hedge_after_s is -1": {"hedge_after_s": -1},
    "hedge_after_s is nan": {"hedge_after_s": math.nan},
    "on_budget is 'retry'": {"on_budget": "retry"},
    "on_inconclusive is None": {"on_inconclusive": None},
    "on_budget is 'fallback'": {"on_budget": "fallback"},
    "human is 'sometimes'": {"human": "sometimes"},
    "needs its undo": {"effect": Effect.REVERSIBLE},
    "at most once": {"effect": Effect.IRREVERSIBLE, "samples": 2},
    "'maybe'": {"effect": "maybe"},
    "cannot be called": {"verifiers": [3]},
    "is a class": {"verifiers": [Rule]},
    "not async": {"timeout": 3},
}


@pytest.mark.parametrize("problem", OPTIONS)
def test_an_option_that_does_not_fit_is_refused(problem: str) -> None:
    """`add_step` names the step, or the verifier, and the value."""

    def work(state: Log) -> None:
        return None

    graph = VerifiedGraph(Log)
    with pytest.raises(GraphError, match=problem) as caught:
        graph.add_step("work", work, **OPTIONS[problem])

    assert caught.value.remedy
    assert "work" not in graph.nodes


@pytest.mark.parametrize(
    "make",
    [
        lambda: Budget(latency_s=-1),
        lambda: Budget(latency_s=0),
        lambda: Budget(latency_s=math.nan),
        lambda: Budget(cost_usd=-0.01),
        lambda: Budget(cost_usd=math.inf),
        lambda: SLO(latency_s=0),
        lambda: SLO(reliability=1.0),
        lambda: SLO(cost_usd=math.nan),
    ],
)
def test_a_budget_that_cannot_be_is_refused(make: Callable[[], object]) -> None:
    """Negative, NaN, infinite, and zero where that is impossible."""
    with pytest.raises(PlanError, match=r"(Budget|SLO) \w+ is"):
        make()


def test_a_name_of_ours_is_refused() -> None:
    """Steps and plain nodes may not be named `surestep.…`."""
    graph = VerifiedGraph(Log)
    with pytest.raises(GraphError, match=r"'surestep\.plan'"):
        graph.add_step("surestep.plan", says("x"))
    with pytest.raises(GraphError, match=r"'surestep\.x'"):
        graph.add_node("surestep.x", says("x"))


def test_a_name_with_a_slash_is_refused() -> None:
    """A plan could not tell it from a step of a nested graph."""
    graph = VerifiedGraph(Log)
    with pytest.raises(GraphError, match="'a/b'"):
        graph.add_step("a/b", says("x"))

    graph.add_node("c/d", chain_of("x").compile())
    graph.add_edge(START, "c/d")
    with pytest.raises(GraphError, match="'c/d'"):
        graph.compile()


def test_a_step_added_twice_is_refused() -> None:
    """As a node added twice, and the first stays what it is."""
    graph = one_step(says("first"))
    with pytest.raises(ValueError, match="work"):
        graph.add_step("work", says("second"))

    assert run(graph.compile().ainvoke({"log": []})) == {"log": ["first"]}


@pytest.mark.parametrize("worker", [None, 3, "work"])
def test_a_worker_that_is_none_is_refused(worker: Any) -> None:
    """Neither a function nor a Runnable."""
    with pytest.raises(GraphError, match=r"'work'.*worker"):
        VerifiedGraph(Log).add_step("work", worker)


@pytest.mark.parametrize("fallback", [3, "cheap"])
def test_a_fallback_that_is_none_is_refused(fallback: Any) -> None:
    """The same for the cheaper worker."""
    with pytest.raises(GraphError, match=r"'work'.*fallback"):
        VerifiedGraph(Log).add_step("work", says("x"), fallback=fallback)


def test_a_schema_without_fields_is_refused() -> None:
    """There is no room for a record in a bare list."""
    with pytest.raises(GraphError, match="no named fields"):
        VerifiedGraph(Annotated[list, operator.add])  # type: ignore[arg-type]


@pytest.mark.parametrize("answer", [True, Ask("please")])
def test_a_policy_that_may_ask_needs_a_checkpointer(answer: object) -> None:
    """Refused when the run starts, because a server may bring one."""
    app = one_step(says("x"), human=lambda state, output, verdicts: answer).compile()
    with pytest.raises(GraphError, match=r"'work' may ask a person.*checkpointer"):
        run(app.ainvoke({"log": []}))


@pytest.mark.parametrize(
    "options",
    [
        {"human": "always"},
        {"human": "on_failure"},
        {"human": Ask("why")},
        {"on_budget": "escalate"},
        {"on_inconclusive": "escalate"},
    ],
)
def test_every_way_to_a_person_needs_a_checkpointer(options: dict[str, Any]) -> None:
    """And nothing has run."""
    ran: list[str] = []

    async def work(state: Log) -> None:
        ran.append("work")

    with pytest.raises(GraphError, match="'work'"):
        run(one_step(work, **options).compile().ainvoke({"log": []}))
    assert ran == []


def test_a_nested_policy_needs_a_checkpointer_too() -> None:
    """The error names the step by its path."""
    graph = VerifiedGraph(Log)
    graph.add_node("sub", one_step(says("x"), human="always").compile())
    graph.add_edge(START, "sub")
    with pytest.raises(GraphError, match="'sub/work'"):
        run(graph.compile().ainvoke({"log": []}))


def test_a_plan_may_bring_people_in_and_is_held_to_the_same() -> None:
    """A plan that asks where the step does not needs a checkpointer, compiled in or not."""
    plan = Plan().with_step("a", human="always")
    for app, context in (
        (chain_of("a").compile(plan=plan), None),
        (chain_of("a").compile(), session(plan=plan)),
    ):
        with pytest.raises(GraphError, match="'a' may ask"):
            run(app.ainvoke({"log": []}, context=context))


def effect(**options: Any) -> VerifiedGraph:
    """A graph with an irreversible step."""
    return one_step(says("paid"), effect=Effect.IRREVERSIBLE, confirm=confirm, **options)


def test_an_irreversible_step_needs_a_database() -> None:
    """There is no journal without one."""
    app = effect().compile(InMemorySaver())
    with pytest.raises(GraphError, match=r"'work' is irreversible.*database"):
        run(app.ainvoke({"log": []}, thread()))


def test_an_irreversible_step_needs_a_key(tmp_path: Path) -> None:
    """Without a thread none can be derived."""
    app = effect().compile(database=tmp_path / "s.db")
    with pytest.raises(GraphError, match=r"'work' is irreversible.*thread.*key"):
        run(app.ainvoke({"log": []}))


def test_a_cost_limit_over_a_model_without_a_price_is_refused() -> None:
    """Before the run, where the model is known: a judge's is."""
    app = one_step(says("x"), verifiers=[judge()]).compile()
    with pytest.raises(PriceUnknown, match="'fake-chat'"):
        run(app.ainvoke({"log": []}, context=session(slo=SLO(cost_usd=1))))


def test_a_steps_own_cost_limit_is_held_to_the_same() -> None:
    """A budget in dollars is a hard limit too."""
    app = one_step(says("x"), verifiers=[judge()], budget=Budget(cost_usd=1)).compile()
    with pytest.raises(PriceUnknown, match="'fake-chat'"):
        run(app.ainvoke({"log": []}))


def test_a_check_that_the_plan_leaves_out_needs_no_price() -> None:
    """What does not run costs nothing."""
    app = one_step(says("x"), verifiers=[judge()]).compile()
    s = session(slo=SLO(cost_usd=1), plan=Plan().with_step("work", mode="off"))

    assert run(app.ainvoke({"log": []}, context=s)) == {"log": ["x"]}


def test_a_database_that_is_none_is_refused(tmp_path: Path) -> None:
    """A file that some other program wrote stays as it is."""
    path = tmp_path / "notes.txt"
    path.write_text("not a database")
    app = chain_of("a").compile(database=path)
    with pytest.raises(StoreError, match=r"notes\.txt"):
        run(app.ainvoke({"log": []}))

    assert path.read_text() == "not a database"


@pytest.mark.parametrize(
    "given", [{"slo": 3}, {"plan": {}}, {"prices": {"m": 3}}, {"rates": {"openai": 5}}]
)
def test_a_session_of_the_wrong_things_is_refused(given: dict[str, Any]) -> None:
    """The error names the argument and its value."""
    with pytest.raises(InputError, match=next(iter(given))):
        session(**given)


def test_a_plan_of_the_wrong_type_is_refused() -> None:
    """`compile(plan=...)` takes a `Plan`, no dict and no path."""
    with pytest.raises(PlanError, match="plan"):
        chain_of("a").compile(plan={"steps": {}})  # type: ignore[arg-type]


def test_a_time_out_that_cannot_be_is_refused() -> None:
    """A verifier's options are checked as it is made."""
    with pytest.raises(GraphError, match="timeout_s"):
        verifier(timeout_s=-1)(accepts)

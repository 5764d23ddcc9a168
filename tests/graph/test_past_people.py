"""Going on while a person is asked: their answer counts like a verdict that takes its time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START
from langgraph.types import Command

from surestep import Assurance, Effect, Plan, VerifiedGraph, attempt, record, session
from surestep.graph import VerifiedApp
from surestep.graph.stores import close_stores, store_at
from surestep.testing import run
from surestep.values import Decision
from tests.graph.graphs import Log, thread

QUICKLY = (Phase.explicit, Phase.reuse, Phase.generate)
SPECULATIVE = Plan(default=Assurance(mode="speculative"))


@contextmanager
def closing_stores() -> Iterator[None]:
    """Closes every database in the end."""
    try:
        yield
    finally:
        close_stores()


class Flow:
    """Three steps of a second each; a person approves what the first one says.

    Args:
        database: where questions go.
        checked: whether a verifier of a second looks at each output.
        effect: what the last step does.
    """

    def __init__(
        self, database: Path, *, checked: bool = True, effect: Effect = Effect.PURE
    ) -> None:
        self.database, self.checked, self.effect = str(database), checked, effect
        self.calls: list[str] = []
        self.checks: list[str] = []

    def worker(self, name: str) -> Any:
        """A worker that says its name and which attempt it is."""

        async def work(state: Log) -> dict[str, object]:
            await asyncio.sleep(1.0)
            self.calls.append(name)
            return {"log": [f"{name}{attempt().number}"]}

        return work

    async def check(self, state: object, update: Any) -> bool:
        """A check that has no objections."""
        await asyncio.sleep(1.0)
        self.checks.append(update["log"][0])
        return True

    def truth(self) -> dict[str, object]:
        """What a person says who knows whether the last step's effect has happened."""
        if "c" not in self.calls:
            return {"type": "reject"}
        return {"type": "edit", "update": {"log": ["c1"]}}

    def app(self, saver: BaseCheckpointSaver[Any], plan: Plan = SPECULATIVE) -> VerifiedApp:
        """The flow, compiled."""
        graph, before = VerifiedGraph(Log), START
        for name in "abc":
            graph.add_step(
                name,
                self.worker(name),
                verifiers=[self.check] if self.checked else [],
                human="always" if name == "a" else "never",
                effect=self.effect if name == "c" else Effect.PURE,
            )
            graph.add_edge(before, name)
            before = name
        return graph.compile(checkpointer=saver, plan=plan, database=self.database)


async def answered(flow: Flow, decision: Decision, *, after_s: float) -> tuple[Any, float]:
    """The end of a run whose question is answered in the database after so many seconds."""
    with closing_stores():
        app, loop = flow.app(InMemorySaver()), asyncio.get_running_loop()

        async def person() -> None:
            await asyncio.sleep(after_s)
            store = store_at(flow.database)
            (question,) = await store.questions("t")
            await store.answer(question.question_id, decision)

        async with asyncio.TaskGroup() as group:
            group.create_task(person())
            began = loop.time()
            state = await app.ainvoke({"log": []}, thread("t"))
            took = loop.time() - began
        return state, took


async def resumed(flow: Flow, resume: object, plan: Plan = SPECULATIVE) -> tuple[Any, Any, Any]:
    """What a run stops with, what it ends with once it is answered, and its record."""
    with closing_stores():
        saver = InMemorySaver()
        first = await flow.app(saver, plan).ainvoke({"log": []}, thread("t"))
        app = flow.app(saver, plan)
        last = await app.ainvoke(Command(resume=resume), thread("t"))
        return first, last, await record(app, thread("t"))


def test_an_approval_that_comes_in_time_costs_none(tmp_path: Path) -> None:
    """The run goes on meanwhile, and never stops."""
    flow = Flow(tmp_path / "db")
    state, took = run(answered(flow, Decision("approve"), after_s=2.5))

    # Three steps of a second, the last one's check.
    assert (state["log"], took) == (["a1", "b1", "c1"], pytest.approx(4.0))
    assert "__interrupt__" not in state


def test_a_rejection_takes_back_what_was_done_meanwhile(tmp_path: Path) -> None:
    """And the step runs again, then asks again."""
    flow = Flow(tmp_path / "db")
    _, last, _ = run(resumed(flow, {"type": "reject", "message": "no"}))

    assert "__interrupt__" in last
    assert flow.calls == ["a", "b", "c", "a"]


def test_the_run_stops_only_when_nothing_else_can_run(tmp_path: Path) -> None:
    """Everything behind the step has been done by the time a person has to be waited for."""
    flow = Flow(tmp_path / "db")
    first, last, kept = run(resumed(flow, {"type": "approve"}))

    assert (first["log"], len(first["__interrupt__"])) == (["a1", "b1", "c1"], 1)
    assert last["log"] == ["a1", "b1", "c1"]
    assert (kept.outcome, kept.steps["a"].outcome) == ("succeeded", "approved")
    assert (flow.calls, len(flow.checks)) == (["a", "b", "c"], 3)


def test_an_edit_takes_back_what_was_built_on_the_output(tmp_path: Path) -> None:
    """And what follows runs again on what the person wrote."""
    flow = Flow(tmp_path / "db")
    _, last, kept = run(resumed(flow, {"type": "edit", "update": {"log": ["mine"]}}))

    assert last["log"] == ["mine", "b1", "c1"]
    assert kept.steps["a"].outcome == "edited"
    assert flow.calls == ["a", "b", "c", "b", "c"]


def test_an_irreversible_step_waits_for_the_person(tmp_path: Path) -> None:
    """The run stops before it, not after it."""
    flow = Flow(tmp_path / "db", effect=Effect.IRREVERSIBLE)
    first, last, _ = run(resumed(flow, {"type": "approve"}))

    assert first["log"] == ["a1", "b1"]
    assert last["log"] == ["a1", "b1", "c1"]
    assert flow.calls == ["a", "b", "c"]


def test_an_irreversible_step_never_sees_what_a_person_refuses(tmp_path: Path) -> None:
    """It runs once, on the edited output."""
    flow = Flow(tmp_path / "db", effect=Effect.IRREVERSIBLE)
    _, last, _ = run(resumed(flow, {"type": "edit", "update": {"log": ["mine"]}}))
    assert (last["log"], flow.calls) == (["mine", "b1", "c1"], ["a", "b", "b", "c"])


def test_a_step_without_verifiers_is_asked_about_as_well(tmp_path: Path) -> None:
    """A person's approval is all it waits for."""
    flow = Flow(tmp_path / "db", checked=False)
    state, took = run(answered(flow, Decision("approve"), after_s=1.5))
    assert (state["log"], took) == (["a1", "b1", "c1"], pytest.approx(3.0, abs=1.0))


def test_a_question_about_what_is_taken_back_is_withdrawn(tmp_path: Path) -> None:
    """What a person says of the old output cannot count for the new one."""
    flow = Flow(tmp_path / "db")
    refused: list[str] = []

    async def check(state: object, update: Any) -> bool:
        await asyncio.sleep(1.5)
        return bool(refused) or bool(refused.append(update["log"][0]))

    async def stopped() -> tuple[Any, list[str]]:
        with closing_stores():
            graph = VerifiedGraph(Log)
            graph.add_step("first", flow.worker("first"), verifiers=[check])
            graph.add_step("asks", flow.worker("asks"), human="always")
            graph.add_edge(START, "first")
            graph.add_edge("first", "asks")
            app = graph.compile(
                checkpointer=InMemorySaver(), plan=SPECULATIVE, database=flow.database
            )
            state = await app.ainvoke({"log": []}, thread("t"))
            store = store_at(flow.database)
            open_ones = await store.questions("t")
            return state, [question.question_id.rpartition("/")[2] for question in open_ones]

    state, numbers = run(stopped())
    assert state["log"] == ["first2", "asks1"]
    assert numbers == ["2"]


def test_without_a_database_the_run_waits_at_the_step(tmp_path: Path) -> None:
    """There is nowhere an answer could come by while it goes on."""
    flow = Flow(tmp_path / "db")
    flow.database = None  # type: ignore[assignment]
    state = run(flow.app(InMemorySaver()).ainvoke({"log": []}, thread("t")))
    assert "__interrupt__" in state
    assert flow.calls == ["a"]


def test_a_limit_on_what_is_unsettled_makes_the_run_wait(tmp_path: Path) -> None:
    """A person could keep it at that limit for days."""
    flow = Flow(tmp_path / "db")

    async def stopped() -> Any:
        with closing_stores():
            app = flow.app(InMemorySaver())
            return await app.ainvoke({"log": []}, thread("t"), context=session(max_unsettled=5))

    run(stopped())
    assert flow.calls == ["a"]


@settings(
    max_examples=60,
    deadline=None,
    phases=QUICKLY,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    answers=st.lists(st.sampled_from(["approve", "edit", "reject"]), min_size=1, max_size=3),
    effect=st.sampled_from([Effect.PURE, Effect.IRREVERSIBLE]),
    fresh=st.booleans(),
    crashes=st.lists(st.floats(0.1, 6.0), max_size=2),
)
def test_whatever_people_say_it_ends_as_if_the_run_had_waited(
    tmp_path_factory: pytest.TempPathFactory,
    answers: list[str],
    effect: Effect,
    *,
    fresh: bool,
    crashes: list[float],
) -> None:
    """In the process that asked, in a new one, and after being cut off anywhere."""

    async def ended(plan: Plan, cuts: list[float]) -> list[str]:
        flow = Flow(tmp_path_factory.mktemp("people") / "db", effect=effect)
        saver, given = InMemorySaver(), iter([*answers, *["approve"] * 3])
        with closing_stores():
            app, todo, next_in = flow.app(saver, plan), list(cuts), cast("Any", {"log": []})
            while True:
                try:
                    async with asyncio.timeout(todo.pop() if todo else None):
                        state = await app.ainvoke(next_in, thread("t"))
                except TimeoutError:
                    state = {"__interrupt__": ()}
                if "__interrupt__" not in state:
                    return list(state["log"])
                if fresh:
                    close_stores()
                    app = flow.app(saver, plan)
                next_in = None if (await app.aget_state(thread("t"))).created_at else next_in
                if asked := state["__interrupt__"]:
                    in_doubt = asked[0].value["question"]["step"] == "c"
                    answer = flow.truth() if in_doubt else ANSWERS[next(given)]
                    next_in = Command(resume=answer)

    assert run(ended(SPECULATIVE, crashes)) == run(ended(Plan.everything(), []))


ANSWERS: dict[str, dict[str, object]] = {
    "approve": {"type": "approve"},
    "edit": {"type": "edit", "update": {"log": ["mine"]}},
    "reject": {"type": "reject"},
}

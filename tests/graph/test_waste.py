"""What is spent on work that is thrown away is counted, and can be limited."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START

from surestep import Assurance, Plan, Profile, VerifiedGraph, record, session
from surestep.budgets import CheckProfile, Price, StepProfile
from surestep.errors import PlanError
from surestep.graph.session import Session
from surestep.storage import Event
from surestep.testing import FakeChat, run
from tests.graph.graphs import Log, thread

SPECULATIVE = Plan(default=Assurance(mode="speculative"))
# 100 tokens in and 100 out, so each call costs 2 USD; a call cut off costs its reserve.
PRICES = {"chat": Price(1e4, 1e4, 100)}


def paid(words: list[str], *, checks_s: float, asking: bool = False) -> VerifiedGraph:
    """A chain of steps of a second and 2 USD each; the first output of the first is refused.

    Args:
        words: what each step says, in order.
        checks_s: how long a check takes, in seconds.
        asking: whether a check asks a model as well.
    """
    chat = FakeChat(["hello"] * 50, model="chat", input_tokens=100, output_tokens=100)
    refused: list[str] = []

    def worker(name: str) -> Any:
        async def work(state: Log) -> dict[str, object]:
            await chat.ainvoke("hello")
            await asyncio.sleep(1.0)
            return {"log": [name]}

        return work

    async def check(state: object, update: Any) -> bool:
        if asking:
            await chat.ainvoke("hello")
        await asyncio.sleep(checks_s)
        if update["log"] != [words[0]] or refused:
            return True
        refused.append(words[0])
        return False

    graph = VerifiedGraph(Log)
    for before, name in zip([START, *words], words, strict=False):
        graph.add_step(name, worker(name), verifiers=[check])
        graph.add_edge(before, name)
    graph.add_edge(words[-1], END)
    return graph


def spent(graph: VerifiedGraph, *, plan: Plan = SPECULATIVE, **options: Any) -> Session:
    """The session of a run of the graph."""
    s = session(prices=PRICES, plan=plan, **options)
    run(graph.compile().ainvoke({"log": []}, context=s))
    return s


def test_work_built_on_a_refused_output_is_wasted() -> None:
    """`b` ended and `c` had made its call when `a` was refused."""
    s = spent(paid(["a", "b", "c"], checks_s=1.5))

    assert s.record.spent.wasted_usd == pytest.approx(4.0)
    assert s.record.spent.cost_usd == pytest.approx(12.0)


def test_the_checks_of_wasted_work_are_wasted_too() -> None:
    """The check of `b` had made its call as well."""
    s = spent(paid(["a", "b", "c"], checks_s=1.5, asking=True))

    assert s.record.spent.wasted_usd == pytest.approx(6.0)


def test_waiting_wastes_nothing() -> None:
    """A refused attempt is paid for either way."""
    s = spent(paid(["a", "b"], checks_s=1.5), plan=Plan.everything())

    assert (s.record.spent.wasted_usd, s.record.spent.cost_usd) == (0.0, pytest.approx(6.0))


def test_a_rollback_tells_what_is_lost_with_it() -> None:
    """In the trace, as it happens."""
    s, seen = session(prices=PRICES), list[Event]()
    s.listen(seen.append)
    app = paid(["a", "b"], checks_s=1.5).compile(plan=SPECULATIVE)
    run(app.ainvoke({"log": []}, context=s))
    lost = [(event.step, event.data["wasted_usd"]) for event in seen if event.kind == "rollback"]

    assert lost == [("a", pytest.approx(2.0))]


def test_what_is_wasted_is_kept_with_the_thread() -> None:
    """For whoever reads the record later."""

    async def scene() -> float:
        app = paid(["a", "b"], checks_s=1.5).compile(plan=SPECULATIVE, checkpointer=InMemorySaver())
        await app.ainvoke({"log": []}, thread(), context=session(prices=PRICES))
        return (await record(app, thread())).spent.wasted_usd

    assert run(scene()) == pytest.approx(2.0)


def test_work_done_before_a_crash_is_wasted_after_it() -> None:
    """Only the thread still knows what the unsettled `b` had cost."""

    async def scene() -> float:
        saver, s = InMemorySaver(), session(prices=PRICES)
        for seconds, given in ((2.25, {"log": []}), (None, None)):
            app = paid(["a", "b"], checks_s=1.5).compile(plan=SPECULATIVE, checkpointer=saver)
            try:
                async with asyncio.timeout(seconds):
                    await app.ainvoke(given, {**thread()}, context=s)
            except TimeoutError:
                continue
        return s.record.spent.wasted_usd

    assert run(scene()) == pytest.approx(2.0)


def test_a_plain_node_can_waste_too() -> None:
    """Its calls were built on the refused output."""
    chat = FakeChat(["hello"] * 9, model="chat", input_tokens=100, output_tokens=100)

    async def plain(state: Log) -> dict[str, object]:
        await chat.ainvoke("hello")
        await asyncio.sleep(1.0)
        return {"log": ["plain"]}

    graph = paid(["a"], checks_s=0.5)
    graph.edges.discard(("a", END))
    graph.add_node("plain", plain)
    graph.add_edge("a", "plain")

    assert spent(graph).record.spent.wasted_usd == pytest.approx(2.0)


def test_nothing_at_all_may_be_wasted() -> None:
    """Every node then waits for the verdicts it rests on."""
    s = spent(paid(["a", "b", "c"], checks_s=1.5), max_waste_usd=0.0)

    assert (s.record.spent.wasted_usd, s.record.spent.cost_usd) == (0.0, pytest.approx(8.0))


def test_waste_stops_growing_at_its_limit() -> None:
    """`b` is at risk when `c` would start: `c` waits."""
    s = spent(paid(["a", "b", "c"], checks_s=1.5), max_waste_usd=1.0)

    assert s.record.spent.wasted_usd == pytest.approx(2.0)


@pytest.mark.parametrize(("limit", "seconds"), [(None, 7.0), (2, 7.0), (1, 7.5), (0, 10.0)])
def test_unsettled_outputs_are_limited(limit: int | None, seconds: float) -> None:
    """Three steps of one second, checked for one and a half; the first is refused once."""

    async def scene() -> float:
        began = asyncio.get_running_loop().time()
        app = paid(["a", "b", "c"], checks_s=1.5).compile(plan=SPECULATIVE)
        await app.ainvoke({"log": []}, context=session(prices=PRICES, max_unsettled=limit))
        return asyncio.get_running_loop().time() - began

    assert run(scene()) == pytest.approx(seconds)


def test_a_resume_keeps_the_limits() -> None:
    """They are stored with the thread."""

    async def scene() -> float:
        saver, s = InMemorySaver(), session(prices=PRICES, max_waste_usd=0.0)
        app = paid(["a", "b", "c"], checks_s=1.5).compile(plan=SPECULATIVE, checkpointer=saver)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await app.ainvoke({"log": []}, thread(), context=s)
        again = session(prices=PRICES)
        await app.ainvoke(None, thread(), context=again)
        return again.record.spent.wasted_usd

    assert run(scene()) == 0.0


@pytest.mark.parametrize("wrong", [{"max_waste_usd": -1.0}, {"max_unsettled": -1}])
def test_a_limit_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    """Before anything runs, with its name."""
    with pytest.raises(PlanError, match=next(iter(wrong))):
        session(**wrong)


def profiled() -> Profile:
    """What is known of the steps of `paid`."""
    check = CheckProfile(accept_ok=0.5, accept_bad=0.5, latency_s=1.5)
    step = StepProfile(success=0.5, latency_s=1.0, cost_usd=0.1, checks={"check": check})
    return Profile.of({"a": step, "b": step, "c": step})


def switched(**options: Any) -> list[tuple[str, str]]:
    """The steps that ran serially after all, and why."""

    async def scene() -> list[tuple[str, str]]:
        s, seen = session(prices=PRICES, plan=SPECULATIVE, **options), list[Event]()
        s.listen(seen.append)
        await paid(["a", "b", "c"], checks_s=1.5).compile().ainvoke({"log": []}, context=s)
        return [(event.step, str(event.data["why"])) for event in seen if event.kind == "switch"]

    return run(scene())


def test_steps_whose_speculation_loses_run_serially() -> None:
    """The trace says so, with the figures."""
    found = dict(switched(profile=profiled(), usd_per_s=0.01))

    assert [*found] == ["a", "b"]
    assert found["a"].startswith("50% of its outputs are refused, and $0.2 thrown away")


@pytest.mark.parametrize("options", [{}, {"profile": profiled()}, {"usd_per_s": 0.01}])
def test_without_a_profile_or_a_price_of_time_none_does(options: dict[str, Any]) -> None:
    """Speculation is never slower, and what it wastes is worth nothing else."""
    assert switched(**options) == []

"""Attempts: what a worker is told, what verifiers see, and how a step settles."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START
from langgraph.types import Command, Send
from pydantic import BaseModel

from surestep import Output, Verdict, VerifiedGraph, attempt, record, session
from surestep.errors import RunFailed, SurestepError
from surestep.graph import Session
from surestep.testing import ScriptedVerifier, ScriptedWorker, run
from surestep.values import StepRecord
from surestep.verifiers import Rule, Schema
from surestep.verifiers.base import verifier
from tests.graph.graphs import Counted, Log, accepts, one_step, refuses, thread


def settled(worker: Any, *, given: Any = None, schema: Any = Counted, **options: Any) -> StepRecord:
    """The record of a step that ran alone."""
    s = session()
    run(one_step(worker, schema=schema, **options).compile().ainvoke(given or {"n": 0}, context=s))
    return s.record.steps["work"]


def numbers(*values: int, **options: Any) -> ScriptedWorker:
    """A worker that returns these numbers, one per call."""
    return ScriptedWorker([{"n": value} for value in values], **options)


def above(least: int) -> Rule:
    """A verifier with feedback."""
    return Rule(lambda update: update["n"] > least, name="above", feedback=f"above {least}, please")


def test_the_first_attempt_knows_of_nothing() -> None:
    """No feedback, no verdicts, number one, and without a thread no key."""
    worker = numbers(1)
    settled(worker)

    told = worker.calls[0].attempt
    assert told is not None
    assert (told.number, told.feedback, told.verdicts, told.key) == (1, "", (), "")


def test_a_retry_is_told_why() -> None:
    """The second attempt has the feedback and the verdicts on the first output."""
    worker = numbers(1, 9)
    settled(worker, verifiers=[above(5), accepts])

    told = worker.calls[1].attempt
    assert told is not None
    assert told.number == 2
    assert told.feedback == "above: above 5, please"
    assert [(one.verifier, one.status) for one in told.verdicts] == [
        ("above", "fail"),
        ("accepts", "pass"),
    ]


def test_a_retry_after_an_error_is_told_of_it() -> None:
    """What the worker raised is the feedback."""
    worker = ScriptedWorker([KeyError("gone"), {"n": 1}])
    record = settled(worker)

    told = worker.calls[1].attempt
    assert told is not None
    assert told.feedback == "The worker raised KeyError: 'gone'"
    assert (record.outcome, record.attempts) == ("unverified", 2)


def test_attempts_are_known_in_sync_workers_and_deep_calls() -> None:
    """Threads and tasks of a worker find the same attempt."""
    seen: list[int] = []

    async def deep() -> None:
        seen.append(attempt().number)

    async def works(state: Counted) -> dict[str, int]:
        await asyncio.create_task(deep())
        await asyncio.to_thread(lambda: seen.append(attempt().number))
        return {"n": 1}

    def blocks(state: Counted) -> dict[str, int]:
        seen.append(attempt().number)
        return {"n": 1}

    settled(works)
    settled(blocks)
    assert seen == [1, 1, 1]


def test_no_attempt_outside_of_a_worker() -> None:
    """Asking there is an error with a remedy."""
    with pytest.raises(SurestepError, match="outside of a worker"):
        attempt()


@pytest.mark.parametrize(
    ("values", "outcome", "attempts"), [([9], "verified", 1), ([1, 2, 9], "repaired", 3)]
)
def test_an_accepted_output_settles_the_step(
    values: list[int], outcome: str, attempts: int
) -> None:
    """At once it is verified, after a refusal repaired."""
    record = settled(numbers(*values), verifiers=[above(5)])

    assert (record.outcome, record.attempts, record.visits) == (outcome, attempts, 1)
    assert [one.status for one in record.verdicts] == ["pass"]


def test_a_step_without_verifiers_is_unverified() -> None:
    """Nothing has looked at its output."""
    assert settled(numbers(1)).outcome == "unverified"


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_a_step_without_retries_left_fails_closed(retries: int) -> None:
    """The error says how often it was tried and what the verifier said last."""
    worker, s = numbers(*range(9)), session()
    graph = one_step(worker, schema=Counted, verifiers=[above(10)], retries=retries)
    with pytest.raises(RunFailed, match=r"refused after .*above 10, please") as caught:
        run(graph.compile().ainvoke({"n": 0}, context=s))

    record = caught.value.record.steps["work"]
    assert (record.outcome, record.attempts) == ("failed", 1 + retries)
    assert s.record.outcome == "failed"
    assert len(worker.calls) == 1 + retries


def test_a_worker_that_keeps_raising_is_the_cause() -> None:
    """The run's error is chained to the worker's own."""
    graph = one_step(ScriptedWorker(itertools.repeat(OSError("disk"))), retries=1)
    with pytest.raises(RunFailed, match="OSError: disk") as caught:
        run(graph.compile().ainvoke({"log": []}))

    assert isinstance(caught.value.__cause__, OSError)


def test_verifiers_see_state_and_update() -> None:
    """The state the worker saw, and the update as it returned it."""
    check = ScriptedVerifier([True])
    settled(numbers(7), given={"n": 3}, verifiers=[check])

    assert [(call.state, call.update) for call in check.calls] == [({"n": 3}, {"n": 7})]


def test_verifiers_of_a_retry_see_the_state_of_the_first_attempt() -> None:
    """A refused output leaves no mark on the state."""
    check = ScriptedVerifier([False, True])
    settled(numbers(7, 8), given={"n": 3}, verifiers=[check])

    assert [(call.state, call.update) for call in check.calls] == [
        ({"n": 3}, {"n": 7}),
        ({"n": 3}, {"n": 8}),
    ]


def test_a_refused_addition_is_not_added() -> None:
    """Reducers see accepted updates only."""
    worker = ScriptedWorker([{"log": ["bad"]}, {"log": ["good"]}])
    graph = one_step(worker, verifiers=[lambda state, update: update["log"] == ["good"]])

    assert run(graph.compile().ainvoke({"log": ["start"]})) == {"log": ["start", "good"]}


def test_verifiers_see_what_a_send_gave_the_worker() -> None:
    """The state of such a visit is the argument of its `Send`."""
    check = ScriptedVerifier([True, True])
    graph = VerifiedGraph(Log)
    graph.add_step("work", ScriptedWorker(itertools.repeat({"log": ["x"]})), verifiers=[check])
    graph.add_conditional_edges(START, lambda s: [Send("work", {"item": one}) for one in "ab"])
    run(graph.compile().ainvoke({"log": []}))

    assert sorted(str(call.state) for call in check.calls) == ["{'item': 'a'}", "{'item': 'b'}"]


def test_verifiers_run_side_by_side() -> None:
    """Two checks of two seconds take two seconds."""
    checks = [ScriptedVerifier([True], name=name, latency_s=2) for name in ("one", "two")]

    assert settled(numbers(1), verifiers=checks).latency_s == 2


def test_verdicts_say_who_and_how_long() -> None:
    """Name and latency are filled in."""
    check = ScriptedVerifier([Verdict("pass", score=0.5)], name="slow", latency_s=2)
    verdict = settled(numbers(1), verifiers=[check]).verdicts[0]

    assert (verdict.verifier, verdict.score, verdict.latency_s) == ("slow", 0.5, 2)


def test_an_output_carries_its_confidence() -> None:
    """The record has it, and the state the update."""
    record = settled(ScriptedWorker([Output({"n": 1}, confidence=0.7)]))

    assert record.confidence == 0.7


@pytest.mark.parametrize("wrap", [Output, lambda command: command])
def test_a_command_goes_where_it_says(wrap: Any) -> None:
    """Bare or inside an output; verifiers see the update in it."""
    check = ScriptedVerifier([True])
    worker = ScriptedWorker([wrap(Command(update={"log": ["work"]}, goto="next"))])
    graph = one_step(worker, verifiers=[check])
    graph.add_step("next", ScriptedWorker([{"log": ["next"]}]))

    assert run(graph.compile().ainvoke({"log": []})) == {"log": ["work", "next"]}
    assert check.calls[0].update == {"log": ["work"]}


def test_a_refused_command_goes_nowhere() -> None:
    """Its retry's way is taken instead."""
    worker = ScriptedWorker([Command(goto="wrong"), Command(goto="right")])
    graph = one_step(worker, verifiers=[ScriptedVerifier([False, True])])
    for name in ("wrong", "right"):
        graph.add_step(name, ScriptedWorker([{"log": [name]}]))

    assert run(graph.compile().ainvoke({"log": []})) == {"log": ["right"]}


def test_a_schema_refuses_with_what_is_wrong() -> None:
    """The retry reads pydantic's complaint."""

    class Number(BaseModel):
        n: int

    worker = ScriptedWorker([{"n": "many"}, {"n": 1}])
    settled(worker, verifiers=[Schema(Number)])

    told = worker.calls[1].attempt
    assert told is not None
    assert "n" in told.feedback
    assert "integer" in told.feedback


def test_a_decorated_function_verifies() -> None:
    """`@verifier` names and limits a plain async function."""

    @verifier(name="even")
    async def check(state: object, update: dict[str, int]) -> bool:
        return update["n"] % 2 == 0

    assert settled(numbers(1, 2), verifiers=[check]).verdicts[0].verifier == "even"


def inconclusive(**options: Any) -> tuple[Session, Any]:
    """A run of a step whose verifier breaks."""
    s = session()
    check = ScriptedVerifier([ValueError("broken")], name="broken")
    graph = one_step(numbers(1), schema=Counted, verifiers=[check], **options)
    return s, run(graph.compile().ainvoke({"n": 0}, context=s))


def test_a_verifier_that_breaks_fails_closed() -> None:
    """The default policy ends the run; the worker is not called again for it."""
    with pytest.raises(RunFailed, match=r"broken: .*ValueError") as caught:
        inconclusive()

    assert caught.value.record.steps["work"].attempts == 1


@pytest.mark.parametrize("policy", ["drop_check", "accept_unverified"])
def test_a_broken_verifier_may_be_let_pass(policy: str) -> None:
    """The output goes on, marked unverified, and the record says why."""
    s, result = inconclusive(on_inconclusive=policy)

    assert result == {"n": 1}
    assert s.record.steps["work"].outcome == "unverified"
    assert s.record.steps["work"].reason.startswith(f"{policy}: broken")


def test_a_broken_verifier_may_have_the_fallback_work() -> None:
    """The cheaper worker's output goes on instead."""
    s, result = inconclusive(on_inconclusive="fallback", fallback=numbers(5))

    assert result == {"n": 5}
    assert (s.record.steps["work"].outcome, s.record.steps["work"].attempts) == ("unverified", 2)


def test_a_refusal_outweighs_a_broken_verifier() -> None:
    """`drop_check` lets nothing pass that another verifier has refused."""
    broken = ScriptedVerifier(itertools.repeat(ValueError("broken")), name="broken")
    graph = one_step(
        numbers(1, 2),
        schema=Counted,
        verifiers=[broken, refuses],
        retries=1,
        on_inconclusive="drop_check",
    )

    with pytest.raises(RunFailed, match="refused after 2 attempts"):
        run(graph.compile().ainvoke({"n": 0}))


def test_a_verifier_that_hangs_is_cut_off() -> None:
    """Its time-out counts as inconclusive."""

    @verifier(timeout_s=3)
    async def hangs(state: object, update: object) -> bool:
        await asyncio.sleep(10**6)
        return True

    record = settled(numbers(1), verifiers=[hangs], on_inconclusive="accept_unverified")

    assert (record.verdicts[0].status, record.latency_s) == ("inconclusive", 3)


def test_a_redo_for_a_person_goes_on_counting() -> None:
    """It is the same visit, so what it does is told apart from what it did before."""
    seen: list[tuple[int, str]] = []

    async def work(state: Log) -> dict[str, object]:
        seen.append((attempt().number, attempt().feedback))
        return {"log": ["done"]}

    async def scene() -> int:
        app = one_step(work, human="always").compile(InMemorySaver())
        await app.ainvoke({"log": []}, thread())
        for answer in ({"type": "reject", "message": "again"}, {"type": "approve"}):
            await app.ainvoke(Command(resume=answer), thread())
        return (await record(app, thread())).steps["work"].attempts

    assert (run(scene()), seen) == (2, [(1, ""), (2, "again")])

"""LangGraph's own retry policies and error handlers on steps."""

from __future__ import annotations

from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.errors import NodeError, NodeTimeoutError
from langgraph.graph import START
from langgraph.types import Command, RetryPolicy

from surestep import VerifiedGraph, record, session
from surestep.errors import RunFailed
from surestep.testing import ScriptedWorker, run
from tests.graph.graphs import Log, one_step, refuses, says, thread

POLICY = RetryPolicy(initial_interval=1, backoff_factor=1, jitter=False, retry_on=KeyError)


def shaky(times: int, error: Exception) -> ScriptedWorker:
    """A worker that raises so many times before it works."""
    return ScriptedWorker([*[error] * times, {"log": ["worked"]}])


def test_a_retry_policy_comes_after_the_steps_own_retries() -> None:
    """The node runs again, after the policy's wait, with all its retries."""
    worker = shaky(3, KeyError("no"))
    app = one_step(worker, retries=1, retry_policy=POLICY).compile()

    assert run(app.ainvoke({"log": []})) == {"log": ["worked"]}
    assert [call.at_s for call in worker.calls] == [0, 0, 1, 1]


@pytest.mark.parametrize(("times", "error"), [(3, KeyError("no")), (1, ValueError("no"))])
def test_what_the_policy_gives_up_fails_closed(times: int, error: Exception) -> None:
    """Too many errors, or another one: the run fails as without a policy."""
    app = one_step(shaky(times, error), retries=0, retry_policy=POLICY).compile()
    with pytest.raises(RunFailed, match="no"):
        run(app.ainvoke({"log": []}))


def test_a_refused_output_is_not_the_policys_business() -> None:
    """It is for what workers raise; verdicts have `retries`."""
    worker = ScriptedWorker([{"log": ["bad"]}])
    app = one_step(worker, verifiers=[refuses], retries=0, retry_policy=POLICY).compile()
    with pytest.raises(RunFailed, match="refused"):
        run(app.ainvoke({"log": []}))


def rescued(worker: Any, **options: Any) -> tuple[Any, Any, Any]:
    """Result, handle and stored record of a run whose step has an error handler."""

    async def handle(state: Log, error: NodeError) -> Command[Any]:
        kind = type(error.error).__name__
        return Command(update={"log": [f"{error.node}: {kind}"]}, goto="after")

    async def went() -> tuple[Any, Any, Any]:
        graph = VerifiedGraph(Log)
        graph.add_step("work", worker, error_handler=handle, retries=0, **options)
        graph.add_step("after", says("after"))
        graph.add_edge(START, "work")
        app, s = graph.compile(InMemorySaver()), session()
        result = await app.ainvoke({"log": []}, thread(), context=s)
        return result, s.record, await record(app, thread())

    return run(went())


def test_an_error_handler_gets_what_the_worker_raised() -> None:
    """The run goes on where the handler says."""
    result, _, _ = rescued(shaky(1, KeyError("no")))

    assert result == {"log": ["work: KeyError", "after"]}


def test_an_error_handler_gets_a_refusal_as_the_runs_error() -> None:
    """A step that fails closed has failed, for its handler too."""
    result, _, _ = rescued(says("bad"), verifiers=[refuses])

    assert result == {"log": ["work: RunFailed", "after"]}


def test_a_rescued_step_is_on_record_as_failed() -> None:
    """The run succeeded, and both the handle and the thread know what happened."""
    _, live, stored = rescued(says("bad"), verifiers=[refuses])

    assert live.outcome == stored.outcome == "succeeded"
    assert live.steps["work"].outcome == stored.steps["work"].outcome == "failed"
    assert live.steps.keys() == stored.steps.keys() == {"work", "after"}


def test_a_nodes_timeout_is_langgraphs_own() -> None:
    """It covers the whole visit and raises what it raises on any node."""
    worker = ScriptedWorker([{"log": ["late"]}], latency_s=9)
    with pytest.raises(NodeTimeoutError):
        run(one_step(worker, timeout=2).compile().ainvoke({"log": []}))

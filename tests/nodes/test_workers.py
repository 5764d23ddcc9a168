"""Workers that misbehave: wrong types, errors, hangs, lost connections, huge outputs."""

from __future__ import annotations

import asyncio
import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from surestep import SLO, Budget, Output, record, session
from surestep.errors import RunFailed, WorkerError
from surestep.graph import VerifiedApp
from surestep.graph.stores import close_stores
from surestep.testing import ScriptedWorker, run
from tests.graph.graphs import Counted, Log, accepts, one_step, thread
from tests.graph.shapes import Model, Point


def app_of(*outputs: object, latency_s: float = 0, **options: Any) -> VerifiedApp:
    """An app of one step that returns, or raises, one after the other."""
    worker = ScriptedWorker(outputs, latency_s=latency_s)
    return one_step(worker, schema=Counted, **options).compile()


@pytest.mark.parametrize(
    "wrong", ["done", 7, [1, 2], object(), Output("done"), {"n"}, [{"n": 1}], True]
)
def test_a_worker_that_returns_the_wrong_type_fails_the_step(wrong: object) -> None:
    """The error names step and type, and says what to return."""
    with pytest.raises(RunFailed, match=r"'work' returned \w+") as caught:
        run(app_of(wrong, retries=0).ainvoke({"n": 0}))

    cause = caught.value.__cause__
    assert isinstance(cause, WorkerError)
    assert "Return a state update" in cause.remedy


def test_a_worker_that_returns_the_wrong_type_is_told() -> None:
    """A retry can mend it."""
    worker = ScriptedWorker(["done", {"n": 1}])

    assert run(one_step(worker, schema=Counted).compile().ainvoke({"n": 0})) == {"n": 1}
    told = worker.calls[1].attempt
    assert told is not None
    assert "returned str 'done'" in told.feedback


@pytest.mark.parametrize("update", [None, {}, {"n": 1}, Output(None), Output({"n": 1})])
def test_these_are_updates(update: object) -> None:
    """Nothing, a dict, or an output of one."""
    assert run(app_of(update).ainvoke({"n": 1})) == {"n": 1}


@pytest.mark.parametrize(
    ("schema", "update"), [(Point, Point(5, [])), (Model, Model(x=5)), (Model, {"x": 5})]
)
def test_objects_of_the_states_type_are_updates(schema: Any, update: object) -> None:
    """Dataclasses and pydantic models, wherever the state is one."""
    graph = one_step(ScriptedWorker([update]), schema=schema, verifiers=[accepts])

    assert run(graph.compile().ainvoke({"x": 0, "log": []}))["x"] == 5


def test_an_update_for_an_unknown_field_is_langgraphs_to_judge() -> None:
    """What a native node may return, a step may."""
    assert run(app_of({"n": 1, "other": 2}).ainvoke({"n": 0})) == {"n": 1}


def hangs(**options: Any) -> VerifiedApp:
    """A step whose worker never ends."""
    worker = ScriptedWorker(itertools.repeat({"n": 1}), latency_s=10**9)
    return one_step(worker, schema=Counted, **options).compile()


def test_a_worker_that_hangs_is_cut_off_by_its_budget() -> None:
    """The step fails closed as its seconds are over, with the figures."""
    s = session()
    with pytest.raises(RunFailed, match="work: latency_s limit 3 reached"):
        run(hangs(budget=Budget(latency_s=3)).ainvoke({"n": 0}, context=s))

    assert s.record.spent.machine_s == 3


def test_a_worker_that_hangs_is_cut_off_by_the_runs_deadline() -> None:
    """The smaller of budget and deadline counts."""
    s = session(slo=SLO(latency_s=2))
    with pytest.raises(RunFailed, match="run: latency_s limit 2 reached"):
        run(hangs(budget=Budget(latency_s=3)).ainvoke({"n": 0}, context=s))


def test_a_worker_that_hangs_may_have_a_fallback() -> None:
    """The cheaper worker's output goes on."""
    app = hangs(budget=Budget(latency_s=3), fallback=lambda state: {"n": 7}, on_budget="fallback")

    assert run(app.ainvoke({"n": 0})) == {"n": 7}


def test_a_fallback_gets_the_key_if_it_takes_one() -> None:
    """Whether or not the worker does."""
    keys: list[str] = []

    def cheap(state: Counted, key: str) -> dict[str, int]:
        keys.append(key)
        return {"n": 7}

    app = hangs(budget=Budget(latency_s=3), fallback=cheap, on_budget="fallback")

    assert run(app.ainvoke({"n": 0})) == {"n": 7}
    assert keys == [""]


@pytest.mark.parametrize("problem", [ValueError("cheap"), "done"])
def test_a_fallback_that_misbehaves_fails_the_step(problem: object) -> None:
    """It is the last resort: there is nothing to fall back to from it."""
    fallback = ScriptedWorker([problem])
    app = hangs(budget=Budget(latency_s=3), fallback=fallback, on_budget="fallback")
    with pytest.raises(RunFailed, match=r"the fallback raised \w+Error: .*[^.]\. The record"):
        run(app.ainvoke({"n": 0}))


def test_a_fallback_that_hangs_too_ends_with_the_run() -> None:
    """It has the run's time, and no more."""

    async def never(state: Counted) -> dict[str, int]:
        await asyncio.sleep(10**9)
        return {"n": 7}

    s = session(slo=SLO(latency_s=5))
    app = hangs(budget=Budget(latency_s=3), fallback=never, on_budget="fallback")
    with pytest.raises(RunFailed):
        run(app.ainvoke({"n": 0}, context=s))

    assert s.record.spent.machine_s == 5


def test_a_worker_that_swallows_its_cancellation_does_not_settle() -> None:
    """What it returns after its deadline is late, and the step fails."""

    async def stubborn(state: Counted) -> dict[str, int]:
        try:
            await asyncio.sleep(10**9)
        except asyncio.CancelledError:
            await asyncio.sleep(1)
        return {"n": 1}

    app = one_step(stubborn, schema=Counted, budget=Budget(latency_s=3)).compile()
    with pytest.raises(RunFailed, match="latency_s limit 3"):
        run(app.ainvoke({"n": 0}))


def test_a_worker_that_raises_a_timeout_of_its_own_is_tried_again() -> None:
    """Only our deadline is a budget; theirs is an error as any other."""
    app = app_of(TimeoutError("theirs"), {"n": 1}, budget=Budget(latency_s=100))

    assert run(app.ainvoke({"n": 0})) == {"n": 1}


@pytest.mark.parametrize("traced", [False, True])
def test_a_lost_connection_is_no_refusal(*, traced: bool) -> None:
    """It is made again after a wait, and costs no retry, watched or not."""
    worker, s = ScriptedWorker([ConnectionError("reset"), {"n": 1}]), session()
    if traced:
        s.listen(lambda event: None)
    app = one_step(worker, schema=Counted, retries=0).compile()

    assert run(app.ainvoke({"n": 0}, context=s)) == {"n": 1}
    assert worker.calls[1].at_s > worker.calls[0].at_s
    assert s.record.steps["work"].attempts == 1


MEGABYTE = "x" * 2**20


def test_a_megabyte_goes_through(tmp_path: Path) -> None:
    """State, trace, verifier and SQLite checkpoint take a large output whole."""

    async def went() -> tuple[int, str | None]:
        async with AsyncSqliteSaver.from_conn_string(str(tmp_path / "c.db")) as saver:
            graph = one_step(ScriptedWorker([{"log": [MEGABYTE]}]), verifiers=[accepts])
            app = graph.compile(saver, database=tmp_path / "s.db")
            result = await app.ainvoke({"log": []}, thread())
            return len(result["log"][0]), (await record(app, thread())).steps["work"].outcome

    assert run(went()) == (2**20, "verified")
    close_stores()


def test_a_megabyte_of_complaint_does_not_swell_the_error() -> None:
    """A wrong output is quoted in part."""
    with pytest.raises(RunFailed) as caught:
        run(app_of(MEGABYTE, retries=0).ainvoke({"n": 0}))

    assert len(str(caught.value)) < 2000


def test_a_record_is_plain_json_in_the_checkpoint() -> None:
    """What we keep with a thread survives any serializer."""

    async def kept() -> dict[str, Any]:
        saver = InMemorySaver()
        graph = one_step(ScriptedWorker([{"log": ["x"]}]), verifiers=[accepts])
        await graph.compile(saver).ainvoke({"log": []}, thread())
        found = await saver.aget_tuple(thread())
        assert found is not None
        values = found.checkpoint["channel_values"]
        return {key: value for key, value in values.items() if key.startswith("surestep.")}

    values = run(kept())

    assert {"surestep.record", "surestep.session"} <= values.keys()
    assert json.loads(json.dumps(values)) == values


def test_a_state_without_a_value_reaches_the_worker_as_natively() -> None:
    """Missing keys are missing, not `None`."""
    seen: list[object] = []

    async def looks(state: Log) -> None:
        seen.append(dict(state))

    run(one_step(looks).compile().ainvoke({"n": 1}))

    assert seen == [{"log": [], "n": 1}]

"""The trace: one event per decision and call, with all that went in and came out."""

import asyncio

import pytest
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START

from surestep import SLO, Budget, Effect, Plan, Verdict, VerifiedGraph, session
from surestep.errors import RunFailed
from surestep.graph.stores import store_at
from surestep.testing import ScriptedVerifier, ScriptedWorker, run
from surestep.traces import redact_keys
from surestep.traces.report import timeline
from surestep.verifiers import Judge, Vote
from tests.engine.helpers import (
    PRICES,
    THREAD,
    State,
    answer,
    asks,
    chain,
    chat,
    decision,
    priced,
    says,
    start,
    step,
)

PASS = '{"verdict": "pass", "score": 1.0, "feedback": ""}'


def traced(app, database, *answers, given=None, context=None):
    """The events of a run, with these answers, in order."""

    async def main():
        try:
            await start(app, given, context=context)
            for one in answers:
                await answer(app, one)
        except RunFailed:
            pass
        return await store_at(database).events("t")

    return run(main())


def of(events, kind):
    """The data of the events of a kind."""
    return [event.data for event in events if event.kind == kind]


def test_a_run_is_traced_from_start_to_end(database):
    """In the order in which it happened."""
    events = traced(step(says(n=1), verifiers=[lambda s, u: True], database=database), database)

    assert [event.kind for event in events] == [
        "run_started",
        "plan",
        "step_started",
        "attempt",
        "verdict",
        "settled",
        "run_ended",
    ]


def test_the_start_holds_input_limits_and_plan(database):
    """All that was decided before anything ran."""
    app = step(says(n=1), database=database)
    events = traced(app, database, given={"n": 7}, context=session(slo=SLO(latency_s=9.0)))

    assert of(events, "run_started")[0]["input"] == {"n": 7}
    assert of(events, "run_started")[0]["slo"]["latency_s"] == 9.0
    assert of(events, "plan")[0]["default"]["mode"] == "serial"


def test_a_model_call_is_traced_in_full(database):
    """Messages, reply, tokens, price, time, who made it."""
    app = step(asks(chat(latency_s=2.0)), database=database)
    [event] = [one for one in traced(app, database, context=priced()) if one.kind == "model_call"]

    assert event.data["input"][0]["content"] == "question"
    assert event.data["output"][0]["content"] == "ok"
    assert event.data["usage"] == {"input_tokens": 100, "output_tokens": 5}
    assert (event.cost_usd, event.latency_s) == (pytest.approx(0.5), pytest.approx(2.0))
    assert (event.step, event.visit, event.attempt) == ("s", 1, 1)
    assert (event.data["role"], event.data["model"]) == ("worker", "fake-chat")


def test_a_judge_s_call_is_traced_under_its_name(database):
    """As a checker's."""
    app = step(
        says(n=1), verifiers=[Judge(chat([PASS]), rubric="ok?", name="j")], database=database
    )
    [call] = of(traced(app, database, context=priced()), "model_call")

    assert (call["role"], call["verifier"]) == ("checker", "j")


def test_calls_of_plain_nodes_are_traced(database):
    """Under the name of the node."""
    events = traced(chain(("plain", asks(chat())), database=database), database)

    assert [event.step for event in events if event.kind == "model_call"] == ["plain"]


def test_a_tool_call_is_traced_in_full(database):
    """What it was given and what it returned."""

    @tool
    def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    async def worker(state):
        return {"n": await add.ainvoke({"a": 1, "b": 2})}

    [call] = of(traced(step(worker, database=database), database), "tool_call")
    assert (call["name"], call["output"], call["error"]) == ("add", 3, None)
    assert "1" in call["input"]


def test_retries_are_traced_with_what_the_worker_was_told(database):
    """Each attempt with its output, each verdict, each retry with its reason."""
    check = ScriptedVerifier([Verdict("fail", feedback="wrong"), True])
    worker = ScriptedWorker([{"n": 1}, {"n": 2}])
    events = traced(step(worker, verifiers=[check], database=database), database)

    assert [one["output"] for one in of(events, "attempt")] == [{"n": 1}, {"n": 2}]
    assert [one["status"] for one in of(events, "verdict")] == ["fail", "pass"]
    assert "wrong" in of(events, "retry")[0]["why"]
    assert "wrong" in of(events, "attempt")[1]["feedback"]


def test_a_vote_is_traced_with_its_tally(database):
    """As a verdict with the votes for evidence."""
    events = traced(step(says(n=1), verifiers=[Vote()], database=database), database)

    assert of(events, "verdict")[0]["evidence"]["samples"] == 3
    assert len(of(events, "attempt")) == 3


def test_an_error_of_a_worker_is_traced(database):
    """Though the next attempt mends it."""
    worker = ScriptedWorker([ValueError("no luck"), {"n": 1}])
    events = traced(step(worker, database=database), database)

    assert "no luck" in of(events, "error")[0]["error"]
    assert of(events, "settled")[0]["outcome"] == "unverified"


def test_a_degrade_is_traced_with_policy_and_cause(database):
    """Which one, and why."""
    check = ScriptedVerifier([True], latency_s=60.0)
    app = step(
        says(n=1),
        verifiers=[check],
        budget=Budget(latency_s=1.0),
        on_budget="drop_check",
        database=database,
    )
    [degrade] = of(traced(app, database), "degrade")

    assert degrade["policy"] == "drop_check"
    assert "latency_s limit 1" in degrade["why"]


def test_a_switch_is_traced_with_who_and_why(database):
    """And with what was changed."""
    s = session()
    s.switch("s", mode="off", why="too slow", by="ann")
    app = step(says(n=1), verifiers=[lambda s, u: True], database=database)
    events = traced(app, database, context=s)

    [switch] = of(events, "switch")
    assert (switch["why"], switch["by"], switch["changes"]) == ("too slow", "ann", {"mode": "off"})
    assert of(events, "verdict") == []


def test_a_run_with_people_is_traced(database):
    """The question, that it went to a person, the answer and who gave it, and the resume."""
    app = step(says(n=1), human="always", database=database)
    events = traced(app, database, decision("approve", actor="ann"))

    kinds = [event.kind for event in events]
    assert kinds.index("question") < kinds.index("run_ended") < kinds.index("resume")
    assert of(events, "question")[0]["proposal"] == {"n": 1}
    assert of(events, "escalate")[0]["queue"] == "default"
    assert (of(events, "answer")[0]["actor"], of(events, "answer")[0]["kind"]) == ("ann", "approve")
    assert [one["outcome"] for one in of(events, "run_ended")] == ["escalated", "succeeded"]


def test_an_effect_is_traced_with_its_key(database):
    """When it began, and when it was done."""
    app = step(says(n=1), effect=Effect.IRREVERSIBLE, database=database)
    effects = of(traced(app, database), "effect")

    assert [one["phase"] for one in effects] == ["begun", "done"]
    assert {one["key"] for one in effects} == {"t/1/s/1"}


def test_a_failed_run_says_so_in_its_last_event(database):
    """With its reason and what was spent."""
    app = step(asks(chat()), verifiers=[lambda s, u: False], retries=0, database=database)
    [ended] = of(traced(app, database, context=priced()), "run_ended")

    assert (ended["outcome"], ended["spent"]["cost_usd"]) == ("failed", pytest.approx(0.5))
    assert "refused after one attempt" in ended["reason"]


def test_a_cancelled_run_is_traced_to_its_end(database):
    """It has no outcome yet, and its call in flight is settled."""

    async def main():
        app = step(asks(chat(latency_s=60.0)), database=database)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(start(app, context=priced()), 1.0)
        return await store_at(database).events("t")

    events = run(main())
    call = of(events, "model_call")[0]
    assert (call["error"], call["estimated_usd"]) == ("cancelled", pytest.approx(1.0))
    assert (of(events, "run_ended")[0]["outcome"], events[-1].kind) == (None, "run_ended")


def test_a_failure_is_reported_from_first_sight_to_settlement(database):
    """Refused at one second, mended and accepted at three."""
    worker = ScriptedWorker([{"n": 1}, {"n": 2}], latency_s=1.0)
    check = ScriptedVerifier([Verdict("fail", feedback="wrong"), True])
    delay = ScriptedVerifier([True, True], name="slow", latency_s=0.5)
    app = step(worker, verifiers=[check, delay], database=database)
    [failure] = timeline(traced(app, database)).failures

    assert (failure.step, failure.what, failure.outcome) == ("s", "scripted: wrong", "repaired")
    assert failure.time_to_resolution_s == pytest.approx(2.0)


def test_a_worker_s_error_is_a_failure_until_it_is_settled(database):
    """First seen with the error, settled with the second attempt."""
    worker = ScriptedWorker([ValueError("no luck"), {"n": 1}], latency_s=1.0)
    [failure] = timeline(traced(step(worker, database=database), database)).failures

    assert "no luck" in failure.what
    assert failure.time_to_resolution_s == pytest.approx(1.0)


def test_visits_are_told_apart(database):
    """What settles a visit carries the number with which it started."""
    app = chain(("a", says(n=1), {"human": "always"}), ("b", asks(chat()), {}), database=database)
    events = traced(app, database, decision("reject"), decision("approve"))

    numbers = {event.visit for event in events if event.step in ("a", "b") and event.visit}
    assert numbers == {1}


def test_the_timeline_of_a_run_with_people_shows_their_time(database):
    """A person's span lasts from the question to the answer."""

    async def main():
        app = step(asks(chat(latency_s=2.0)), human="always", database=database)
        await start(app, context=priced())
        await asyncio.sleep(60.0)
        await answer(app, decision("approve", actor="ann"), context=session(prices=PRICES))
        return timeline(await store_at(database).events("t"))

    found = run(main())
    [person] = [span for span in found.spans if span.kind == "person"]
    assert (person.name, person.status) == ("ann", "approve")
    assert person.end_s - person.start_s == pytest.approx(60.0)
    assert (found.totals.machine_s, found.totals.human_s) == (
        pytest.approx(2.0),
        pytest.approx(60.0),
    )
    assert found.totals.cost_usd == pytest.approx(0.5)


def test_secrets_are_redacted_before_they_are_stored(database):
    """In inputs, outputs, verdicts, questions of the trace, wherever the key stands."""
    app = step(
        says(text="hunter2"),
        verifiers=[lambda s, u: True],
        human="always",
        database=database,
        redact=redact_keys("text"),
    )
    events = traced(app, database, decision("approve"), given={"text": "hunter2"})

    assert "hunter2" not in repr(events)
    assert of(events, "attempt")[0]["output"] == {"text": "[redacted]"}


def test_whoever_listens_hears_every_event(database):
    """Live, as objects, and the same that are stored."""
    heard, s = [], session()
    s.listen(heard.append)
    events = traced(step(says(n=1), database=database), database, context=s)

    assert [event.kind for event in heard] == [event.kind for event in events]


def test_listening_needs_no_database():
    """A live view does without."""
    heard, s = [], session()
    s.listen(lambda event: heard.append(event.kind))
    run(start(step(says(n=1)), context=s))

    assert heard[0] == "run_started"
    assert heard[-1] == "run_ended"


def test_a_resume_under_another_plan_is_traced(database):
    """The plan of the new session stands in the trace."""

    async def main():
        app = chain(("a", says(n=1), {"human": "always"}), ("b", says(n=2), {}), database=database)
        await start(app)
        plan = Plan.everything().with_step("b", mode="off")
        await answer(app, decision("approve"), context=session(plan=plan))
        return await store_at(database).events("t", kinds=["plan"])

    assert [event.data["steps"] for event in run(main())] == [{}, {"b": {"mode": "off"}}]


def test_what_a_run_cost_can_be_summed_from_its_calls(database):
    """The store's sum and the record's agree."""

    async def main():
        s = priced()
        judged = {"verifiers": [Judge(chat([PASS] * 3), rubric="ok?")]}
        app = chain(("a", asks(chat()), judged), ("b", asks(chat())), database=database)
        await start(app, context=s)
        return s.record.spent, await store_at(database).spent("t")

    handle, stored = run(main())
    assert (stored.cost_usd, stored.worker_usd, stored.checker_usd, stored.calls) == (
        pytest.approx(handle.cost_usd),
        pytest.approx(1.0),
        pytest.approx(0.5),
        3,
    )


def test_each_round_of_a_loop_is_a_visit_of_its_own(database):
    """From its start to its settlement."""
    graph = VerifiedGraph(State)
    graph.add_step("s", says(log=["x"]))
    graph.add_edge(START, "s")
    graph.add_conditional_edges("s", lambda state: "s" if len(state["log"]) < 3 else END)
    events = traced(graph.compile(InMemorySaver(), database=database), database)

    for kind in ("step_started", "settled"):
        assert [event.visit for event in events if event.kind == kind] == [1, 2, 3]


def test_a_failed_step_that_is_tried_again_is_still_the_same_visit(database):
    """Its effect may have happened in the first try."""

    async def main():
        worker = ScriptedWorker([OSError("line dropped")])
        app = step(worker, effect=Effect.IRREVERSIBLE, database=database)
        with pytest.raises(RunFailed):
            await start(app)
        await app.ainvoke(None, THREAD)
        await answer(app, decision("approve"))
        return await store_at(database).events("t", kinds=["settled"])

    events = run(main())
    assert [(event.visit, event.data["outcome"]) for event in events] == [
        (1, "failed"),
        (1, "approved"),
    ]

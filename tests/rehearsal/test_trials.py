"""Suites: many cases at once through the real model server, on a virtual clock."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from langchain_core.messages import AIMessage

from surestep import SLO, Assurance, Plan, VerifiedGraph
from surestep.budgets import PersonProfile
from surestep.errors import InputError
from surestep.rehearsal import Role, Scenario
from surestep.rehearsal.case import Trial
from surestep.rehearsal.staging import named_by_environment
from surestep.rehearsal.suite import Suite
from surestep.rehearsal.trials import profiled, rehearse_suite
from surestep.rehearsal.truth import replies
from surestep.storage import Event
from surestep.testing import run
from surestep.traces.labels import steps_in
from tests.rehearsal.suites import answered, asking, blocking, graph, scenario, suite

OFF = Plan(default=Assurance(mode="off"))


def rehearsed(
    suite: Suite, n: int, make: Callable[[], VerifiedGraph] = graph, **options: Any
) -> tuple[Trial, ...]:
    """How the first cases of a suite go."""

    async def made() -> VerifiedGraph:
        return make()

    return run(rehearse_suite(suite, made, n, **options))


def test_each_sample_has_its_own_verdict_and_one_of_them_the_outcome() -> None:
    """The one a judge accepted that is never wrong, and it is no later attempt."""
    three = Plan(default=Assurance(mode="serial", samples=3, retries=0))
    trials = rehearsed(suite, 20, plan=three)
    samples = [s for t in trials for s in steps_in(t.record) if s["step"] == "classify"]
    judged = [s for s in samples if s["verdicts"]]

    assert {s["attempt"] for s in samples} == {0}
    assert len(judged) > 20
    for sample in judged:
        assert (sample["ok"] == 1) == (sample["verdicts"]["judge"]["status"] == "pass")  # type: ignore[index]
    for trial in trials:
        (settled,) = [s for s in steps_in(trial.record) if s["step"] == "classify" and s["outcome"]]
        assert (settled["ok"] == 1) == trial.right


def test_a_profile_learns_from_every_sample_that_was_judged() -> None:
    """As repeats of one task: more wrong outputs than there are cases that went wrong."""
    three = Plan(default=Assurance(mode="serial", samples=3, retries=0))
    trials = rehearsed(suite, 20, plan=three)
    step = profiled(suite, trials, graph_here()).steps["classify"]

    assert step.checks["judge"].trials_bad > sum(not trial.right for trial in trials)
    assert step.visits == 1.0


def graph_here() -> VerifiedGraph:
    """The graph, which nobody calls."""
    with named_by_environment("http://localhost:9"):
        return graph()


def test_each_case_is_judged_by_its_truth() -> None:
    """Without checks, the model's errors are those of the results."""
    trials = rehearsed(suite, 30, plan=OFF)
    assert [trial.given["ticket"] for trial in trials] == [f"T{n}" for n in range(30)]
    assert 0 < sum(not trial.right for trial in trials) < 20
    for trial in trials:
        classify, *_ = steps_in(trial.record)
        assert (classify["ok"] == 1) == trial.right


def test_checks_show_in_the_records() -> None:
    """A perfect judge refuses what is wrong, and its verdicts agree with the truth."""
    trials = rehearsed(suite, 30)
    calls = [step for one in trials for step in steps_in(one.record) if step["step"] == "classify"]
    said = {(call["ok"], call["verdicts"]["judge"]["status"]) for call in calls}  # type: ignore[index]
    assert said == {(0, "fail"), (1, "pass")}
    assert len(calls) > 30


def test_what_was_built_on_a_refused_output_is_apart() -> None:
    """Under speculation, verdicts still stand with the outputs they judged."""
    trials = rehearsed(suite, 30, plan=Plan(default=Assurance(mode="speculative")))
    calls = [step for one in trials for step in steps_in(one.record) if step["step"] == "classify"]
    said = {(call["ok"], call["verdicts"]["judge"]["status"]) for call in calls}  # type: ignore[index]
    assert said == {(0, "fail"), (1, "pass")}
    lost = [step["step"] for one in trials for step in one.record["discarded"]]  # type: ignore[attr-defined]
    assert set(lost) <= {"note", "answer"}
    assert lost


def test_a_step_without_a_model_has_no_truth_of_its_own() -> None:
    """Unless the suite says so."""
    (trial,) = rehearsed(suite, 1)
    assert [step["ok"] for step in steps_in(trial.record) if step["step"] == "note"] == [None]
    told = replace(suite, right_step=lambda given, step, update: step != "note" and None)
    (trial,) = rehearsed(told, 1)
    assert [step["ok"] for step in steps_in(trial.record) if step["step"] == "note"] == [0]


def test_an_output_without_what_is_looked_for_is_wrong() -> None:
    """The suite need not ask first whether it is there."""
    told = replace(suite, right_step=lambda given, step, update: update["none"])
    (trial,) = rehearsed(told, 1)
    assert {step["ok"] for step in steps_in(trial.record)} == {0}


def test_times_are_exact() -> None:
    """Two seconds a call, one for the note; nothing is added by the machine."""
    (trial,) = rehearsed(replace(suite, scenario=scenario(error_rate=0.0)), 1)
    assert [step["latency_s"] for step in steps_in(trial.record)] == pytest.approx([2.0, 1.0, 0.0])
    assert trial.record["machine_s"] == pytest.approx(5.0, abs=1e-3)


def test_equal_seeds_give_equal_runs() -> None:
    """And other seeds others."""
    first, again = (rehearsed(suite, 20, plan=OFF, seed=3) for _ in range(2))
    other = rehearsed(suite, 20, plan=OFF, seed=4)
    assert [one.right for one in first] == [one.right for one in again]
    assert [one.right for one in first] != [one.right for one in other]


def test_workers_that_block_a_thread_are_waited_for() -> None:
    """On a clock that goes on while they wait for the model server, which is on the same loop."""

    async def made() -> VerifiedGraph:
        return blocking()

    work = rehearse_suite(suite, made, 2, time_scale=0.02)
    trials = run(work, waits_for_threads=False)
    assert [steps_in(one.record)[0]["latency_s"] for one in trials] == pytest.approx([0.04, 0.04])


def test_people_are_answered_for() -> None:
    """What is refused to the end is mended by the suite's person."""
    (trial,) = rehearsed(answered, 1, asking)
    human = [step["human"] for step in steps_in(trial.record) if step["human"]]
    assert trial.right
    assert [one["decision"] for one in human] == ["edit"]  # type: ignore[index]


def test_a_question_nobody_answers_stays_open() -> None:
    """The run is neither right nor wrong."""
    (trial,) = rehearsed(replace(answered, answer=None), 1, asking)
    assert (trial.record["outcome"], trial.record["ok"]) == ("escalated", None)
    assert trial.state == {}


def test_a_run_that_fails_closed_has_no_right_result() -> None:
    """The deadline strikes before the reply."""
    (trial,) = rehearsed(suite, 1, slo=SLO(latency_s=3.0))
    assert (trial.record["outcome"], trial.record["ok"]) == ("failed", 0)


def test_the_environment_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model server is named only while it is there."""
    monkeypatch.setenv("OPENAI_API_KEY", "mine")
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    rehearsed(suite, 1)
    assert os.environ["OPENAI_API_KEY"] == "mine"
    assert "OPENAI_BASE_URL" not in os.environ


def test_each_case_is_told_as_it_ends() -> None:
    """For a bar of progress."""
    told: list[Trial] = []
    trials = rehearsed(suite, 5, done=told.append)
    assert len(told) == len(trials) == 5


@pytest.mark.parametrize(("n", "told"), [(0, "0 rehearsals"), (101, "100 inputs")])
def test_a_suite_gives_as_many_cases_as_it_has(n: int, told: str) -> None:
    """And refuses others before anything runs."""
    with pytest.raises(InputError, match=told):
        rehearsed(suite, n)


def test_bad_input_ends_the_rehearsal() -> None:
    """A plan for another graph is an error of its own."""
    with pytest.raises(InputError, match="clasify"):
        rehearsed(suite, 2, plan=Plan().with_step("clasify", mode="off"))


def test_the_world_keeps_its_pace_if_it_is_told_to() -> None:
    """The scenario's factor then counts."""
    slow = suite.scenario.rehearsed(time_scale=0.5)
    (trial,) = rehearsed(replace(suite, scenario=slow), 1, time_scale=None, plan=OFF)
    assert steps_in(trial.record)[0]["latency_s"] == pytest.approx(1.0)


def test_an_end_without_what_is_looked_for_is_not_right() -> None:
    """The suite need not ask first whether it is there."""
    (trial,) = rehearsed(replace(suite, right=lambda given, state: state["none"]), 1)
    assert trial.record["ok"] == 0


def nowhere() -> VerifiedGraph:
    """The graph, with its model at an address that nobody asks."""
    with named_by_environment("http://127.0.0.1:9/v1"):
        return graph()


def test_trials_speak_for_a_profile() -> None:
    """In the shape of the graph, and with the people the suite says there are."""
    person = PersonProfile(minutes=3.0)
    told = replace(suite, scenario=scenario(error_rate=0.3, accept_bad=0.2), person=person)
    profile = profiled(told, rehearsed(told, 60), nowhere())
    step = profile.steps["classify"]
    assert profile.after == {"classify": (), "note": ("classify",), "answer": ("note",)}
    assert profile.person == person
    assert step.success == pytest.approx(0.7, abs=0.15)
    assert step.checks["judge"].accept_bad == pytest.approx(0.2, abs=0.2)
    assert step.latency_s == pytest.approx(2.0)


@pytest.mark.parametrize("message", [{"response_metadata": {"id": "r"}}, AIMessage("x")])
def test_a_reply_is_known_by_its_id(message: Any) -> None:
    """Live, or as the database keeps it."""
    if isinstance(message, AIMessage):
        message.response_metadata["id"] = "r"
    told = Event(thread_id="t", kind="model_call", at=0.0, data={"output": [message]})
    assert replies(told) == ["r"]
    assert replies(replace(told, data={"output": None})) == []


def unheard() -> Scenario:
    """A world in which nobody knows an answer to anything."""
    return Scenario(roles=[Role(name="nobody", pattern=re.compile("^$"), truth=str)])


def test_trials_without_any_output_speak_for_nothing() -> None:
    """What stands in the way is named."""
    broken = replace(suite, scenario=unheard())
    with pytest.raises(InputError, match=r"No step gave an output in 2 rehearsals.*failed"):
        profiled(broken, rehearsed(broken, 2), nowhere())

"""Runs as records: what each worker call did, what was said of it, and what is known of it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from surestep.errors import InputError
from surestep.storage import Event
from surestep.storage.encode import to_json
from surestep.traces.labels import labelled, steps_in
from surestep.traces.runs import Record, runs_of
from tests.traces.some_events import event, refund

OUTPUT = {"decision": "refund"}


def with_output(events: tuple[Event, ...]) -> tuple[Event, ...]:
    """The events, with an output in each attempt."""
    return tuple(
        replace(one, data={**one.data, "output": OUTPUT, "confidence": 0.5})
        if one.kind == "attempt"
        else one
        for one in events
    )


def only(*events: Event) -> Record:
    """The one record of some events."""
    (record,) = runs_of([with_output(events)])
    return record


def test_a_run_says_how_it_ended_and_what_it_took() -> None:
    """Machine and people's time are apart."""
    record = only(*refund())
    assert (record["run_id"], record["outcome"]) == ("t", "succeeded")
    assert (record["machine_s"], record["human_s"]) == (5.0, 600.0)
    assert record["ok"] is None


def test_each_worker_call_is_a_step_of_the_record() -> None:
    """With its attempt, time, tokens and model."""
    first, second = steps_in(only(*refund()))
    assert (first["attempt"], second["attempt"]) == (0, 1)
    assert (first["latency_s"], first["tokens_in"], first["agent"]) == (1.0, 100, "small")
    assert (second["tokens_in"], second["agent"], second["confidence"]) == (0, "", 0.5)


def test_equal_outputs_have_equal_answers() -> None:
    """Whatever else differs between their attempts."""
    first, second = steps_in(only(*refund()))
    other = event("attempt", 9.0, "decide", 1, 3, output={"decision": "deny"})
    (record,) = runs_of([(*with_output(refund()), other)])
    assert first["answer"] == second["answer"] != steps_in(record)[2]["answer"]


def test_verdicts_stand_with_the_output_they_judged() -> None:
    """The judge's call is the judge's, and its model its family."""
    first, second = steps_in(only(*refund()))
    judge = {"score": 0.2, "latency_s": 1.0, "cost_usd": 0.25, "family": "small"}
    policy = {"score": None, "latency_s": 0.5, "cost_usd": 0.0, "family": ""}
    verdicts = {"policy": {"status": "pass", **policy}, "judge": {"status": "fail", **judge}}
    assert (first["verdicts"], second["verdicts"]) == (verdicts, {})


def test_what_a_person_decided_stands_with_the_output_they_saw() -> None:
    """And how long that took them."""
    first, second = steps_in(only(*refund()))
    decided = {"decision": "approve", "actor": "ann", "wait_s": 600.0}
    assert (first["human"], second["human"]) == (None, decided)
    assert (first["outcome"], second["outcome"]) == ("", "approved")


def test_a_call_without_output_is_part_of_the_next_one() -> None:
    """What it took stands with the first output after it, which was not refused before."""
    events = (
        event("run_started", 0.0),
        event("attempt", 1.0, "a", 1, 1, latency_s=1.0, output=None),
        event("error", 1.0, "a", 1, 1, error="ValueError('no')"),
        event("attempt", 3.0, "a", 1, 2, latency_s=2.0, output=OUTPUT),
    )
    (record,) = runs_of([events])
    (step,) = steps_in(record)
    assert (step["attempt"], step["latency_s"]) == (0, 3.0)
    assert step["errors"] == ["ValueError('no')"]


def test_a_call_that_was_cut_off_is_part_of_none() -> None:
    """Another was quicker; what it may have cost is told of the run."""
    events = (
        event("run_started", 0.0),
        event("attempt", 1.0, "a", 1, 1, latency_s=1.0, output=None),
        event("model_call", 1.0, "a", 1, 1, cost_usd=0.5, estimated_usd=0.5, withheld_usd=2.0),
        event("attempt", 3.0, "a", 1, 2, latency_s=2.0, output=OUTPUT),
    )
    (record,) = runs_of([events])
    (step,) = steps_in(record)
    assert (step["latency_s"], step["errors"]) == (2.0, [])
    assert (record["estimated_usd"], record["withheld_usd"]) == (0.5, 2.0)


def test_a_verdict_on_samples_side_by_side_goes_to_the_one_it_names() -> None:
    """With what its own calls cost, and the outcome goes to the one the run went on with."""
    (record,) = runs_of(
        [
            (
                event("run_started", 0.0),
                event("attempt", 1.0, "a", 1, 1, call=2, output={"n": 2}),
                event("attempt", 1.0, "a", 1, 1, call=1, output={"n": 1}),
                *(
                    event("model_call", 1.5, "a", 1, 1, cost_usd=1.0 * n, verifier="judge", call=n)
                    for n in (1, 2)
                ),
                event("verdict", 2.0, "a", 1, 1, call=1, verifier="judge", status="fail"),
                event("verdict", 2.0, "a", 1, 1, call=2, verifier="judge", status="pass"),
                event("settled", 2.0, "a", 1, outcome="verified", update={"n": 2}),
            )
        ]
    )
    second, first = steps_in(record)
    assert (first["attempt"], second["attempt"]) == (0, 0)
    assert [step["verdicts"]["judge"]["status"] for step in (first, second)] == ["fail", "pass"]  # type: ignore[index]
    assert [step["verdicts"]["judge"]["cost_usd"] for step in (first, second)] == [1.0, 2.0]  # type: ignore[index]
    assert (first["outcome"], second["outcome"]) == ("", "verified")


def test_a_verdict_on_all_samples_together_goes_to_none() -> None:
    """A vote is no judgement of one of them."""
    record = only(
        event("run_started", 0.0),
        event("attempt", 1.0, "a", 1, 1),
        event("attempt", 1.0, "a", 1, 1),
        event("verdict", 2.0, "a", 1, 1, verifier="judge", status="pass"),
    )
    assert [step["verdicts"] for step in steps_in(record)] == [{}, {}]


def test_what_a_person_allowed_stands_with_the_work_then_done() -> None:
    """Where it cannot be taken back, they are asked before it."""
    record = only(
        event("run_started", 0.0),
        event("question", 1.0, "pay", 1, question_id="q"),
        event("answer", 31.0, "pay", 1, question_id="q", kind="approve", actor="ann"),
        event("attempt", 32.0, "pay", 1, 1),
    )
    (step,) = steps_in(record)
    assert step["human"] == {"decision": "approve", "actor": "ann", "wait_s": 30.0}


def test_work_that_was_taken_back_is_apart() -> None:
    """The visit starts again under its number, and its verdict is of the new output."""
    record = only(
        event("run_started", 0.0),
        event("step_started", 0.0, "a", 1),
        event("attempt", 1.0, "a", 1, 1, latency_s=1.0),
        event("step_started", 1.5, "b", 1),
        event("attempt", 2.0, "b", 1, 1, latency_s=0.25),
        event("rollback", 3.0, "a", 1, 1, kept=[]),
        event("step_started", 5.0, "b", 1),
        event("attempt", 6.0, "b", 1, 1, latency_s=1.0),
        event("verdict", 7.0, "b", 1, 1, verifier="judge", status="pass"),
    )
    told = [(step["step"], [*step["verdicts"]]) for step in steps_in(record)]  # type: ignore[misc]
    assert told == [("a", []), ("b", ["judge"])]
    assert [step["latency_s"] for step in record["discarded"]] == [0.25]  # type: ignore[attr-defined]


def test_a_thread_may_hold_several_runs() -> None:
    """Equal inputs are repeats of one task."""
    start = event("run_started", 0.0, input={"x": 1})
    records = runs_of([(start, start, event("run_started", 1.0, input={"x": 2}))])
    assert [one["run_id"] for one in records] == ["t", "t/2", "t/3"]
    assert [one["rep"] for one in records] == [0, 1, 0]


def test_runs_of_which_the_input_is_not_kept_are_tasks_of_their_own() -> None:
    """As where it was redacted."""
    records = runs_of([(event("run_started", 0.0), event("run_started", 1.0))])
    assert [(one["task"], one["rep"]) for one in records] == [("t", 0), ("t/2", 0)]


def test_the_truth_may_be_known() -> None:
    """Whoever knows says so of each call."""
    (record,) = runs_of([with_output(refund())], truth=lambda call: call.attempt == 2)
    assert [step["ok"] for step in steps_in(record)] == [0, 1]


def test_stored_events_give_the_same_record() -> None:
    """Live objects and what the database makes of them are alike."""
    stored = tuple(
        replace(one, data=json.loads(to_json(one.data))) for one in with_output(refund())
    )
    assert runs_of([stored]) == runs_of([with_output(refund())])


def test_a_label_is_of_the_run_or_of_what_a_step_went_on_with() -> None:
    """The records given stay as they were."""
    record = only(*refund())
    labels = [{"run_id": "t", "ok": 1}, {"run_id": "t", "step": "decide", "ok": 0}]
    (known,) = labelled([record], labels)
    assert (known["ok"], [step["ok"] for step in steps_in(known)]) == (1, [None, 0])
    assert (record["ok"], steps_in(record)[1]["ok"]) == (None, None)


def test_a_label_may_name_the_attempt() -> None:
    """An earlier one, which did not go on."""
    label = {"thread_id": "t", "step": "decide", "attempt": 0, "ok": 0}
    (known,) = labelled([only(*refund())], [label])
    assert [step["ok"] for step in steps_in(known)] == [0, None]


@pytest.mark.parametrize(
    ("label", "told"),
    [
        ({"run_id": "u", "ok": 1}, "'u'"),
        ({"run_id": "t", "ok": 2}, "ok is 2"),
        ({"run_id": "t"}, "cannot be read"),
        ({"run_id": "t", "ok": 1, "stepp": "decide"}, "stepp"),
        ({"run_id": "t", "step": "draft", "ok": 1}, "draft"),
    ],
)
def test_a_label_that_does_not_fit_is_refused(label: dict[str, object], told: str) -> None:
    """The message names what is wrong."""
    with pytest.raises(InputError, match=told):
        labelled([only(*refund())], [label])

"""Timelines and their text."""

from __future__ import annotations

import json

from surestep.traces import Timeline, render, timeline
from tests.traces.some_events import START, call, event, refund


def line(shown: Timeline, word: str, width: int = 100) -> str:
    """The first line of the text that holds a word."""
    return next(line for line in render(shown, width).splitlines() if word in line)


def test_nothing_happened_is_a_report_too() -> None:
    """No events, no spans, no cost, no error."""
    shown = timeline(())
    assert (shown.spans, shown.totals.calls, shown.outcome) == ((), 0, "")
    assert "not ended" in render(shown)


def test_a_step_holds_its_attempts_checks_calls_and_people() -> None:
    """Owners come by their start, each followed by the calls it made."""
    rows = [(span.depth, span.kind, span.name) for span in timeline(refund()).spans]
    assert rows == [
        (0, "step", "decide"),
        (1, "worker", "worker"),
        (2, "model", "small"),
        (1, "check", "policy"),
        (1, "check", "judge"),
        (2, "model", "small"),
        (1, "worker", "worker"),
        (1, "person", "ann"),
    ]


def test_a_call_belongs_to_the_attempt_that_made_it() -> None:
    """A second attempt's call is not the first one's, and an orphan stands in its step."""
    attempts = [event("attempt", float(n), "decide", 1, n, latency_s=1.0) for n in (1, 2)]
    shown = timeline((*attempts, call(2.0, 2, 0.5), call(3.0, 3, 0.5)))
    rows = [(span.kind, span.attempt, span.cost_usd) for span in shown.spans[1:]]
    assert rows == [("worker", 1, 0), ("worker", 2, 0.25), ("model", 2, 0.25), ("model", 3, 0.25)]


def test_spans_start_their_latency_before_their_end() -> None:
    """Times are relative to the start of the run."""
    judge = next(span for span in timeline(refund()).spans if span.name == "judge")
    assert (judge.start_s, judge.end_s) == (2.0, 3.0)
    assert (judge.status, judge.detail, judge.cost_usd) == ("fail", "too\nhigh", 0.25)


def test_a_step_sums_up_what_it_holds() -> None:
    """From its start to its settling, with all calls paid in it."""
    step = timeline(refund()).spans[0]
    assert (step.start_s, step.end_s, step.status, step.attempt) == (1.0, 604.0, "approved", 2)
    assert step.cost_usd == 0.5


def test_a_step_that_never_settled_is_open_until_the_last_event() -> None:
    """A crash leaves no end behind."""
    shown = timeline((event("step_started", 0.0, "a", 1), event("error", 2.0, error="boom")))
    assert (shown.spans[0].status, shown.spans[0].end_s) == ("open", 2.0)


def test_an_attempt_without_latency_lasts_until_what_follows_it() -> None:
    """Its event then marks the beginning, and the check's start the end."""
    events = (
        event("attempt", 0.0, "a", 1, 1),
        event("verdict", 3.0, "a", 1, 1, latency_s=1.0, verifier="v", status="pass"),
        event("settled", 3.0, "a", 1, outcome="verified"),
    )
    assert (timeline(events).spans[1].start_s, timeline(events).spans[1].end_s) == (0.0, 2.0)


def test_visits_of_a_step_are_told_apart() -> None:
    """A loop shows each round, numbered from the second."""
    events = tuple(event("settled", float(n), "a", n, outcome="verified") for n in (1, 2))
    assert "a #2" in render(timeline(events))


def test_an_unanswered_question_is_open() -> None:
    """The wait lasts until the last thing that is known."""
    shown = timeline(
        (event("question", 0.0, "a", 1, question_id="q", reason="why"), call(5.0, 1, 1.0))
    )
    person = next(span for span in shown.spans if span.kind == "person")
    assert (person.status, person.end_s, person.detail) == ("open", 5.0, "why")


def test_totals_tell_workers_from_checkers() -> None:
    """Money and tokens are those of the calls, times those the run stated."""
    totals = timeline(refund()).totals
    assert (totals.worker_usd, totals.checker_usd, totals.calls) == (0.25, 0.25, 2)
    assert (totals.input_tokens, totals.output_tokens) == (200, 20)
    assert (totals.machine_s, totals.human_s) == (5.0, 600.0)


def test_a_run_that_stated_no_times_is_measured_by_its_spans() -> None:
    """Time in which several things ran counts once."""
    totals = timeline(refund()[:-1]).totals
    assert (totals.machine_s, totals.human_s) == (3.0, 600.0)


def test_a_resumed_run_has_not_ended() -> None:
    """Only the last edge counts."""
    assert timeline((*refund(), event("resume", 700.0))).outcome == ""


def test_a_failure_lasts_from_its_first_sign_until_its_step_settles() -> None:
    """The times, what was seen, and how it came out."""
    (failure,) = timeline(refund()).failures
    assert (failure.step, failure.what) == ("decide", "judge: too\nhigh")
    assert (failure.first_seen_at, failure.settled_at) == (START + 3.0, START + 604.0)
    assert (failure.time_to_resolution_s, failure.outcome) == (601.0, "approved")


def test_a_failure_that_goes_on_is_one_failure() -> None:
    """A second fail verdict before the step settles belongs to the first."""
    fails = tuple(event("verdict", float(n), "a", n, verifier="v", status="fail") for n in (1, 2))
    (failure,) = timeline((*fails, event("settled", 3.0, "a", 2, outcome="repaired"))).failures
    assert failure.time_to_resolution_s == 2.0


def test_a_failure_nobody_settled_has_no_resolution() -> None:
    """Neither time nor outcome is made up."""
    (failure,) = timeline((event("error", 1.0, "a", 1, error="boom"),)).failures
    assert (failure.time_to_resolution_s, failure.outcome, failure.what) == (None, "", "boom")


def test_an_error_of_the_run_settles_with_its_end() -> None:
    """What concerns no step concerns the run."""
    events = (event("error", 1.0, error="boom"), event("run_ended", 2.0, outcome="failed"))
    assert timeline(events).failures[0].outcome == "failed"


def test_inconclusive_is_no_failure() -> None:
    """A verifier that broke says nothing about the output."""
    events = (event("verdict", 1.0, "a", 1, verifier="v", status="inconclusive"),)
    assert timeline(events).failures == ()


def test_the_report_is_json_with_every_figure() -> None:
    """What machines read holds what people see, without the data of calls."""
    read = json.loads(json.dumps(timeline(refund()).as_dict()))
    assert read["failures"][0]["time_to_resolution_s"] == 601.0
    assert read["spans"][0]["name"] == "decide"
    assert "data" not in read["spans"][0]
    assert read["totals"]["cost_usd"] == 0.5


def test_overlapping_checks_stand_above_each_other() -> None:
    """Both bars begin in one column."""
    shown = timeline(refund())
    assert line(shown, "policy").index("▓") == line(shown, "judge").index("▓")


def test_a_later_bar_stands_further_right() -> None:
    """The second attempt begins where the failed check ended."""
    shown = timeline(refund())
    assert line(shown, "worker 2").index("█") == line(shown, "judge").rindex("▓") + 1


def test_a_long_wait_does_not_squeeze_the_rest() -> None:
    """Ten minutes of thought leave room for three seconds of work, and the page says so."""
    shown = timeline(refund())
    assert line(shown, "ann").count("░") < line(shown, "judge").count("▓")
    assert "drawn shorter" in render(shown)


def test_decisions_stand_where_they_fell() -> None:
    """A retry in its step before the second attempt, a switch of the run after it."""
    lines = render(timeline(refund())).splitlines()
    order = [
        next(number for number, line in enumerate(lines) if word in line)
        for word in ("judge", "◆ retry at 3.00 s: judge: too high", "worker 2", "◆ switch")
    ]
    assert order == sorted(order)


def test_no_line_is_wider_than_the_page() -> None:
    """Long names, notes and reasons are cut."""
    events = (*refund(), event("error", 606.0, "x" * 300, 1, error="y" * 300))
    assert all(len(line) <= 72 for line in render(timeline(events), 72).splitlines())


def test_thousands_of_steps_are_reported_in_a_moment() -> None:
    """The work grows with the events, not with their square."""
    events = [
        one
        for n in range(4000)
        for one in (
            event("switch", float(n), mode="off"),
            event("retry", float(n), "a", n + 1, why="again"),
            event("settled", n + 0.5, "a", n + 1, outcome="verified"),
        )
    ]
    assert render(timeline(events)).count("◆ retry") == 4000


def test_what_was_thrown_away_has_a_line_of_its_own() -> None:
    """The sum of what each rollback lost."""
    lost = [event("rollback", float(n), "a", 1, why="no", wasted_usd=0.25) for n in (1, 2)]

    assert "0.500000 USD" in line(timeline(lost), "Thrown away")

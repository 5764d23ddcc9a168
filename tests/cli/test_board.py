"""The model behind the live view, told from events."""

from itertools import count

import pytest

from surestep.cli.board import Board, Row, Said, row_of, told
from surestep.storage import Event
from surestep.values import StepRecord, Verdict
from tests.cli import agents

TIME = count(100)
PLAN = {"default": {"mode": "serial"}, "steps": {}}


def event(kind, /, *, step="draft", attempt=0, at=None, cost_usd=None, **data):
    """An event, each a second after the one before."""
    at = float(next(TIME)) if at is None else at
    return Event(
        thread_id="t", kind=kind, at=at, step=step, attempt=attempt, cost_usd=cost_usd, data=data
    )


def after(*events, row=None):
    """The row of a checked step after some events."""
    row = row or Row(path="draft")
    for one in events:
        row = told(row, one, checked=True)
    return row


def started(slo=None, plan=None, records=None):
    """A board at the start of a run."""
    board = Board(agents.graph.compile().definition.specs)
    board.begin(event("run_started", step="", slo=slo or {}, plan=plan or PLAN), records or {})
    return board


def test_a_step_that_has_not_started_is_pending():
    """In the order of the graph."""
    board = started()

    assert [(row.path, row.phase) for row in board.rows.values()] == [
        ("draft", "pending"),
        ("title", "pending"),
    ]


def test_a_resumed_run_shows_what_had_settled():
    """From the records of steps that ran before."""
    board = started(records={"draft": StepRecord(outcome="verified", latency_s=2.0)})

    assert (board.rows["draft"].phase, board.rows["draft"].latency_s) == ("settled", 2.0)


def test_limits_are_those_of_the_run():
    """As the first event states them."""
    assert started(slo={"latency_s": 9.0}).slo.latency_s == 9.0


def test_a_step_runs_then_is_checked():
    """Once its output is there."""
    assert after(event("step_started")).phase == "running"
    assert after(event("step_started"), event("attempt", attempt=1)).phase == "checking"


def test_a_step_without_checks_is_never_checking():
    """Its output is its end."""
    row = told(Row(path="draft"), event("attempt", attempt=1), checked=False)

    assert row.phase != "checking"


@pytest.mark.parametrize(("mode", "phase"), [("off", "running"), ("serial", "checking")])
def test_a_switch_decides_whether_a_step_is_checked(mode, phase):
    """From then on."""
    board = started()
    board.tell(event("switch", changes={"mode": mode}, by="ann", why="to see"))
    board.tell(event("step_started"))
    board.tell(event("attempt", attempt=1))

    assert board.rows["draft"].phase == phase


def test_a_plan_decides_whether_a_step_is_checked():
    """Before anything runs."""
    assert started(plan={"default": {"mode": "off"}, "steps": {}}).checked == set()
    assert started().checked == {"draft", "title"}


def test_verdicts_stay_until_those_of_the_next_attempt():
    """So that their feedback can be read meanwhile."""
    fail = event("verdict", attempt=1, verifier="a", status="fail", feedback="short")
    good = event("verdict", attempt=2, verifier="a", status="pass")
    row = after(fail, event("retry", attempt=1, why="a: short"))

    assert (row.attempt, row.said) == (2, (Said("a", "fail", "short", 1),))
    assert after(good, row=row).said == (Said("a", "pass", "", 2),)


def test_a_worker_that_raised_says_so():
    """There is no verdict then."""
    assert after(event("retry", attempt=1, why="it raised")).note == "it raised"


def test_a_question_says_why_and_what_was_wrong_before():
    """Both matter to whoever answers."""
    row = after(event("retry", attempt=1, why="it raised"), event("question", reason="always"))

    assert (row.phase, row.note) == ("asking", "always; it raised")


def test_a_settled_step_has_its_outcome_and_time():
    """From its start to its end."""
    row = after(event("step_started", at=10.0), event("settled", at=12.5, outcome="verified"))

    assert (row.phase, row.outcome, row.latency_s) == ("settled", "verified", 2.5)


def test_calls_add_up_in_price():
    """Worker and checkers."""
    row = after(event("model_call", cost_usd=0.25), event("model_call", cost_usd=0.5))

    assert row.cost_usd == 0.75


@pytest.mark.parametrize(
    ("one", "note"),
    [
        (event("degrade", policy="drop_check", why="no time"), "drop_check: no time"),
        (event("answer", kind="approve", actor="ann"), "approve by ann"),
        (event("retry", tries=1, why="429"), "a call failed and is repeated: 429"),
        (event("error", error="boom"), "boom"),
        (event("tool_call", name="search"), ""),
    ],
)
def test_what_else_happens_is_noted(one, note):
    """In a few words."""
    assert after(one).note == note


def test_events_of_no_step_change_nothing():
    """They are the run's."""
    board = started()
    before = dict(board.rows)
    board.tell(event("run_ended", step="", outcome="succeeded"))

    assert board.rows == before


def test_a_record_becomes_a_row():
    """With its verdicts."""
    record = StepRecord(outcome=None, verdicts=(Verdict("fail", verifier="a", feedback="no"),))

    assert row_of("draft", record).said == (Said("a", "fail", "no"),)


def test_work_that_is_taken_back_shows_as_discarded():
    """The row of the step that had gone on too early says on what it was built."""
    board = started()
    for kind, step in (
        ("step_started", "draft"),
        ("attempt", "draft"),
        ("step_started", "title"),
        ("rollback", "draft"),
    ):
        board.tell(event(kind, step=step, why="no"))

    assert board.rows["title"].phase == "discarded"
    assert "built on draft" in board.rows["title"].note


def test_a_discarded_step_that_starts_again_is_running():
    """As if it had never been there."""
    row = after(event("step_started"), row=Row(path="draft", phase="discarded", note="lost"))

    assert (row.phase, row.note) == ("running", "")

"""The live view as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surestep.budgets import SLO
from surestep.cli.board import Row, Said
from surestep.cli.sheet import cut, dollars, seconds, sheet
from surestep.values import Spent

DONE = Row(path="classify", phase="settled", outcome="verified", latency_s=1.25, cost_usd=0.002)
FAILING = Row(
    path="decide",
    phase="checking",
    attempt=2,
    since=97.0,
    said=(Said("policy", "fail", "over\nthe limit"), Said("judge", "pass")),
)
PATHS = st.text("abc/", min_size=1, max_size=60)
ROWS = st.builds(
    Row,
    path=PATHS,
    phase=st.sampled_from(["pending", "running", "asking", "settled"]),
    note=st.text(max_size=200),
    said=st.lists(st.builds(Said, PATHS, st.just("fail"), st.text()), max_size=3).map(tuple),
)


def text(*rows, spent=None, slo=None, width=80, height=40):
    """The view as plain lines."""
    lines = sheet(rows, spent or Spent(), slo or SLO(), now=100.0, width=width, height=height)
    return ["".join(part for part, _ in line) for line in lines]


def test_a_settled_step_is_one_line():
    """Outcome, time, price."""
    assert text(DONE)[0].split() == ["✓", "classify", "verified", "1.2", "s", "$0.0020"]


def test_a_running_step_shows_its_attempt_its_time_and_its_verdicts():
    """With feedback on one line."""
    lines = text(FAILING)

    assert lines[0].split()[1:] == ["decide", "checking", "try", "2", "3.0", "s"]
    assert lines[1:3] == ["     ✗ policy: over the limit", "     ✓ judge"]


def test_a_pending_step_waits():
    """Nothing else is known of it."""
    assert text(Row(path="draft"))[0].split() == ["·", "draft", "waiting"]


def test_spent_and_left_stand_below():
    """Machine time, money, calls, people."""
    spent = Spent(cost_usd=0.02, machine_s=3.0, human_s=150.0, calls=4)

    assert text(spent=spent, slo=SLO(latency_s=10, cost_usd=0.05)) == [
        " machine 3.0 s, 7.0 s left · cost $0.0200, $0.0300 left · 4 calls · people 2.5 min"
    ]


def test_an_estimated_cost_says_so():
    """Its true price never came in."""
    assert "$0.0200 of it estimated" in text(spent=Spent(cost_usd=0.05, estimated_usd=0.02))[-1]


def test_what_is_overspent_leaves_nothing():
    """Never less."""
    assert "0.0 s left" in text(spent=Spent(machine_s=12.0), slo=SLO(latency_s=10))[-1]


def test_settled_steps_give_way_where_lines_are_few():
    """What runs stays in sight."""
    lines = text(*[DONE] * 30, FAILING, height=8)

    assert "settled before" in lines[0]
    assert any("decide" in line for line in lines)


@given(st.lists(ROWS, max_size=12), st.integers(20, 120), st.integers(3, 40))
def test_the_view_always_fits_its_height(rows, width, height):
    """And its last line is what was spent."""
    lines = text(*rows, width=width, height=height)

    assert len(lines) <= height
    assert lines[-1].startswith(" machine")


@pytest.mark.parametrize(
    ("cost_usd", "shown"),
    [(0.0, "$0.00"), (12.345, "$12.35"), (0.05, "$0.0500"), (0.0000123, "$0.000012")],
)
def test_money_has_the_digits_that_say_something(cost_usd, shown):
    """More of them where it is little."""
    assert dollars(cost_usd) == shown


@pytest.mark.parametrize(
    ("time_s", "shown"), [(0.04, "0.0 s"), (119.0, "119.0 s"), (120.0, "2.0 min"), (7200, "2.0 h")]
)
def test_times_are_in_the_unit_people_use(time_s, shown):
    """Seconds up to two minutes."""
    assert seconds(time_s) == shown


@given(st.text(), st.integers(1, 80))
def test_a_cut_text_is_never_too_long(text, columns):
    """With a mark where something is missing."""
    assert len(cut(text, columns)) <= columns

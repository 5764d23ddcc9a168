"""Comparing two plans on the command line."""

import pytest

from surestep.budgets import Assurance, Plan
from tests.plots.sheets import plan


def test_each_key_that_differs_has_a_line(surestep):
    """Of a step that only one plan names, against the other's default."""
    Plan({"decide": Assurance(retries=1), "draft": Assurance(mode="off")}).write("a.toml")
    Plan({"decide": Assurance(retries=2, verifiers=("policy",))}).write("b.toml")
    lines = surestep("plan", "diff", "a.toml", "b.toml").out.splitlines()

    assert [line.split() for line in lines] == [
        ["STEP", "KEY", "A", "B"],
        ["decide", "retries", "1", "2"],
        ["decide", "verifiers", "-", '["policy"]'],
        ["draft", "mode", '"off"', '"serial"'],
    ]


def test_defaults_are_compared_too(surestep):
    """For programs, as plain values."""
    Plan().write("a.toml")
    Plan.nothing().write("b.toml")
    said = surestep("plan", "diff", "a.toml", "b.toml", "--json").result

    assert said["changes"] == [{"step": "default", "key": "mode", "a": "serial", "b": "off"}]
    assert said["predicted"] == [None, None]


def test_what_is_predicted_of_either_stands_below(surestep):
    """Figures in which they do not differ are left out."""
    plan(0.9, 0.02, a=Assurance()).write("a.toml")
    plan(0.95, 0.02, a=Assurance()).write("b.toml")
    lines = surestep("plan", "diff", "a.toml", "b.toml").out.splitlines()

    assert lines == ["Both treat every step alike.", "", *lines[2:]]
    assert [line.split() for line in lines[3:]] == [["reliability", "90.0%", "95.00%"]]


@pytest.mark.parametrize("words", [("a.toml", "none.toml"), ("none.toml", "a.toml")])
def test_a_plan_that_is_not_there_is_bad_input(surestep, words):
    """Nothing is compared."""
    Plan().write("a.toml")
    said = surestep("plan", "diff", *words)

    assert (said.code, said.out) == (2, "")
    assert "none.toml" in said.err

"""Profiles and records on the command line."""

import json
from pathlib import Path

import pytest

from surestep.budgets import Profile, StepProfile
from tests.cli.command import target


@pytest.fixture
def ran(surestep):
    """The commands, with three ended threads, each of two steps."""
    for place, topic in enumerate(("tides", "rain", "tides")):
        surestep("run", target("graph"), f"topic={topic}", "--thread", f"t{place}")
    return surestep


def labels(*lines):
    """A file of labels."""
    Path("labels.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return "labels.jsonl"


def test_runs_are_written_as_records(ran):
    """Oldest first, one JSON object a line; equal inputs are one task."""
    records = ran("trace", "records").lines

    assert [(one["run_id"], one["rep"]) for one in records] == [("t0", 0), ("t1", 0), ("t2", 1)]
    steps = [(step["step"], step["attempt"]) for step in records[0]["steps"]]
    assert steps == [("draft", 0), ("draft", 1), ("title", 0)]
    assert records[0]["steps"][0]["verdicts"]["second"]["status"] == "fail"


def test_records_may_go_to_a_file_with_their_labels(ran):
    """And be of some threads only."""
    known = labels({"run_id": "t1", "ok": 1}, {"run_id": "t1", "step": "draft", "ok": 0})
    said = ran("trace", "records", "t1", "--labels", known, "-o", "runs.jsonl", "--json").result

    assert said == {"file": "runs.jsonl", "runs": 1, "outputs": 3}
    record = json.loads(Path("runs.jsonl").read_text())
    assert (record["ok"], [step["ok"] for step in record["steps"]]) == (1, [None, 0, None])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["t9"], "No thread 't9'"),
        (["--db", "none.db"], "no database 'none.db'"),
        (["--labels", "none.jsonl"], "none.jsonl cannot be read"),
        (["-o", "no/such/folder"], "no/such/folder cannot be written"),
    ],
)
def test_records_that_cannot_be_had_are_bad_input(ran, words, told):
    """The message names what is wrong."""
    said = ran("trace", "records", *words)

    assert (said.code, said.out) == (2, "")
    assert told in said.err


def test_a_profile_is_fitted_to_the_database(ran):
    """With the shape of the graph, and what labels say."""
    known = labels(*({"run_id": f"t{place}", "ok": 1} for place in range(3)))
    said = ran("profile", "fit", "--labels", known, "--target", target("graph"), "--json").result

    profile = Profile.read("profile.json")
    assert said["runs"] == 3
    assert said["steps"]["draft"] == json.loads(profile.json())["steps"]["draft"]
    assert profile.after == {"draft": (), "title": ("draft",)}
    assert 2 < profile.steps["title"].trials <= 3  # two of the three runs are of one task
    assert list(profile.steps["draft"].checks) == ["second"]


def test_a_profile_is_fitted_to_a_file_of_records(ran):
    """The same as to the database they are of."""
    ran("trace", "records", "-o", "runs.jsonl")
    ran("profile", "fit", "--records", "runs.jsonl", "--out", "one.json")
    ran("profile", "fit", "--out", "other.json")

    assert Profile.read("one.json") == Profile.read("other.json")


def test_a_profile_is_shown(ran):
    """Steps, verifiers, and the notes of the fit."""
    said = ran("profile", "fit").out
    shown = ran("profile", "show", "profile.json").out

    assert said.startswith(shown.rstrip())
    verifier = next(line.split() for line in shown.splitlines() if "second" in line)
    assert verifier[:2] == ["draft", "second"]
    assert "no output of it was ever judged" in shown


def test_a_profile_that_cannot_be_read_is_bad_input(surestep):
    """Nothing is shown."""
    said = surestep("profile", "show", "none.json")

    assert (said.code, said.out) == (2, "")
    assert "none.json" in said.err


def of(success, trials=200.0, **steps):
    """A profile of a step, and of more if they are given."""
    made = {"a": StepProfile(success=success, trials=trials), **steps}
    return Profile.of(made)


def test_two_profiles_are_compared(surestep):
    """Figures that differ, clear ones first; steps only one of them has are named."""
    of(0.7, old=StepProfile(success=0.9)).write("before.json")
    of(0.95, new=StepProfile(success=0.9)).write("after.json")
    lines = surestep("profile", "diff", "before.json", "after.json").out.splitlines()

    a = next(line for line in lines if line.startswith("a  "))
    assert a.split()[1:3] == ["success", "0.7"]
    assert not a.endswith("?")
    assert lines[-2:] == ["New: new", "Gone: old"]


def test_a_difference_that_may_be_chance_is_not_clear(surestep):
    """For programs, too."""
    of(0.9, trials=10.0).write("before.json")
    of(0.8, trials=10.0).write("after.json")
    said = surestep("profile", "diff", "before.json", "after.json", "--json").result

    assert [change["figure"] for change in said["changes"]] == ["success"]
    assert said["clear"] == [False]


def test_profiles_are_merged(surestep):
    """By their trials; older ones may count for less."""
    of(0.5, trials=100.0).write("old.json")
    of(1.0, trials=100.0).write("new.json")
    surestep("profile", "merge", "old.json", "new.json", "--out", "all.json")
    words = ["--half-lives", "1", "--out", "aged.json"]
    said = surestep("profile", "merge", "old.json", "new.json", *words, "--json").result

    assert Profile.read("all.json").steps["a"].success == pytest.approx(0.75)
    assert said["steps"]["a"]["success"] == pytest.approx(125 / 150)
    assert said["steps"]["a"]["trials"] == pytest.approx(150.0)

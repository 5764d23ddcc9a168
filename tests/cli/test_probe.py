"""Probing on the command line: how much depends on each step."""

from pathlib import Path

import pytest

from surestep.budgets import Profile, StepProfile

TARGET = f"{Path(__file__).with_name('rehearsed.py')}:graph"
SUITES = TARGET.replace(":graph", ":{}")


def test_the_damage_is_shown_by_step_and_kind(surestep):
    """With the share that was spoilt, and its interval."""
    out = surestep("probe", TARGET, "--rehearse", "4").out

    rows = [line.split() for line in out.splitlines()]
    assert rows[1][:5] == ["classify", "corrupted", "4", "4", "0"]
    assert "100% (51% to 100%)" in out
    assert rows[-2] == ["note", "0.04"]


def test_a_profile_gets_what_was_found(surestep):
    """Steps that were not probed keep what they have."""
    steps = {"classify": StepProfile(success=0.9), "note": StepProfile(success=0.9)}
    Profile.of(steps).write("profile.json")
    words = ["--steps", "note", "--kinds", "stale", "--profile", "profile.json", "--json"]
    said = surestep("probe", TARGET, "--rehearse", "4", *words).result

    found = Profile.read("profile.json").steps
    assert said["criticality"] == {"note": pytest.approx(0.1)}
    assert (found["classify"].criticality, found["note"].criticality) == (1.0, 0.1)


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (["--fields", "note"], 2),
        (["--fields", "reply"], 0),
        (["--score", SUITES.format("short")], 0),
    ],
)
def test_the_end_may_be_judged_by_fields_or_by_a_score(surestep, words, wrong):
    """Instead of by the suite."""
    probed = ["--rehearse", "2", "--steps", "note", "--kinds", "corrupted", "--json"]
    (damage,) = surestep("probe", TARGET, *probed, *words).result["damage"]

    assert (damage["pairs"], damage["wrong"]) == (2, wrong)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--kinds", "rotten"], "'rotten'"),
        (["--steps", "clasify"], "'clasify'"),
        (["--fields", "note", "--score", SUITES.format("short")], "both given"),
        (["--score", SUITES.format("number")], "is no function"),
        (["--suite", SUITES.format("number")], "is no rehearsal suite"),
        (["--suite", SUITES.format("none")], "is no rehearsal suite"),
        (["--rehearse", "0"], "0 rehearsals"),
        (["--rehearse", "1000"], "100 inputs"),
    ],
)
def test_a_probe_that_cannot_be_made_is_bad_input(surestep, words, told):
    """The message names what is wrong."""
    said = surestep("probe", TARGET, *words)

    assert (said.code, said.out) == (2, "")
    assert told in said.err


def test_a_profile_of_another_graph_is_left_alone(surestep):
    """It has none of the steps."""
    Profile.of({"other": StepProfile(success=0.9)}).write("profile.json")
    before = Path("profile.json").read_text()
    words = ["--rehearse", "1", "--steps", "note", "--kinds", "stale"]
    said = surestep("probe", TARGET, *words, "--profile", "profile.json")

    assert said.code == 2
    assert "It has other" in said.err
    assert Path("profile.json").read_text() == before

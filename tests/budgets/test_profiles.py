"""Profiles stated by hand, and their JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given

from surestep.budgets import CheckProfile, Profile, StepProfile
from surestep.errors import PlanError
from surestep.values import Effect

from .strategies import profiles

STEP = StepProfile(success=0.9)


def test_steps_form_a_chain_unless_said_otherwise() -> None:
    """Each follows the one before, the first follows none."""
    profile = Profile.of({"a": STEP, "b": STEP, "c": STEP})
    assert profile.after == {"a": (), "b": ("a",), "c": ("b",)}


def test_a_stated_shape_replaces_the_chain() -> None:
    """A step that is not named starts the graph."""
    profile = Profile.of({"a": STEP, "b": STEP, "c": STEP}, after={"c": ["a", "b"]})
    assert profile.after == {"a": (), "b": (), "c": ("a", "b")}


def test_an_effect_may_be_given_by_its_name() -> None:
    """As it stands in JSON."""
    assert StepProfile(success=1.0, effect="reversible").effect is Effect.REVERSIBLE  # type: ignore[arg-type]


@given(profiles())
def test_a_profile_survives_json(profile: Profile) -> None:
    """`of_json` reads what `json` wrote."""
    assert Profile.of_json(profile.json()) == profile


def test_a_profile_survives_a_file(tmp_path: Path) -> None:
    """Names beyond ASCII included."""
    profile = Profile.of({"Prüfung": STEP})
    profile.write(tmp_path / "profile.json")
    assert Profile.read(tmp_path / "profile.json") == profile


def test_json_without_a_shape_is_a_chain() -> None:
    """A profile written by hand may leave it out."""
    text = json.dumps({"format": 1, "steps": {"a": {"success": 1}, "b": {"success": 1}}})
    assert Profile.of_json(text).after == {"a": (), "b": ("a",)}


def test_a_cycle_is_refused_and_named() -> None:
    """The error walks around it."""
    with pytest.raises(PlanError, match=r"after goes in a circle: (a -> b -> a|b -> a -> b)"):
        Profile.of({"a": STEP, "b": STEP}, after={"a": ["b"], "b": ["a"]})


@pytest.mark.parametrize("after", [{"aa": ["b"]}, {"b": ["aa"]}])
def test_an_unknown_step_in_the_shape_is_refused(after: dict[str, list[str]]) -> None:
    """On either side of an edge."""
    with pytest.raises(PlanError, match="after: step 'aa' is unknown"):
        Profile.of({"a": STEP, "b": STEP}, after=after)


def test_a_bare_name_in_the_shape_is_refused() -> None:
    """It would be read letter by letter."""
    with pytest.raises(PlanError, match="after 'b' is 'a'"):
        Profile.of({"a": STEP, "b": STEP}, after={"b": "a"})


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"success": 1.1}, "success is 1.1"),
        ({"success": float("nan")}, "success is nan"),
        ({"success": 1.0, "latency_s": -1.0}, "latency_s is -1.0"),
        ({"success": 1.0, "cost_usd": float("inf")}, "cost_usd is inf"),
        ({"success": 1.0, "effect": "harmless"}, "effect is 'harmless'. Give one of 'pure'"),
        ({"success": 1.0, "checks": {"c": 0.9}}, "Check 'c' is 0.9"),
    ],
)
def test_a_step_with_an_impossible_figure_is_refused(
    values: dict[str, object], problem: str
) -> None:
    """The error names the figure."""
    with pytest.raises(PlanError) as caught:
        StepProfile(**values)  # type: ignore[arg-type]
    assert str(caught.value).startswith(problem)


@pytest.mark.parametrize("name", ["accept_ok", "accept_bad"])
def test_a_check_that_accepts_more_than_always_is_refused(name: str) -> None:
    """Both rates are probabilities."""
    with pytest.raises(PlanError, match=rf"{name} is 2\.0"):
        CheckProfile(**{"accept_ok": 1.0, "accept_bad": 0.0, name: 2.0})


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "p.json is no JSON: Expecting property name"),
        ("[]", "p.json: the profile is []. Give a table"),
        ('{"steps": {}}', "p.json: profile lacks format."),
        ('{"format": 2, "steps": {}}', "p.json: format is 2, and this version reads 1."),
        ('{"format": 1, "steps": {}}', "p.json: The profile has no steps."),
        ('{"format": 1, "steps": {"a": 3}}', "p.json: steps.a is 3. Give a table"),
        ('{"format": 1, "steps": {"a": {}}}', "p.json: Step 'a': step lacks success."),
        (
            '{"format": 1, "steps": {"a": {"success": 1, "checks": {"c": {"accept_okay": 1}}}}}',
            "p.json: Step 'a': check 'c': check key 'accept_okay' is unknown. Did you mean",
        ),
    ],
)
def test_a_broken_file_says_where(text: str, problem: str) -> None:
    """Down to the step and the check."""
    with pytest.raises(PlanError) as caught:
        Profile.of_json(text, source="p.json")
    assert str(caught.value).startswith(problem)


def test_an_entry_that_is_no_step_profile_is_refused() -> None:
    """A bare rate is a likely slip."""
    with pytest.raises(PlanError, match=r"Step 'a' is 0\.9"):
        Profile.of({"a": 0.9})  # type: ignore[dict-item]

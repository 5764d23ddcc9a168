"""Profiles merged, aged and compared."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surestep.budgets import CheckProfile, Confidence, PersonProfile, Profile, StepProfile
from surestep.errors import PlanError
from tests.budgets.strategies import profiles

from .worlds import judged, outputs


def one(**figures: object) -> Profile:
    """A profile of one step, `a`."""
    return Profile.of({"a": StepProfile(**{"success": 0.5, **figures})})  # type: ignore[arg-type]


def test_a_profile_of_two_halves_is_that_of_the_whole() -> None:
    """As far as rates and their trials go."""
    records = judged({"v": (0.9, 0.2)}, runs=400)
    whole, merged = (
        Profile.fit(records),
        Profile.fit(records[:100]).merged(Profile.fit(records[100:])),
    )
    step, parts = whole.steps["a"], merged.steps["a"]
    assert (parts.success, parts.trials) == pytest.approx((step.success, step.trials))
    assert parts.checks["v"].accept_ok == pytest.approx(step.checks["v"].accept_ok)
    assert parts.checks["v"].trials_bad == pytest.approx(step.checks["v"].trials_bad)


@settings(deadline=None)
@given(profiles())
def test_merging_with_itself_changes_no_rate(profile: Profile) -> None:
    """Stated ones stay as they are."""
    assert profile.merged(profile).steps == profile.steps


def test_a_stated_rate_gives_way_to_a_measured_one() -> None:
    """Whichever profile it stands in."""
    stated, measured = one(success=0.5), one(success=0.9, trials=10.0)
    assert stated.merged(measured).steps["a"].success == 0.9
    assert measured.merged(stated).steps["a"].success == 0.9


def test_steps_and_verifiers_only_one_profile_knows_are_kept() -> None:
    """In the shape both say."""
    check = CheckProfile(accept_ok=0.9, accept_bad=0.1)
    more = Profile.of(
        {"a": StepProfile(success=0.5, checks={"v": check}), "b": StepProfile(success=1)}
    )
    merged = one().merged(more)
    assert merged.after == {"a": (), "b": ("a",)}
    assert merged.steps["a"].checks == {"v": check}


def test_times_are_merged_by_their_calls() -> None:
    """Their mean stays that of all points."""
    few = one(latency_s=1.0, latencies_s=(1.0,), calls=1.0)
    many = one(latency_s=4.0, latencies_s=(3.0, 5.0), calls=2.0)
    step = few.merged(many).steps["a"]
    assert (step.latency_s, step.calls) == (3.0, 3.0)
    assert step.latencies_s == pytest.approx((1.0, 3.0, 5.0))


def test_calibrations_are_merged_bin_by_bin() -> None:
    """And stay monotone."""
    low, high = (
        Confidence(said=0.4, right=0.5, trials=40),
        Confidence(said=0.9, right=0.8, trials=40),
    )
    merged = one(calibration=(high,)).merged(one(calibration=(low,)))
    assert merged.steps["a"].calibration == (low, high)


def test_notes_and_people_of_all_are_kept() -> None:
    """Each note once."""
    person = PersonProfile(minutes=2.0)
    known = Profile({"a": StepProfile(success=0.5)}, {}, person, ("n",))
    assert one().merged(known, known) == known


def test_shapes_that_make_a_cycle_are_refused() -> None:
    """Each alone was fine."""
    steps = {"a": StepProfile(success=0.5), "b": StepProfile(success=0.5)}
    there, back = (Profile.of(steps, after=after) for after in ({"b": ["a"]}, {"a": ["b"]}))
    with pytest.raises(PlanError, match="circle"):
        there.merged(back)


@settings(deadline=None)
@given(profiles(), st.floats(0.0, 20.0))
def test_ageing_changes_no_rate(profile: Profile, half_lives: float) -> None:
    """Only what is measured becomes less certain."""
    assert profile.aged(half_lives).steps == profile.steps


def test_evidence_is_worth_half_after_a_half_life() -> None:
    """That of verifiers and of calibrations included."""
    check = CheckProfile(accept_ok=0.9, accept_bad=0.1, trials_ok=8.0)
    bins = (Confidence(said=0.5, right=0.5, trials=20.0),)
    step = one(trials=10.0, checks={"v": check}, calibration=bins).aged(1).steps["a"]
    assert (step.trials, step.checks["v"].trials_ok, step.calibration[0].trials) == (5.0, 4.0, 10.0)


def test_a_negative_age_is_refused() -> None:
    """Nothing is known better for having waited."""
    with pytest.raises(PlanError, match="half_lives is -1"):
        one().aged(-1)


def test_a_clear_rise_is_told_from_chance() -> None:
    """By the interval of the difference."""
    old, new = (Profile.fit(outputs("a", [1] * n + [0] * (200 - n))) for n in (120, 180))
    [change] = new.diff(old).changes
    assert change.figure == "success"
    assert change.clear
    assert change.rise > 0.999
    assert change.difference.value == pytest.approx(0.3)


def test_a_change_that_may_be_chance_is_not_clear() -> None:
    """And its row says so with a question mark."""
    old, new = (Profile.fit(outputs("a", [1] * n + [0] * (20 - n))) for n in (15, 17))
    differing = new.diff(old)
    assert not differing.run.clear
    assert [row[0] for row in differing.rows()] == ["run", "a"]
    assert all(row[-1].endswith("?") for row in differing.rows())


def test_equal_profiles_differ_in_nothing() -> None:
    """Measured or stated."""
    profile = Profile.fit(outputs("a", [1, 0]))
    assert profile.diff(profile).changes == ()


def test_new_and_lost_steps_are_named() -> None:
    """They change what whole runs come to."""
    a, b = one(success=0.5), Profile.of({"b": StepProfile(success=0.75)})
    differing = b.diff(a)
    assert (differing.added, differing.removed) == (("b",), ("a",))
    assert differing.run.difference.value == 0.25


def test_stated_figures_have_no_interval() -> None:
    """Their difference is exact."""
    [change] = one(cost_usd=0.5).diff(one(cost_usd=0.25)).changes
    assert (change.difference.low, change.difference.high) == (0.25, 0.25)
    assert change.clear


def test_a_confidence_that_is_none_is_refused() -> None:
    """It names the value."""
    with pytest.raises(PlanError, match=r"confidence is 1\.0"):
        one().diff(one(), confidence=1.0)

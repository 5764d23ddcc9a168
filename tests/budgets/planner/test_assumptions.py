"""What predictions take for granted, in sentences."""

import dataclasses

from surestep.budgets import CheckProfile, PersonProfile, Profile, StepProfile
from surestep.budgets.planner.assumptions import assumptions

STEP = StepProfile(success=0.9)


def test_stated_rates_are_said_to_be_exact():
    """Which is why intervals have no width."""
    found = assumptions(Profile.of({"a": STEP}))

    assert found[0].startswith("All rates are stated")
    assert "no spread is known" in " ".join(found)


def test_fitted_rates_are_said_to_be_uncertain():
    """With the share of what they may be in which the plan keeps its reliability."""
    step = dataclasses.replace(STEP, trials=30.0, spread=0.25, visits=1.5)
    text = " ".join(assumptions(Profile.of({"a": step}), confidence=0.9))

    assert "kept in 90% of what they may be" in text
    assert "difficulty: a 0.25." in text
    assert "expected visits, each charged in full: a 1.50." in text


def test_verifiers_that_tell_nothing_are_named():
    """They are never placed; so are the blind spots of the others."""
    checks = {
        "coin": CheckProfile(accept_ok=0.5, accept_bad=0.5),
        "judge": CheckProfile(accept_ok=0.9, accept_bad=0.2, blind=0.05),
    }
    text = " ".join(assumptions(Profile.of({"a": dataclasses.replace(STEP, checks=checks)})))

    assert "no better than chance: a/coin." in text
    assert "misses: a/judge 0.05." in text


def test_people_wait_on_a_clock_of_their_own():
    """Said only where there are any."""
    alone = assumptions(Profile.of({"a": STEP}))
    asked = assumptions(Profile.of({"a": STEP}, person=PersonProfile(minutes=1.0)))

    assert [line for line in asked if line not in alone] == [
        "Waiting for people is no machine time; their minutes are counted apart."
    ]


def test_notes_that_say_the_same_of_several_steps_are_one():
    """The others stay as they are."""
    notes = ("a: too few.", "odd: this", "b: too few.")
    profile = dataclasses.replace(Profile.of({"a": STEP, "b": STEP}), notes=notes)

    assert assumptions(profile)[-2:] == ("a, b: too few.", "odd: this")

"""What an assurance accepts, and how it becomes JSON and back."""

from __future__ import annotations

import pytest
from hypothesis import given

from surestep.budgets import Assurance
from surestep.errors import PlanError

from .strategies import assurances


def test_an_assurance_leaves_everything_to_the_step_by_default() -> None:
    """Only the mode is said, and it waits for the checks."""
    assert Assurance().as_dict() == {"mode": "serial"}


@given(assurances)
def test_an_assurance_survives_json(assurance: Assurance) -> None:
    """`of_dict` reads what `as_dict` wrote."""
    assert Assurance.of_dict("decide", assurance.as_dict()) == assurance


@given(assurances)
def test_equal_assurances_hash_alike(assurance: Assurance) -> None:
    """An assurance can be a key, its vote's numbers included."""
    assert hash(Assurance.of_dict("decide", assurance.as_dict())) == hash(assurance)


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"mode": "fast"}, "mode is 'fast'. Give one of 'off', 'serial', 'speculative'."),
        ({"mode": None}, "mode is None."),
        ({"verifiers": "policy"}, "verifiers is 'policy'. Give a list"),
        ({"verifiers": [1]}, "verifiers is [1]. Give a list"),
        ({"verifiers": ["a", "a"]}, "verifiers is ['a', 'a']. Give a list of different"),
        ({"retries": -1}, "retries is -1. Give a whole number, 0 or more."),
        ({"retries": True}, "retries is True."),
        ({"retries": 1.5}, "retries is 1.5."),
        ({"samples": 0}, "samples is 0. Give a whole number, 1 or more."),
        ({"vote": 3}, "vote is 3. Give true, false or a table of ahead_by, first, wave, cap."),
        ({"vote": {"ahead": 3}}, "vote key 'ahead' is unknown. Did you mean 'ahead_by'?"),
        ({"vote": {"wave": 0}}, "vote wave is 0."),
        ({"vote": {"cap": 2, "first": 3}}, "vote cap is 2, below first, which is 3."),
        ({"vote": True, "samples": 2}, "samples is 2 next to a vote"),
        ({"speculate": "yes"}, "speculate is 'yes'. Give true, false."),
        ({"human": "sometimes"}, "human is 'sometimes'. Give one of 'never',"),
        ({"retry": 1}, "key 'retry' is unknown. Did you mean 'retries'?"),
    ],
)
def test_a_value_that_does_not_fit_is_named_with_its_step(
    values: dict[str, object], problem: str
) -> None:
    """The error says which step, which key, which value and what would fit."""
    with pytest.raises(PlanError) as caught:
        Assurance.of_dict("decide", values)
    assert str(caught.value).startswith("Step 'decide': ")
    assert problem in str(caught.value)


def test_no_vote_leaves_room_for_samples() -> None:
    """`False` is the wish for none, not a vote."""
    assert Assurance(vote=False, samples=3).samples == 3


def test_later_changes_to_a_callers_table_do_not_reach_in() -> None:
    """A frozen value stays what it was."""
    vote = {"cap": 5}
    assurance = Assurance(vote=vote)
    vote["cap"] = 0
    assert assurance.as_dict()["vote"] == {"cap": 5}

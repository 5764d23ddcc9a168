"""Drawing actions for review."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surestep.errors import PlanError
from surestep.review.sampling import Design, draw_all
from tests.review.populations import design, doubts

CONFIDENCES = st.lists(st.floats(0, 1), min_size=1, max_size=40)


def named(values: list[float]) -> dict[str, float]:
    """The confidences of actions."""
    return {f"a{place}": value for place, value in enumerate(values)}


@given(CONFIDENCES, st.floats(0.01, 1))
def test_the_chances_add_up_to_the_budget(values: list[float], share: float) -> None:
    """Whatever the confidences."""
    found = Design.of(named(values), budget=share * len(values))
    total = sum(found.chance(value) for value in values)
    assert total == pytest.approx(share * len(values), rel=1e-9)


@given(CONFIDENCES, st.floats(0.01, 1))
def test_every_action_has_a_chance(values: list[float], share: float) -> None:
    """Half of what uniform sampling would give it, at least."""
    found = Design.of(named(values), budget=share * len(values))
    assert all(share / 2 * (1 - 1e-12) <= found.chance(value) <= 1 for value in values)


def test_chances_follow_the_spread_of_the_outcome() -> None:
    """Twice the standard deviation, twice the chance: √(e(1 - e))."""
    found = Design.of(named([0.5, 0.8, *[0.999] * 98]), budget=2, floor=0.0)
    assert found.chance(0.5) / found.chance(0.8) == pytest.approx(0.5 / 0.4)
    assert found.chance(0.2) == pytest.approx(found.chance(0.8))


def test_actions_that_are_all_alike_are_sampled_uniformly() -> None:
    """Even if none of them is in doubt."""
    assert Design.of(named([1.0] * 10), budget=2).chance(1.0) == pytest.approx(0.2)


def test_a_budget_for_all_reviews_all() -> None:
    """Each with certainty."""
    found = draw_all(named([0.1, 0.9, 1.0]), budget=7, seed=0)
    assert [(one.drawn, one.chance) for one in found] == [(True, 1.0)] * 3


def test_neyman_sampling_needs_the_share_of_labels_it_should() -> None:
    """(E √(e(1-e)))² / E e = 0.4191, and 0.4517 with √e, on log-odds from N(-5.6, 2²)."""
    error = doubts(400_000)
    assert np.sqrt(error * (1 - error)).mean() ** 2 / error.mean() == pytest.approx(
        0.4191, rel=0.02
    )
    assert np.sqrt(error).mean() ** 2 / error.mean() == pytest.approx(0.4517, rel=0.02)


def test_draws_keep_to_their_chances() -> None:
    """5 % of 20,000 actions, and the doubtful ones as often as they should."""
    error = doubts(20_000)
    _, chance = design(error, 1_000)
    found = draw_all(named(list(1 - error)), budget=1_000, seed=3)
    hits = np.array([one.drawn for one in found])
    off = (hits - chance) @ np.stack([np.ones_like(chance), chance], axis=1)
    spread = np.sqrt((chance * (1 - chance)) @ np.stack([chance**0, chance**2], axis=1))
    assert [one.chance for one in found] == pytest.approx(chance)
    assert (np.abs(off) < 4 * spread).all()


def test_a_draw_is_the_same_wherever_it_is_made() -> None:
    """It hangs on nothing but the seed, the name and the confidence."""
    found = Design(scale=0.5, floor=0.01)
    assert found.draw("t1", 0.9, seed=1) == found.draw("t1", 0.9, seed=1)
    assert len({found.draw(f"t{n}", 0.5, seed=1).drawn for n in range(50)}) == 2
    assert [found.draw(f"t{n}", 0.5, seed=1) for n in range(50)] != [
        found.draw(f"t{n}", 0.5, seed=2) for n in range(50)
    ]


def test_thinned_reviews_keep_an_honest_chance() -> None:
    """Half of the reviews are shed, and what is left says so."""
    every = Design(scale=2.0, floor=1.0)
    thinned = [every.draw(str(n), 0.5, seed=1).thinned(0.5, seed=2) for n in range(2_000)]
    assert {one.chance for one in thinned} == {0.5}
    assert sum(one.drawn for one in thinned) == pytest.approx(1_000, abs=90)


def test_thinning_draws_nothing_anew() -> None:
    """What was not to be reviewed stays so."""
    never = Design(scale=0.0, floor=0.0)
    assert not never.draw("a", 0.5, seed=1).thinned(1.0, seed=2).drawn


@pytest.mark.parametrize(
    ("confidences", "options", "problem"),
    [
        ({}, {"budget": 1}, "no actions"),
        ({"a": 1.5}, {"budget": 1}, "confidence is 1.5"),
        ({"a": 0.5}, {"budget": 0}, "budget is 0"),
        ({"a": 0.5}, {"budget": float("nan")}, "budget is nan"),
        ({"a": 0.5, "b": 0.5}, {"budget": 0.5, "floor": 0.5}, "takes over 0.5"),
        ({"a": 0.5}, {"budget": 1, "floor": -1}, "floor is -1"),
    ],
)
def test_a_design_that_cannot_be_is_refused(
    confidences: dict[str, float], options: dict[str, float], problem: str
) -> None:
    """What is wrong is named."""
    with pytest.raises(PlanError, match=problem):
        Design.of(confidences, **options)


def test_shedding_everything_is_refused() -> None:
    """A chance of 0 would leave nothing to estimate from."""
    with pytest.raises(PlanError, match="keep is 0"):
        Design(scale=1.0, floor=0.1).draw("a", 0.5, seed=1).thinned(0.0, seed=2)

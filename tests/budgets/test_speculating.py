"""Speculation is left where it loses, by the law of planner and chain."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surestep.budgets import CheckProfile, StepProfile
from surestep.budgets.assurance import Assurance
from surestep.budgets.plan import Plan
from surestep.budgets.profile import Profile
from surestep.budgets.speculating import losing, refused_rate, thrown_away_usd

SPECULATIVE = Plan(default=Assurance(mode="speculative"))


def step(success: float = 0.95, check_s: float = 1.0, **known: object) -> StepProfile:
    """A step of a second, and a check of it."""
    check = CheckProfile(accept_ok=0.95, accept_bad=0.1, latency_s=check_s, cost_usd=0.001)
    given = {"latency_s": 1.0, "cost_usd": 0.01, "checks": {"check": check}, **known}
    return StepProfile(success=success, **given)  # type: ignore[arg-type]


def chain(length: int = 4, **known: float) -> Profile:
    """Steps in a row, all alike."""
    return Profile.of({f"n{place}": step(**known) for place in range(length)})


def test_refusals_are_those_of_right_and_wrong_outputs() -> None:
    """1 - (0.95 * 0.95 + 0.05 * 0.1), as in the reference values."""
    known = step()
    assert refused_rate(known, known.checks.values()) == pytest.approx(0.0925)


def test_with_free_rollback_nothing_loses_time() -> None:
    """However often outputs are refused, as long as money is no object."""
    assert losing(SPECULATIVE, chain(success=0.2)) == {}


@given(st.floats(0.05, 1.0), st.floats(0.01, 5.0), st.floats(0.0, 20.0))
def test_rollback_that_takes_longer_than_the_checks_save_loses(
    success: float, check_s: float, rollback_s: float
) -> None:
    """Serial exactly if g * o > kappa * (n - 1) / n."""
    profile = chain(success=success, check_s=check_s)
    rate = refused_rate(profile.steps["n0"], profile.steps["n0"].checks.values())
    loses = rate / (1 - rate) * rollback_s > check_s * 3 / 4

    assert ("n1" in losing(SPECULATIVE, profile, rollback_s=rollback_s)) is loses


@pytest.mark.parametrize(("usd_per_s", "losers"), [(0.0005, 3), (0.01, 0)])
def test_money_decides_by_what_a_second_is_worth(usd_per_s: float, losers: int) -> None:
    """R = 0.0925 throws away a cent in ten; a second is worth half a tenth of one, or one."""
    assert len(losing(SPECULATIVE, chain(), usd_per_s=usd_per_s)) == losers


def test_the_reason_carries_the_figures() -> None:
    """So that the trace says why."""
    why = losing(SPECULATIVE, chain(), usd_per_s=0.0005)["n0"]
    assert why == (
        "9% of its outputs are refused, and $0.00102 thrown away are more than the 1 s of its "
        "checks are worth"
    )


def test_nothing_is_saved_before_a_step_that_waits() -> None:
    """The step before it runs serially; the others do not."""
    assert [*losing(SPECULATIVE, chain(), waiting={"n2"})] == ["n1"]


def test_the_last_step_is_left_alone() -> None:
    """Its verdicts are waited for either way."""
    assert "n3" not in losing(SPECULATIVE, chain(), usd_per_s=0.0)


def test_what_is_thrown_away_is_what_was_started() -> None:
    """In 2.5 s: three workers, and the checks of the two that were done."""
    assert thrown_away_usd("n0", chain(6), 2.5) == pytest.approx(0.032)


def test_nothing_behind_a_step_that_waits_is_thrown_away() -> None:
    """It has not started."""
    assert thrown_away_usd("n0", chain(6), 2.5, waiting={"n2"}) == pytest.approx(0.011)


def test_other_modes_are_left_alone() -> None:
    """There is nothing to take back."""
    assert losing(Plan.everything(), chain(), usd_per_s=0.0) == {}

"""How uncertain a profile's rates are."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surestep.budgets import CheckProfile, Estimate, Profile, StepProfile
from surestep.budgets.fitting.intervals import intervals
from surestep.budgets.fitting.posterior import draws, expected, interval, sampled
from tests.budgets.strategies import profiles


def chain(step: StepProfile, length: int = 1) -> Profile:
    """The same step several times."""
    return Profile.of({f"s{place}": step for place in range(length)})


def checked_by(**rates: float) -> dict[str, CheckProfile]:
    """One verifier."""
    return {"v": CheckProfile(**{"accept_ok": 0.9, "accept_bad": 0.1, **rates})}


@settings(deadline=None)
@given(profiles())
def test_stated_rates_are_exact(profile: Profile) -> None:
    """A profile without trials is the same in every draw."""
    assert draws(profile, 2) == [profile, profile]


def test_draws_of_one_seed_are_the_same() -> None:
    """And those of another are not."""
    profile = chain(StepProfile(success=0.9, trials=20.0))
    assert draws(profile, 3, seed=1) == draws(profile, 3, seed=1) != draws(profile, 3, seed=2)


def test_draws_centre_on_the_rate_with_the_error_of_its_trials() -> None:
    """As a binomial share has it."""
    success = sampled(chain(StepProfile(success=0.8, trials=400.0)).steps, 4000)["s0"].success
    assert success.mean() == pytest.approx(0.8, abs=0.005)
    assert success.std() == pytest.approx(math.sqrt(0.8 * 0.2 / 400.0), rel=0.1)


def test_steps_share_one_pseudo_failure() -> None:
    """20 steps never seen to fail in 300 runs are as good as one (Lindstrom and Madden)."""
    drawn = sampled(chain(StepProfile(success=1.0, trials=300.0), 20).steps, 20_000)
    product = np.prod([one.success for one in drawn.values()], axis=0)
    assert np.quantile(product, 0.05) == pytest.approx(0.990064, abs=5e-4)


def test_a_verifier_seen_to_miss_nothing_is_still_doubted() -> None:
    """Of 20 wrong outputs seen, it may miss one in eleven."""
    step = StepProfile(success=0.9, checks=checked_by(accept_bad=0.0, trials_bad=20.0))
    missed = sampled(chain(step).steps, 20_000)["s0"].checks["v"].accept_bad
    assert np.quantile(missed, 0.95) == pytest.approx(0.09, abs=0.015)


def test_a_rule_that_misses_nothing_is_not_blamed_for_rules_that_miss_all() -> None:
    """Others accept every wrong output: it is doubted hardly more than by itself."""
    rules = {f"r{n}": CheckProfile(accept_ok=1.0, accept_bad=1.0, trials_bad=25.0) for n in "abc"}
    rules["good"] = CheckProfile(accept_ok=1.0, accept_bad=0.0, trials_bad=20.0)
    known = expected(p := chain(StepProfile(success=0.9, checks=rules)), sampled(p.steps, 4000))

    assert known.steps["s0"].checks["good"].accept_bad < 0.06


def test_a_verifier_seen_to_miss_nothing_is_expected_to_miss_now_and_then() -> None:
    """None of 20 wrong outputs got past it: to a Jeffreys prior, that is half a one of 21."""
    step = StepProfile(success=0.9, checks=checked_by(accept_bad=0.0, trials_bad=20.0))
    known = expected(chain(step), sampled(chain(step).steps, 4000))

    assert known.steps["s0"].checks["v"].accept_bad == pytest.approx(0.5 / 21, rel=0.3)
    assert known.steps["s0"].success == 0.9


def test_verifiers_of_one_name_lend_each_other_strength() -> None:
    """Two wrong outputs on each of 20 steps say more of one step than two alone."""
    step = StepProfile(success=0.9, checks=checked_by(accept_bad=0.0, trials_bad=2.0))
    alone, many = (
        sampled(chain(step, length).steps, 4000)["s0"].checks["v"].accept_bad.mean()
        for length in (1, 20)
    )
    assert many < 0.5 * alone


@settings(deadline=None)
@given(st.floats(0.0, 1.0), st.floats(0.0, 50.0))
def test_blindness_never_exceeds_what_is_accepted(accept_bad: float, trials: float) -> None:
    """In any draw, so that each is a profile."""
    check = CheckProfile(
        accept_ok=0.9, accept_bad=accept_bad, blind=accept_bad / 2.0, trials_bad=trials
    )
    drawn = sampled({"a": StepProfile(success=0.5, checks={"v": check})}, 20)["a"].checks["v"]
    assert (drawn.blind <= drawn.accept_bad).all()


def test_times_are_as_uncertain_as_their_mean() -> None:
    """Which 100 calls pin down to a tenth of their spread."""
    times = tuple(np.linspace(0.0, 2.0, 64).tolist())
    step = StepProfile(success=0.9, latency_s=1.0, latencies_s=times, calls=100.0)
    factor = sampled(chain(step).steps, 4000)["s0"].time
    assert factor.mean() == pytest.approx(1.0, abs=0.01)
    assert factor.std() == pytest.approx(np.std(times) / 10.0, rel=0.1)


def test_intervals_of_success_hold_as_often_as_they_say() -> None:
    """The lower end of 90 % lies above the truth in 5 % of all samples at most, and its error."""
    rng = np.random.default_rng(5)
    above = [
        np.quantile(
            sampled(chain(StepProfile(success=hits / 40, trials=40.0)).steps, 2000)["s0"].success,
            0.05,
        )
        > 0.9
        for hits in rng.binomial(40, 0.9, size=400)
    ]
    assert np.mean(above) < 0.05 + 3.0 * math.sqrt(0.05 * 0.95 / 400)


def test_an_interval_holds_its_value() -> None:
    """Even one that the draws never reach."""
    estimate = interval([0.1, 0.2, 0.3], 0.9, confidence=0.9)
    assert (estimate.low, estimate.high) == (pytest.approx(0.11), 0.9)


def test_every_figure_has_an_interval() -> None:
    """Of width 0 where it is stated."""
    step = StepProfile(success=0.9, trials=20.0, cost_usd=1.0, checks=checked_by())
    found = intervals({"a": step})
    assert found["a", "", "success"].low < 0.9 < found["a", "", "success"].high
    assert found["a", "v", "accept_ok"] == Estimate(0.9, 0.9, 0.9)
    assert found["a", "", "cost_usd"] == Estimate(1.0, 1.0, 1.0)


def test_a_higher_confidence_makes_wider_intervals() -> None:
    """Of the same figure."""
    steps = {"a": StepProfile(success=0.9, trials=20.0)}
    wide, narrow = (intervals(steps, confidence=it)["a", "", "success"].low for it in (0.99, 0.5))
    assert wide < narrow

"""What people are asked when more arrives than they can take."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surestep.errors import PlanError
from surestep.review.backpressure import ArrivalRate, Arriving, Asking, Pressure

PRESSURE = Pressure.of(reviewers=3, service_s=180.0, sla_s=900.0, must_per_h=10.0)
rates = st.floats(0.0, 500.0)
arrivals = st.builds(Arriving, must=rates, asked=rates, sampled=rates)
askings = st.builds(Asking, asked=st.floats(0.0, 1.0), sampled=st.floats(0.02, 1.0))


def test_let_in_is_what_keeps_the_limit_when_as_many_wait_as_usual() -> None:
    """The admitted rate is λ* - (Q - Q*) / H, with the reference value of λ*."""
    assert PRESSURE.most.arrivals_per_h == pytest.approx(49.509, abs=5e-4)
    usual = PRESSURE.usual
    expected = 49.509 - (8 - usual) / 900.0 * 3600.0
    assert PRESSURE.admitted_per_h(8) == pytest.approx(expected, abs=1e-3)


def test_nothing_more_is_let_in_when_far_too_much_waits() -> None:
    """Beyond Q* + λ* H it is 0, and never negative."""
    full = math.ceil(PRESSURE.usual + 49.509 / 4.0)
    assert PRESSURE.admitted_per_h(full) == 0.0
    assert PRESSURE.admitted_per_h(10 * full) == 0.0


def test_without_need_everything_is_asked() -> None:
    """Arrivals within what fits are not shed."""
    asking = PRESSURE.after(
        Asking(), at_s=0.0, waiting=0, arriving=Arriving(must=10.0, asked=15.0, sampled=15.0)
    )
    assert asking.everything


@given(before=askings, waiting=st.integers(0, 100), arriving=arrivals)
def test_sampled_reviews_give_way_before_any_approval(
    before: Asking, waiting: int, arriving: Arriving
) -> None:
    """Where approvals are shed, and sampled reviews arrive, none more of those can be shed."""
    asking = PRESSURE.after(before, at_s=0.0, waiting=waiting, arriving=arriving)
    if asking.asked < 1.0 and before.asked == 1.0 and arriving.sampled > 0.0:
        assert asking.sampled == PRESSURE.least_sampled


@given(before=askings, waiting=st.integers(0, 100), arriving=arrivals)
def test_what_is_asked_fits_beside_what_must_be(
    before: Asking, waiting: int, arriving: Arriving
) -> None:
    """No more is let in than may be, once more wait than usual, but for what is never shed."""
    waiting += math.ceil(PRESSURE.usual)
    asking = PRESSURE.after(before, at_s=0.0, waiting=waiting, arriving=arriving)
    let_in = arriving.must + asking.asked * arriving.asked + asking.sampled * arriving.sampled
    never_shed = arriving.must + PRESSURE.least_sampled * arriving.sampled
    assert let_in <= max(PRESSURE.admitted_per_h(waiting), never_shed) + 1e-6


@given(before=askings, waiting=st.integers(0, 100), arriving=arrivals)
def test_the_same_again_changes_nothing(before: Asking, waiting: int, arriving: Arriving) -> None:
    """A decision stands as long as its reasons do."""
    once = PRESSURE.after(before, at_s=0.0, waiting=waiting, arriving=arriving)
    assert PRESSURE.after(once, at_s=0.0, waiting=waiting, arriving=arriving) == once


def test_rates_that_waver_within_the_margin_do_not_open_and_shut() -> None:
    """Arrivals that go up and down by a few percent move the shares once."""
    asking, seen = Asking(), []
    for turn in range(50):
        factor = 1.04 if turn % 2 else 1.0
        arriving = Arriving(must=10.0, asked=60.0 * factor, sampled=20.0)
        asking = PRESSURE.after(asking, at_s=60.0 * turn, waiting=6, arriving=arriving)
        seen.append((asking.asked, asking.sampled))
    assert len(set(seen[2:])) == 1


def test_fast_arrivals_alone_shed_nothing() -> None:
    """While no more wait than usual, reviewers keep up, whatever the rate is thought to be."""
    fast = Arriving(must=30.0, asked=100.0, sampled=100.0)
    assert PRESSURE.after(Asking(), at_s=9.0, waiting=1, arriving=fast).everything


def test_everything_is_asked_again_little_by_little_when_it_clears() -> None:
    """After a burst, quiet arrivals and a short queue open all of it, in the time of the limit."""
    shut = PRESSURE.after(
        Asking(), at_s=0.0, waiting=20, arriving=Arriving(must=30.0, asked=60.0, sampled=30.0)
    )
    assert (shut.asked, shut.sampled) == (0.0, PRESSURE.least_sampled)
    quiet = Arriving(must=10.0, asked=15.0, sampled=10.0)
    half = PRESSURE.after(shut, at_s=450.0, waiting=1, arriving=quiet)
    assert half.asked == pytest.approx(0.5)
    assert PRESSURE.after(half, at_s=900.0, waiting=1, arriving=quiet).everything


def test_the_threshold_leaves_the_highest_scores() -> None:
    """Half of the share is the upper half of recent scores."""
    assert Asking(asked=0.5).threshold([1.0, 4.0, 2.0, 3.0]) == 3.0
    assert Asking().threshold([1.0]) == -math.inf
    assert Asking(asked=0.1).threshold([1.0, 2.0]) == math.inf


def test_the_arrival_rate_settles_at_the_true_one() -> None:
    """A steady stream of 120 an hour is seen as about that, and forgotten when it stops."""
    rate = ArrivalRate()
    at = np.random.default_rng(0).exponential(30.0, 2_000).cumsum()
    seen = []
    for one in at:
        rate = rate.after(float(one))
        seen.append(rate.per_h)
    assert np.mean(seen[100:]) == pytest.approx(120.0, rel=0.1)
    assert rate.now(rate.at_s + 6_000.0) < 0.01
    assert rate.now(rate.at_s - 60.0) == rate.per_h


def test_too_much_that_must_be_approved_is_refused_beforehand() -> None:
    """No shedding helps where musts alone overload the reviewers."""
    with pytest.raises(PlanError, match="60 an hour at most"):
        Pressure.of(reviewers=3, service_s=180.0, sla_s=900.0, must_per_h=60.0)


def test_a_negative_number_that_must_be_approved_is_refused() -> None:
    """It is not taken for none."""
    with pytest.raises(PlanError, match="must_per_h is -1"):
        Pressure.of(reviewers=3, service_s=180.0, sla_s=900.0, must_per_h=-1.0)


def test_a_requester_is_told_the_wait() -> None:
    """Nine ahead of one, three reviewers, three minutes each: ten minutes."""
    assert PRESSURE.wait_s(9) == 600.0
    assert PRESSURE.wait_s(9, overtaking_per_h=30.0) == 1200.0

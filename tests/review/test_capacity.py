"""Formulas of a queue, queues played item by item, and staff found by them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surestep.errors import PlanError
from surestep.review.capacity import staff_needed, what_present_staff_holds
from surestep.review.queue_replay import replay, wait_quantile
from surestep.review.queueing import Load, erlang_c, expected_wait_s

SERVICE_S = 180.0


@pytest.mark.parametrize(
    ("reviewers", "load", "waiting"),
    [(1, 0.8, 0.8), (3, 2.4, 0.6471910112), (5, 4.0, 0.5541125541), (10, 9.0, 0.6687315241)],
)
def test_who_waits_is_as_erlang_has_it(reviewers: int, load: float, waiting: float) -> None:
    """The chance to wait equals the reference values."""
    assert erlang_c(reviewers, load) == pytest.approx(waiting, abs=1e-9)


def test_everybody_waits_where_there_is_too_much_work() -> None:
    """An overloaded queue lets nobody through at once, and waits have no bound."""
    assert erlang_c(2, 2.0) == 1.0
    assert math.isinf(Load(reviewers=1, arrivals_per_h=30.0, service_s=180.0).wait_s())


@pytest.mark.parametrize(
    ("sla_min", "most"),
    [
        (2, (1.832, 11.537, 25.254, 57.491, 147.715)),
        (5, (3.843, 18.645, 36.284, 73.854, 171.295)),
        (15, (10.568, 29.822, 49.509, 89.197, 188.875)),
    ],
)
def test_most_arrivals_within_a_limit_equal_the_reference(
    sla_min: int, most: tuple[float, ...]
) -> None:
    """The arrivals 1, 2, 3, 5 and 10 reviewers hold are those of the reference."""
    held = [
        Load(reviewers=c, arrivals_per_h=1.0, service_s=SERVICE_S).holding(60.0 * sla_min)
        for c in (1, 2, 3, 5, 10)
    ]
    assert [one.arrivals_per_h for one in held] == pytest.approx(most, abs=5e-4)


@given(per_h=st.floats(1.0, 500.0), sla_s=st.floats(10.0, 3600.0))
def test_fewest_reviewers_hold_and_one_less_does_not(per_h: float, sla_s: float) -> None:
    """The staff for a limit keeps it, and no smaller one does."""
    load = Load(reviewers=1, arrivals_per_h=per_h, service_s=SERVICE_S).staffed(sla_s)
    assert load.wait_s() <= sla_s
    if load.reviewers > 1:
        fewer = Load(reviewers=load.reviewers - 1, arrivals_per_h=per_h, service_s=SERVICE_S)
        assert fewer.wait_s() > sla_s


def test_who_overtakes_makes_others_wait_longer() -> None:
    """With half of all time taken by others, the told wait doubles."""
    alone = expected_wait_s(4, reviewers=2, service_s=60.0)
    assert alone == 150.0
    shared = expected_wait_s(4, reviewers=2, service_s=60.0, overtaking_per_h=60.0)
    assert shared == pytest.approx(2.0 * alone)


def test_overtaking_without_end_is_refused() -> None:
    """Nobody can be told a wait that never ends."""
    with pytest.raises(PlanError, match="as much as 1 reviewers can do"):
        expected_wait_s(0, reviewers=1, service_s=60.0, overtaking_per_h=60.0)


def poisson(reviewers: int, busy: float, items: int, seed: int) -> list[float]:
    """Arrival times of a Poisson stream that keeps reviewers busy so much."""
    gaps = np.random.default_rng(seed).exponential(SERVICE_S / reviewers / busy, items)
    return [float(at) for at in gaps.cumsum()]


@pytest.mark.parametrize(("reviewers", "busy"), [(1, 0.7), (3, 0.8), (10, 0.9)])
def test_played_waits_agree_with_the_exact_formula(reviewers: int, busy: float) -> None:
    """With Poisson arrivals and exponential service, mean and 95 % wait are within 10 %."""
    items = 200_000
    service = np.random.default_rng(1).exponential(SERVICE_S, items).tolist()
    done = replay(poisson(reviewers, busy, items, 2), service, reviewers=reviewers)
    load = Load(
        reviewers=reviewers,
        arrivals_per_h=3600.0 * busy * reviewers / SERVICE_S,
        service_s=SERVICE_S,
    )
    assert done.mean_wait_s == pytest.approx(load.mean_wait_s, rel=0.1)
    assert done.wait_s() == pytest.approx(load.wait_s(), rel=0.1)
    assert done.busy == pytest.approx(busy, rel=0.02)


def test_higher_priority_is_served_first_and_nobody_is_interrupted() -> None:
    """Of two that wait, the later but more urgent one goes first; the one served goes on."""
    done = replay([0.0, 1.0, 2.0], [10.0, 10.0, 10.0], reviewers=1, priorities=[0, 0, 1])
    assert done.waits_s == (0.0, 19.0, 8.0)


def test_items_at_one_time_never_wait_less_than_nothing() -> None:
    """Several that come at once to idle reviewers are served at once, each by one."""
    done = replay([5.0, 9.0, 9.0, 9.0], [1.0, 2.0, 2.0, 2.0], reviewers=2)
    assert done.waits_s == (0.0, 0.0, 0.0, 2.0)


def test_who_is_not_admitted_does_not_wait() -> None:
    """A full queue turns items away, and they take nobody's time."""
    done = replay(
        [0.0, 1.0, 2.0, 3.0],
        [10.0] * 4,
        reviewers=1,
        admit=lambda _item, _now, waiting: waiting < 1,
    )
    assert done.waits_s == (0.0, 9.0, None, None)
    assert done.busy == 1.0


@given(
    gaps=st.lists(st.integers(0, 50), min_size=1, max_size=40),
    service=st.integers(1, 60),
    reviewers=st.integers(1, 4),
)
def test_one_more_reviewer_lengthens_no_wait(gaps: list[int], service: int, reviewers: int) -> None:
    """Searching for staff by halving relies on it."""
    arrivals = [float(at) for at in np.cumsum(gaps)]
    times = [float(service + place % 7) for place in range(len(gaps))]
    few = replay(arrivals, times, reviewers=reviewers).waits_s
    more = replay(arrivals, times, reviewers=reviewers + 1).waits_s
    assert all((a or 0.0) >= (b or 0.0) for a, b in zip(few, more, strict=True))


@pytest.mark.parametrize(
    ("arrivals", "service"),
    [([], []), ([1.0, 0.0], [1.0, 1.0]), ([0.0], [-1.0]), ([0.0], [1.0, 1.0])],
)
def test_what_is_no_trace_is_refused(arrivals: list[float], service: list[float]) -> None:
    """No items, times out of order, negative or of another number are named."""
    with pytest.raises(PlanError):
        replay(arrivals, service, reviewers=1)


def bursts() -> list[float]:
    """Thirty items at once every hour, for two days."""
    return [3600.0 * hour + second for hour in range(48) for second in range(30)]


def test_bursts_need_more_staff_than_the_formula_says() -> None:
    """Thirty an hour that come together wait longer than thirty spread out."""
    found = staff_needed(bursts(), [SERVICE_S], sla_s=300.0)
    assert found.holds
    assert found.reviewers > 2 * found.by_formula
    fewer = what_present_staff_holds(
        bursts(), [SERVICE_S], reviewers=found.reviewers - 1, sla_s=300.0
    )
    assert not fewer.now.holds


def test_present_staff_hold_what_is_within_their_room() -> None:
    """Arrivals as dense as they hold still keep the limit; a tenth denser ones do not."""
    held = what_present_staff_holds(
        poisson(3, 0.4, 5_000, 3), [SERVICE_S], reviewers=3, sla_s=300.0
    )
    assert held.room > 1.5
    again = [at / held.room for at in poisson(3, 0.4, 5_000, 3)]
    denser = [at / (1.1 * held.room) for at in poisson(3, 0.4, 5_000, 3)]
    assert what_present_staff_holds(again, [SERVICE_S], reviewers=3, sla_s=300.0).now.holds
    assert not what_present_staff_holds(denser, [SERVICE_S], reviewers=3, sla_s=300.0).now.holds


def test_what_comes_at_the_very_same_time_cannot_be_thinned() -> None:
    """However sparse the bursts, the last of each waits too long for one reviewer."""
    at_once = [0.0] * 30 + [3600.0] * 30
    held = what_present_staff_holds(at_once, [SERVICE_S], reviewers=1, sla_s=300.0)
    assert held.most_per_h == 0.0


def test_so_few_that_nobody_waits_have_no_bound() -> None:
    """Two items never make two reviewers' queue."""
    held = what_present_staff_holds([0.0, 60.0], [SERVICE_S], reviewers=2, sla_s=300.0)
    assert math.isinf(held.room)


def test_too_few_arrivals_say_nothing_about_staff() -> None:
    """One arrival is refused, and so are arrivals without a span of time."""
    with pytest.raises(PlanError, match="1 arrivals"):
        staff_needed([0.0], [SERVICE_S], sla_s=60.0)
    with pytest.raises(PlanError, match="at one time"):
        staff_needed([1.0, 1.0], [SERVICE_S], sla_s=60.0)


def test_wait_quantile_of_nothing_is_no_wait() -> None:
    """Where nobody was admitted, nobody waited."""
    assert wait_quantile([], 0.95) == 0.0
    assert wait_quantile([4.0, 1.0, 3.0, 2.0], 0.5) == 2.0

"""Laws of time: sums, extremes and quantiles."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surestep.budgets.algebra.law import Law, slowest_of, total
from surestep.budgets.algebra.spacing import arrival, hedged, wait
from surestep.errors import PlanError

times = st.lists(st.floats(0.0, 50.0), min_size=1, max_size=12)
ticks = st.lists(st.integers(0, 9), min_size=1, max_size=5)


def _of(values: list[int]) -> Law:
    return Law.of([float(value) for value in values], tick_s=1.0)


def _counted(values: list[int]) -> Law:
    """The law of equally likely whole ticks."""
    return Law.weighted(np.bincount(values).astype(np.float64), 1.0)


def _same(one: Law, other: Law) -> bool:
    size = max(one.pmf.size, other.pmf.size)
    return np.allclose(
        np.pad(one.pmf, (0, size - one.pmf.size)),
        np.pad(other.pmf, (0, size - other.pmf.size)),
        atol=1e-12,
    )


@settings(deadline=None)
@given(times, st.floats(0.01, 5.0))
def test_a_law_keeps_the_mean_of_its_times(values: list[float], tick_s: float) -> None:
    """However coarse the tick is."""
    law = Law.of(values, tick_s=tick_s)
    assert law.mean_s == pytest.approx(np.mean(values), abs=1e-9)
    assert law.pmf.sum() == pytest.approx(1.0)


@settings(deadline=None)
@given(times, st.floats(0.01, 5.0))
def test_a_coarse_tick_adds_at_most_a_quarter_of_its_square_to_the_variance(
    values: list[float], tick_s: float
) -> None:
    """Each time is split between its two neighbours."""
    added = Law.of(values, tick_s=tick_s).variance_s2 - float(np.var(values))
    assert -1e-6 <= added <= tick_s**2 / 4.0 + 1e-6


@settings(deadline=None)
@given(ticks, ticks)
def test_sum_and_maximum_of_two_laws_are_those_of_all_pairs(one: list[int], two: list[int]) -> None:
    """Against every pair of draws."""
    pairs = list(itertools.product(one, two))
    assert _same(_of(one).then(_of(two)), _counted([sum(pair) for pair in pairs]))
    assert _same(slowest_of([_of(one), _of(two)]), _counted([max(pair) for pair in pairs]))


@settings(deadline=None)
@given(ticks, st.integers(1, 3))
def test_extremes_and_sums_of_several_draws_are_those_of_all_combinations(
    values: list[int], count: int
) -> None:
    """Against every combination of draws, and by one transform as well as one by one."""
    draws = list(itertools.product(values, repeat=count))
    law = _of(values)
    assert _same(law.slowest(count), _counted([max(one) for one in draws]))
    assert _same(law.fastest(count), _counted([min(one) for one in draws]))
    assert _same(law.power(count), _counted([sum(one) for one in draws]))
    assert _same(total([law] * count), law.power(count))


@settings(deadline=None)
@given(ticks, st.integers(1, 4), st.data())
def test_arrivals_and_the_wait_for_later_ones_are_those_of_all_combinations(
    values: list[int], count: int, data: st.DataObject
) -> None:
    """The rank-th of several calls, and how much longer a later one takes."""
    rank = data.draw(st.integers(1, count))
    last = data.draw(st.integers(rank, count))
    draws = [sorted(one) for one in itertools.product(values, repeat=count)]
    law = _of(values)
    assert _same(arrival(law, rank, count), _counted([one[rank - 1] for one in draws]))
    apart = [one[last - 1] - one[rank - 1] for one in draws]
    assert _same(wait(law, rank, last, count), _counted(apart))


@settings(deadline=None)
@given(ticks, st.integers(1, 9))
def test_a_hedged_call_takes_the_shorter_of_two_of_which_one_starts_late(
    values: list[int], after: int
) -> None:
    """Against every pair of draws."""
    pairs = itertools.product(values, values)
    expected = _counted([min(one, after + two) for one, two in pairs])
    assert _same(hedged(_of(values), float(after)), expected)


@settings(deadline=None)
@given(ticks, st.floats(0.01, 1.0))
def test_a_quantile_is_the_least_time_that_is_not_exceeded_often_enough(
    values: list[int], q: float
) -> None:
    """And `cdf` says how often it is."""
    law = _of(values)
    place = law.quantile_s(q)
    assert law.cdf(place) >= q - 1e-9
    assert place == law.shortest or law.cdf(place - 1.0) < q


def test_long_laws_are_added_by_transforms_to_the_same_result() -> None:
    """Up to the rounding of a transform."""
    generator = np.random.default_rng(1)
    one, two = (Law.weighted(generator.random(300), 0.1) for _ in range(2))
    assert np.allclose(one.then(two).pmf, np.convolve(one.pmf, two.pmf), atol=1e-13)


def test_a_mixture_has_the_mean_of_its_parts() -> None:
    """Each by its share."""
    law = Law.mixed([(0.25, Law.point(2.0, tick_s=0.5)), (0.75, Law.point(6.0, tick_s=0.5))])
    assert (law.mean_s, law.quantile_s(0.25), law.quantile_s(0.26)) == (5.0, 2.0, 6.0)


@pytest.mark.parametrize(
    ("values", "tick_s", "named"),
    [([], 1.0, "times_s is empty"), ([-1.0], 1.0, "times_s is -1.0"), ([1.0], 0.0, "tick_s is 0")],
)
def test_no_law_is_made_of_nothing(values: list[float], tick_s: float, named: str) -> None:
    """The error names the value."""
    with pytest.raises(PlanError, match=named):
        Law.of(values, tick_s=tick_s)

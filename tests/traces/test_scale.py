"""The time axis."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surestep.traces.scale import Scale, covered, union

times = st.floats(0.0, 1000.0)
intervals = st.lists(st.tuples(times, times).map(lambda pair: (min(pair), max(pair))))


@given(intervals)
def test_a_union_is_disjoint_and_in_order(given_intervals: list[tuple[float, float]]) -> None:
    """Whatever overlaps is one."""
    merged = union(given_intervals)
    assert all(before[1] < after[0] for before, after in pairwise(merged))


@given(intervals)
def test_time_covered_is_at_most_the_sum(given_intervals: list[tuple[float, float]]) -> None:
    """And at least the longest."""
    lengths = [end - start for start, end in given_intervals]
    assert max(lengths, default=0.0) - 1e-9 <= covered(given_intervals) <= sum(lengths) + 1e-9


@given(intervals, st.lists(times, min_size=2))
def test_later_times_never_stand_further_left(
    busy: list[tuple[float, float]], moments: list[float]
) -> None:
    """However much is shortened, the order stays."""
    scale = Scale(busy, 1000.0, 50)
    columns = [scale.column(moment) for moment in sorted(moments)]
    assert columns == sorted(columns)
    assert all(0.0 <= column <= 50.0 for column in columns)


@given(intervals, times, times)
def test_a_bar_fills_the_page_exactly(
    busy: list[tuple[float, float]], one: float, other: float
) -> None:
    """Never wider, never without a mark."""
    bar = Scale(busy, 1000.0, 40).bar(min(one, other), max(one, other), "#")
    assert len(bar) == 40
    assert "#" in bar


def test_without_gaps_the_axis_is_linear() -> None:
    """Half of the time is half of the page."""
    scale = Scale([(0.0, 10.0)], 10.0, 50)
    assert scale.column(5.0) == pytest.approx(25.0)
    assert not scale.shortened


def test_a_long_gap_is_shortened() -> None:
    """Two seconds of work share the page, whatever lies between."""
    scale = Scale([(0.0, 1.0), (1001.0, 1002.0)], 1002.0, 100)
    assert scale.shortened
    assert scale.column(1.0) > 45.0


def test_an_axis_without_time_is_harmless() -> None:
    """One moment, one column."""
    assert Scale([], 0.0, 10).bar(0.0, 0.0, "#").count("#") == 1

"""Alarms about error rates, and how often they are false."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surestep.budgets.fitting.hierarchy import Floats
from surestep.errors import PlanError
from surestep.review.cusum import Cusum
from surestep.review.drift import Watch, seen

ALARMS = 2_000
DETECTOR = Watch.detector(0.02, items_between_false_alarms=ALARMS)
TEST = Watch.test(0.02, false_alarm=0.05)
CUSUM = Cusum.of(0.02, 0.05, items_between_false_alarms=ALARMS)


def alarms(watch: Watch, rate: float, *, items: int, streams: int = 1_000, late: int = 0) -> Floats:
    """When each stream raises its alarm, counted from `late` items on; else infinity."""
    random = np.random.default_rng(7)
    state, first = watch.start(streams), np.full(streams, np.inf)
    for count in range(1 - late, items + 1):
        x = random.random(streams) < (rate if count > 0 else watch.limit)
        state = watch.after(state, x.astype(float))
        raised = watch.evidence(state) >= watch.level
        if count > 0:
            first[raised & np.isinf(first)] = count
        else:
            state[raised] = 0.0
    return first


def test_a_detector_raises_as_few_false_alarms_as_it_says() -> None:
    """2,882 items between them where 2,000 are promised; the reference's simulation."""
    found = alarms(DETECTOR, 0.02, items=6 * ALARMS)
    assert np.minimum(found, 6 * ALARMS).mean() == pytest.approx(2_882, rel=0.12)


@pytest.mark.parametrize(("rate", "delay"), [(0.03, 531), (0.05, 152), (0.08, 67), (0.15, 28)])
def test_a_detector_is_as_quick_as_the_reference(rate: float, delay: float) -> None:
    """Changes that come after 500 items."""
    found = alarms(DETECTOR, rate, items=6_000, late=500)
    assert found.mean() == pytest.approx(delay, rel=0.1)


def test_a_test_is_wrong_for_ever_no_more_often_than_it_says() -> None:
    """5 % promised; 3.9 % in the reference's simulation."""
    assert np.isfinite(alarms(TEST, 0.02, items=10_000)).mean() <= 0.05


@pytest.mark.parametrize(("rate", "delay"), [(0.05, 224), (0.08, 75), (0.15, 26)])
def test_a_test_is_as_quick_as_the_reference(rate: float, delay: float) -> None:
    """From the first item on."""
    assert alarms(TEST, rate, items=6_000).mean() == pytest.approx(delay, rel=0.1)


@given(st.floats(0.001, 0.9), st.floats(0.01, 1.0), st.floats(0, 1))
def test_no_bet_is_better_than_fair_within_the_limit(
    limit: float, sampled: float, below: float
) -> None:
    """However sampled: the mean factor is at most 1, and none is negative."""
    watch = Watch.test(limit, false_alarm=0.05, sampled=sampled)
    hit, miss = (watch.after(watch.start(), x)[0] for x in (seen(wrong=True, chance=sampled), 0.0))
    rate = sampled * below * limit
    assert (miss >= 0.0).all()
    assert (rate * hit + (1 - rate) * miss <= 1 + 1e-9).all()


def test_sampled_items_raise_the_alarm_too() -> None:
    """5 % of actions reviewed; the reference took 5,463 actions to notice a rate of 5 %."""
    watch = Watch.test(0.02, false_alarm=0.05, sampled=0.05)
    random = np.random.default_rng(1)
    state, first = watch.start(300), np.full(300, np.inf)
    for count in range(1, 25_001):
        state = watch.after(state, (random.random(300) < 0.05 * 0.05) / 0.05)
        first[(watch.evidence(state) >= watch.level) & np.isinf(first)] = count
    assert first.mean() == pytest.approx(5_463, rel=0.12)


def test_an_unreviewed_item_says_nothing_and_a_rare_one_much() -> None:
    """The mean over draws is the error rate."""
    assert seen(wrong=None, chance=0.1) == seen(wrong=False, chance=0.1) == 0.0
    assert seen(wrong=True, chance=0.1) == pytest.approx(10.0)


def test_one_stream_is_watched_like_many() -> None:
    """The first alarm of ten errors in a row."""
    at = DETECTOR.first_alarm([0.0] * 50 + [1.0] * 10)
    assert at is not None
    assert 50 < at <= 60
    assert DETECTOR.first_alarm([0.0] * 100) is None


@pytest.mark.parametrize(
    ("items", "delays"),
    [
        (2_000, {0.03: 505, 0.05: 136, 0.08: 61, 0.15: 25}),
        (10_000, {0.03: 1_205, 0.05: 225, 0.08: 92, 0.15: 38}),
    ],
)
def test_cusum_is_as_quick_as_the_reference(items: int, delays: dict[float, float]) -> None:
    """Its run lengths are exact on a lattice next to the reference's."""
    cusum = Cusum.of(0.02, 0.05, items_between_false_alarms=items)
    found = {rate: cusum.delay(rate, limit=0.02) for rate in delays}
    assert found == pytest.approx(delays, rel=0.03)
    assert items <= cusum.run_length(0.02) <= 1.05 * items


@pytest.mark.parametrize(("items", "height"), [(2_000, 3.0379), (10_000, 4.5302)])
def test_cusum_is_as_high_as_the_reference(items: int, height: float) -> None:
    """In log-likelihood ratios, of which one right item is ln(.98 / .95)."""
    cusum = Cusum.of(0.02, 0.05, items_between_false_alarms=items)
    assert cusum.height * np.log(0.98 / 0.95) == pytest.approx(height, rel=0.03)


def test_the_run_length_of_a_cusum_is_that_of_its_runs() -> None:
    """3 errors in 4 items or so, by simulation."""
    cusum, random = Cusum(raised=2, height=5), np.random.default_rng(3)
    found = [cusum.first_alarm(random.random(5_000) < 0.2) for _ in range(2_000)]
    lengths = np.array([one for one in found if one is not None])
    off = 4 * lengths.std() / np.sqrt(len(lengths))
    assert lengths.mean() == pytest.approx(cusum.run_length(0.2), abs=off)
    assert len(lengths) == 2_000


def test_cusum_without_errors_never_alarms() -> None:
    """Its sum stays at 0."""
    assert CUSUM.first_alarm([False] * 1_000) is None
    with pytest.raises(PlanError, match="never raised"):
        CUSUM.run_length(0.0)


@pytest.mark.parametrize("rate", [0.02, 0.01, 1.0])
def test_a_cusum_for_no_change_is_refused(rate: float) -> None:
    """The rate to look out for lies between the limit and 1."""
    with pytest.raises(PlanError, match="rate is"):
        Cusum.of(0.02, rate, items_between_false_alarms=100)


def test_a_cusum_of_no_size_we_solve_is_refused() -> None:
    """Rather than to hang."""
    with pytest.raises(PlanError, match="too large a chain"):
        Cusum.of(0.5, 0.50001, items_between_false_alarms=1e12)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"items_between_false_alarms": 0}, "items_between_false_alarms is 0"),
        ({"items_between_false_alarms": 0.5}, "level 0.5"),
        ({"items_between_false_alarms": 9, "rates": [0.01]}, "rates has 0.01"),
        ({"items_between_false_alarms": 9, "sampled": 2.0}, "sampled is 2.0"),
    ],
)
def test_a_detector_that_cannot_be_is_refused(options: dict[str, float], problem: str) -> None:
    """What is wrong is named."""
    with pytest.raises(PlanError, match=problem):
        Watch.detector(0.02, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("limit", [0.0, 1.0, -1.0, float("nan")])
def test_a_limit_that_is_no_rate_is_refused(limit: float) -> None:
    """Nothing can be bet against it."""
    with pytest.raises(PlanError, match="limit is"):
        Watch.test(limit, false_alarm=0.05)


def test_a_review_with_a_chance_of_nothing_is_refused() -> None:
    """It cannot have happened."""
    with pytest.raises(PlanError, match="chance is 0"):
        seen(wrong=True, chance=0.0)

"""Exact bounds for success rates, against published values and against simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import beta

from surestep.budgets.planner.proofs.bounds import (
    Counts,
    Series,
    fiducial,
    lower,
    more_runs,
    runs_for,
    unseen_error,
)
from surestep.errors import PlanError

FEWEST = {
    (0.95, 0.95): (59, 93, 124, 153, 181, 208),
    (0.99, 0.95): (299, 473, 628, 773, 913, 1049),
    (0.995, 0.95): (598, 947, 1258, 1549, 1829, 2100),
    (0.999, 0.95): (2995, 4742, 6294, 7752, 9151, 10511),
    (0.99, 0.99): (459, 662, 838, 1001),
}


@pytest.mark.parametrize(("asked", "expected"), FEWEST.items(), ids=str)
def test_the_fewest_runs_for_each_number_of_failures(
    asked: tuple[float, float], expected: tuple[int, ...]
) -> None:
    """Each further failure costs about as many runs again."""
    target, confidence = asked

    found = [runs_for(target, failures=x, confidence=confidence) for x in range(len(expected))]
    assert tuple(found) == expected


@pytest.mark.parametrize(
    ("failures", "runs", "expected"),
    [
        (0, 299, 0.9900308532071007),
        (0, 300, 0.9900639180555423),
        (1, 473, 0.9900102925257753),
        (1, 300, 0.9842854451084161),
        (3, 773, 0.9900002012281929),
        (3, 300, 0.9743586069173904),
        (0, 100, 0.9704869503929601),
    ],
)
def test_what_runs_prove(failures: int, runs: int, expected: float) -> None:
    """Clopper and Pearson's lower end."""
    assert lower(runs, failures, confidence=0.95) == pytest.approx(expected, abs=1e-9)


def test_runs_that_all_failed_prove_nothing() -> None:
    """The bound is 0, where its formula has no value."""
    assert lower(7, 7, confidence=0.95) == 0.0


@pytest.mark.parametrize(
    ("truth", "runs", "failures"),
    [
        (0.9995, 473, 1),
        (0.999, 473, 1),
        (0.998, 773, 3),
        (0.997, 1049, 5),
        (0.995, 2546, 17),
        (0.9925, 11907, 101),
    ],
)
def test_the_runs_that_prove_a_target_as_a_rule(truth: float, runs: int, failures: int) -> None:
    """The closer the truth is to the target, the more runs it takes."""
    more = more_runs(Counts(0), 0.99, truth=truth, confidence=0.95, power=0.9)

    assert more is not None
    assert (more.runs, more.failures) == (runs, failures)


def test_no_number_of_runs_proves_what_is_not_so() -> None:
    """A truth below the target is told as such."""
    assert more_runs(Counts(100), 0.99, truth=0.985, confidence=0.95, power=0.9) is None


def test_runs_there_are_count() -> None:
    """Of 299 that are needed, 200 are there."""
    more = more_runs(Counts(200), 0.99, truth=0.99999, confidence=0.95, power=0.9)

    assert more is not None
    assert (more.runs, more.failures) == (99, 0)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([(300, 0)] * 20, 0.990064),
        ([(300, 1)] + [(300, 0)] * 19, 0.984285),
        ([(300, 1)] * 3 + [(300, 0)] * 17, 0.974406),
        ([(100, 1), (300, 0)], 0.953440),
        ([(100, 0), (300, 1)], 0.964445),
        ([(100, 0), (100, 0)], 0.97049),
        ([(100, 1), (100, 1)], 0.93853),
        ([(100, 1), (100, 1), (100, 0)], 0.93853),
        ([(150, 2), (100, 1), (200, 0)], 0.93379),
    ],
)
def test_what_step_records_prove(steps: list[tuple[int, int]], expected: float) -> None:
    """Lindstrom and Madden's bound; never above the exact one of Buehler."""
    series = Series.of([Counts(*step) for step in steps])

    assert lower(series.trials, series.failures, confidence=0.95) == pytest.approx(
        expected, abs=6e-6
    )


def test_bounds_step_by_step_prove_far_less() -> None:
    """Bonferroni and Šidák on 20 steps of 300 clean records, where the series proves 0.99."""
    bonferroni = lower(300, 0, confidence=1 - 0.05 / 20) ** 20
    sidak = lower(300, 0, confidence=0.95 ** (1 / 20)) ** 20

    assert bonferroni == pytest.approx(0.6707, abs=1e-5)
    assert sidak == pytest.approx(0.6718, abs=1e-4)
    assert runs_for(0.99 ** (1 / 20), failures=0, confidence=1 - 0.05 / 20) == 11923


@pytest.mark.parametrize(("wrong", "expected"), [(1.0, 0.9111), (0.5, 0.9489)])
def test_a_prior_for_each_step_adds_up_to_failures_nobody_saw(
    wrong: float, expected: float
) -> None:
    """One pseudo-failure per step, or half of one as of Jeffreys, is far from the 0.990."""
    rates = np.random.default_rng(0).beta(300 + 1 - wrong, wrong, (40_000, 20)).prod(axis=1)

    assert np.quantile(rates, 0.05) == pytest.approx(expected, abs=1e-3)


def test_the_fiducial_lower_end_is_sharper_where_steps_were_tested_unequally() -> None:
    """It lies above the proven one and below what was seen."""
    steps = [Counts(100 + 150 * place) for place in range(20)]
    series = Series.of(steps)

    proven = lower(series.trials, series.failures, confidence=0.95)
    assert proven < fiducial(steps, confidence=0.95) < 1.0


def test_a_fiducial_of_one_step_is_its_beta_quantile() -> None:
    """With one step it is the exact bound, up to the draws."""
    found = fiducial([Counts(100, 2)], confidence=0.95, draws=200_000)

    assert found == pytest.approx(beta.ppf(0.05, 98, 3), abs=5e-4)


@pytest.mark.parametrize(
    ("missed", "per_step", "twenty"),
    [
        ((600, 0), 3.71e-4, 0.99261),
        ((1000, 2), None, 0.99132),
        ((2000, 6), None, 0.99214),
        ((3000, 15), None, 0.99009),
    ],
)
def test_planted_errors_take_the_place_of_clean_runs(
    missed: tuple[int, int], per_step: float | None, twenty: float
) -> None:
    """The errors that pass a step's checks are those there are times those that are missed."""
    found = unseen_error(Counts(2000, 100), Counts(*missed), confidence=0.95)

    assert (1 - found) ** 20 == pytest.approx(twenty, abs=2e-5)
    assert per_step is None or found == pytest.approx(per_step, rel=2e-3)


def failures_of(trials: list[int], truth: float, runs: int, seed: int) -> np.ndarray:
    """Failures of each step in simulated sets of records, the hazard shared out evenly."""
    rate = 1 - truth ** (1 / len(trials))
    return np.random.default_rng(seed).binomial(trials, rate, (runs, len(trials)))


@pytest.mark.parametrize(
    ("trials", "least"),
    [([300] * 20, 0.93), (list(range(100, 3001, 145))[:20], 0.99)],
    ids=["equal", "unequal"],
)
def test_step_records_prove_too_much_seldom(trials: list[int], least: float) -> None:
    """Nominal coverage 0.95, at a truth of 0.99005 over 20 steps."""
    truth = 0.99005
    found = failures_of(trials, truth, 1000, 7)

    proven = []
    for row in found:
        series = Series.of([Counts(n, int(x)) for n, x in zip(trials, row, strict=True)])
        proven.append(lower(series.trials, series.failures, confidence=0.95))
    assert np.mean(np.array(proven) <= truth) >= least


@pytest.mark.parametrize(
    "trials", [[300] * 20, list(range(100, 3001, 145))[:20]], ids=["equal", "unequal"]
)
def test_the_fiducial_lower_end_is_too_high_seldom(trials: list[int]) -> None:
    """It is no proof, and still covers as a proof would."""
    truth = 0.99005
    ends = [
        fiducial(
            [Counts(n, int(x)) for n, x in zip(trials, row, strict=True)],
            confidence=0.95,
            draws=2000,
        )
        for row in failures_of(trials, truth, 400, 8)
    ]

    assert np.mean(np.array(ends) <= truth) >= 0.93


@pytest.mark.parametrize("truth", [0.9, 0.97, 0.99])
def test_runs_prove_too_much_seldom(truth: float) -> None:
    """Clopper and Pearson's coverage is exact or better."""
    failed = np.random.default_rng(3).binomial(200, 1 - truth, 4000)

    above = np.mean([lower(200, int(x), confidence=0.95) > truth for x in failed])
    assert above <= 0.05 + 4 * math.sqrt(0.05 * 0.95 / 4000)


@pytest.mark.parametrize(("trials", "failures"), [(-1, 0), (3, 4), (3, -1)])
def test_counts_that_do_not_fit_are_refused(trials: int, failures: int) -> None:
    """The refusal names them."""
    with pytest.raises(PlanError, match="is"):
        Counts(trials, failures)


@pytest.mark.parametrize("steps", [[], [Counts(3), Counts(0)]])
def test_a_series_with_nothing_known_of_a_step_is_refused(steps: list[Counts]) -> None:
    """Nothing can be proven of it."""
    with pytest.raises(PlanError, match="proves nothing"):
        Series.of(steps)

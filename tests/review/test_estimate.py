"""How many actions were wrong, estimated from the reviewed ones."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.stats import beta

from surestep.errors import PlanError
from surestep.review.actions import Action, Actions
from surestep.review.estimate import Estimate, Estimator, estimate, guaranteed
from tests.review.populations import design, doubts, drawn

ESTIMATORS: tuple[Estimator, ...] = ("horvitz-thompson", "hajek", "prediction-powered")
SEEDS = 300


def actions(wrong: str, chance: float = 0.5, confidence: float = 0.9) -> Actions:
    """One action for each letter: `x` wrong, `.` right, `?` not reviewed."""
    said = {"x": True, ".": False, "?": None}
    return Actions.of(
        [Action(confidence=confidence, chance=chance, wrong=said[one]) for one in wrong]
    )


def repeated(estimator: Estimator, *, budget: float = 100, bent: bool = False) -> list[list[float]]:
    """Estimates of many draws from 2,000 actions: error, whether covered, and width."""
    error = doubts(2_000)
    truth = np.sqrt(error) * error.mean() / np.sqrt(error).mean() if bent else error
    _, chance = design(error, budget)
    random = np.random.default_rng(1)
    rows = []
    for _ in range(SEEDS):
        sample, share = drawn(error, chance, random, truth=truth)
        found = estimate(sample, estimator=estimator)
        rows.append([found.rate - share, found.low <= share <= found.high, found.high - found.low])
    return rows


def test_horvitz_thompson_is_unbiased_to_the_letter() -> None:
    """Over all 16 samples there are of 4 actions."""
    wrong, chance = np.array([1.0, 0.0, 0.0, 1.0]), np.array([0.2, 0.5, 0.9, 0.6])
    mean = 0.0
    for drawn_ in itertools.product([False, True], repeat=4):
        hits = np.array(drawn_)
        sample = Actions(
            error=np.full(4, 0.3),
            chance=chance,
            reviewed=hits,
            wrong=wrong * hits,
            run=np.arange(4),
        )
        probability = np.prod(np.where(hits, chance, 1 - chance))
        rate = (wrong * hits / chance).sum() / 4
        mean += probability * rate
        if 0.0 < rate < 1.0:
            assert estimate(sample, estimator="horvitz-thompson").rate == pytest.approx(rate)
    assert mean == pytest.approx(0.5)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_reviewing_everything_tells_the_truth(estimator: Estimator) -> None:
    """Without an interval to speak of."""
    found = estimate(actions("x...x.....", chance=1.0), estimator=estimator)
    assert (found.rate, found.low, found.high) == pytest.approx((0.2, 0.2, 0.2))
    assert (found.actions, found.reviewed, found.found) == (10, 10, 2)


def test_hajek_is_the_weighted_share_of_the_reviewed() -> None:
    """However many they happened to be."""
    assert estimate(actions("x...??????????"), estimator="hajek").rate == pytest.approx(0.25)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_estimates_are_unbiased(estimator: Estimator) -> None:
    """The mean of many is within 4 standard errors of the truth."""
    off = np.array(repeated(estimator))[:, 0]
    assert abs(off.mean()) < 4 * off.std() / np.sqrt(SEEDS)


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("bent", [False, True])
def test_intervals_cover_as_often_as_they_say(estimator: Estimator, bent: bool) -> None:  # noqa: FBT001
    """95 %, with 100 reviews of 2,000 actions, and with confidences that are wrong as well."""
    assert np.array(repeated(estimator, bent=bent))[:, 1].mean() >= 0.93


def test_confidence_makes_the_interval_narrower() -> None:
    """Prediction-powered below Hájek, on the same draws."""
    powered, plain = (np.array(repeated(it, budget=300))[:, 2].mean() for it in ESTIMATORS[:0:-1])
    assert powered < 0.97 * plain


def test_an_interval_without_an_error_is_not_empty() -> None:
    """Up to about 3.7 / 20, as gamma's; Clopper and Pearson's is 0.168."""
    found = estimate(actions("." * 20, chance=1.0))
    assert (found.rate, found.low) == (0.0, 0.0)
    assert found.high == pytest.approx(3.689 / 20, rel=1e-3)


def test_the_guaranteed_interval_is_exact_for_counts() -> None:
    """Equal weights make it Garwood's for a Poisson count, which holds Clopper and Pearson's."""
    found = guaranteed(actions("xxx" + "." * 97, chance=1.0))
    low, high = beta.ppf(0.025, 3, 98), beta.ppf(0.975, 4, 97)
    assert found.low == pytest.approx(0.619 / 100, rel=1e-2)
    assert found.low <= low <= high <= found.high


def test_a_run_that_is_wrong_as_a_whole_counts_as_one() -> None:
    """20 runs of 10 actions: the interval about the agent is the wider one."""
    rows = [
        Action(confidence=0.9, chance=1.0, wrong=run < 4, run=f"r{run}")
        for run in range(20)
        for _ in range(10)
    ]
    alone = [Action(confidence=0.9, chance=1.0, wrong=one.wrong) for one in rows]
    together, apart = (estimate(Actions.of(it), of="agent") for it in (rows, alone))
    assert together.rate == apart.rate == pytest.approx(0.2)
    assert together.high - together.low > 2.5 * (apart.high - apart.low)


def agent(runs: int, random: np.random.Generator) -> Estimate:
    """An estimate about an agent that is wrong in 5 % of actions, and in whole runs."""
    bad = random.random(runs) < 0.1
    wrong = (random.random((runs, 10)) < 0.5) & bad[:, None]
    seen = random.random((runs, 10)) < 0.5
    sample = Actions(
        error=np.full(runs * 10, 0.05),
        chance=np.full(runs * 10, 0.5),
        reviewed=seen.ravel(),
        wrong=(wrong & seen).ravel().astype(float),
        run=np.repeat(np.arange(runs), 10),
    )
    return estimate(sample, of="agent")


def test_intervals_about_the_agent_cover_though_runs_go_wrong_together() -> None:
    """300 runs, 300 times."""
    random = np.random.default_rng(2)
    found = [agent(300, random) for _ in range(SEEDS)]
    assert np.mean([one.low <= 0.05 <= one.high for one in found]) >= 0.93


def test_more_confidence_takes_a_wider_interval() -> None:
    """Around the same estimate."""
    sample = actions("x....x....??????????")
    wide, narrow = (estimate(sample, confidence=level) for level in (0.99, 0.8))
    assert wide.rate == narrow.rate
    assert wide.low < narrow.low < narrow.high < wide.high


@pytest.mark.parametrize("sample", ["", "????"])
def test_without_reviews_there_is_no_estimate(sample: str) -> None:
    """It is refused."""
    with pytest.raises(PlanError, match="was reviewed"):
        actions(sample)


def test_an_action_that_could_not_have_been_reviewed_is_refused() -> None:
    """Its weight would be infinite."""
    with pytest.raises(PlanError, match="chance is 0"):
        Action(confidence=0.5, chance=0.0)


@pytest.mark.parametrize(
    ("options", "problem"),
    [({"estimator": "guess"}, "Estimator 'guess'"), ({"confidence": 1.0}, "confidence is 1.0")],
)
def test_an_unknown_option_is_refused(options: dict[str, object], problem: str) -> None:
    """With its value."""
    with pytest.raises(PlanError, match=problem):
        estimate(actions("x.?"), **options)  # type: ignore[arg-type]


def test_the_interval_is_as_narrow_as_the_reference() -> None:
    """0.0116 for 1,000 of 20,000 reviewed and 2 % wrong, and 0.0141 at most if guaranteed."""
    error = doubts(20_000)
    _, chance = design(error, 1_000)
    random = np.random.default_rng(4)
    samples = [drawn(error, chance, random)[0] for _ in range(40)]
    width, wide = (
        np.mean([one.high - one.low for one in map(ask, samples)]) for ask in (estimate, guaranteed)
    )
    assert width == pytest.approx(0.0116, rel=0.04)
    assert 0.0116 < wide < 0.0141


def test_the_design_finds_nearly_three_times_the_errors_of_uniform_sampling() -> None:
    """The reference finds 15 to 17 % in a review of 5 %; the floor costs a little."""
    error = doubts(20_000)
    _, chance = design(error, 1_000)
    assert 0.14 < float(error @ chance / error.sum()) < 0.17

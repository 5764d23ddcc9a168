"""Calibration error, and what calibrating does to it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from surestep.errors import PlanError, TooFewOutcomes
from surestep.verifiers.calibration import Labelled
from surestep.verifiers.calibration.fit import fit
from surestep.verifiers.calibration.measure import held_out, reliability
from tests.verifiers.calibration.some_outcomes import FLAT, overconfident, weighted


def test_the_error_is_the_distance_of_confidence_from_truth() -> None:
    """0.5 said, 0.8 right."""
    found = reliability(FLAT)
    assert found.error == pytest.approx(0.3)
    assert found.brier == pytest.approx(0.25)
    assert found.log_loss == pytest.approx(math.log(2))


def test_the_bins_are_the_points_of_the_diagram() -> None:
    """Two kinds of outputs, two bins."""
    known = [*(Labelled(0.9, n % 2 == 0) for n in range(40)), *(Labelled(0.2, False),) * 40]
    low, high = reliability(known, bins=2).bins
    assert (low.said, low.right, low.trials) == pytest.approx((0.2, 0.0, 40))
    assert (high.said, high.right, high.trials) == pytest.approx((0.9, 0.5, 40))


def test_bins_hold_about_as_many_each() -> None:
    """Whatever the distribution of confidence."""
    trials = [one.trials for one in reliability(overconfident(3_000, digits=6), bins=10).bins]
    assert trials == pytest.approx([300] * 10, abs=1)


def test_equal_confidences_are_never_parted() -> None:
    """One value, one bin."""
    assert len(reliability(FLAT, bins=10).bins) == 1


def test_exact_confidences_show_the_error_of_chance() -> None:
    """It is no fault of theirs, and it is told."""
    random = np.random.default_rng(0)
    drawn = [
        reliability([Labelled(float(p), bool(random.random() < p)) for p in random.random(300)])
        for _ in range(60)
    ]
    mean = np.mean([one.error for one in drawn])
    assert mean == pytest.approx(np.mean([one.error_by_chance for one in drawn]), rel=0.05)
    assert mean > 0.05


def test_outputs_count_by_how_readily_they_were_judged() -> None:
    """The error is that of all outputs, not of the judged ones."""
    everything = reliability(overconfident(40_000, seed=3))
    judged = reliability(weighted(8_000, seed=3))
    assert judged.error == pytest.approx(everything.error, abs=0.02)
    assert judged.brier == pytest.approx(everything.brier, abs=0.02)


def test_a_calibrator_makes_probabilities_of_scores() -> None:
    """Log-probabilities have no error of their own, calibrated ones do."""
    known = [Labelled(math.log(one.score + 0.01), one.right) for one in overconfident(2_000)]
    with pytest.raises(PlanError, match="score is"):
        reliability(known)
    assert reliability(known, fit(known)).error < 0.03


@pytest.mark.parametrize("method", ["isotonic", "platt", "venn-abers"])
def test_calibrating_helps_on_outcomes_it_has_not_seen(method: str) -> None:
    """Each half by the calibrator of the other."""
    found = held_out(overconfident(2_000), method=method)  # type: ignore[arg-type]
    assert found.before.error > 0.12
    assert found.after.error < 0.05
    assert found.after.brier < found.before.brier


def test_the_split_is_seeded() -> None:
    """The same figures again, and others with another seed."""
    known = overconfident(300)
    assert held_out(known, seed=1) == held_out(known, seed=1)
    assert held_out(known, seed=1) != held_out(known, seed=2)


def test_halves_that_are_too_small_are_refused() -> None:
    """99 outcomes are enough to fit on, not to hold out."""
    with pytest.raises(TooFewOutcomes):
        held_out(overconfident(99))


def test_nothing_cannot_be_measured() -> None:
    """No outcomes, no bins."""
    with pytest.raises(TooFewOutcomes):
        reliability([])
    with pytest.raises(PlanError, match="bins is 0"):
        reliability(FLAT, bins=0)

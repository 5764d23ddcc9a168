"""Our calibrators, held against those of scikit-learn and of the package venn-abers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import isotonic_regression
from sklearn.calibration import _SigmoidCalibration
from sklearn.isotonic import IsotonicRegression

from surestep.budgets.fitting.hierarchy import Floats
from surestep.verifiers.calibration import Labelled
from surestep.verifiers.calibration.fit import fit
from surestep.verifiers.calibration.outcomes import Outcomes
from surestep.verifiers.calibration.venn_abers import fit as fit_steps
from tests.verifiers.calibration.some_outcomes import overconfident, weighted

ASKED = np.linspace(-0.1, 1.1, 241)
SETS = [
    overconfident(60),
    overconfident(400, digits=1),
    overconfident(2_000, digits=4),
    weighted(300),
]


def columns(labelled: Sequence[Labelled]) -> tuple[Floats, Floats, Floats]:
    """Scores, outcomes, and the weights that add up to what they are worth."""
    weights = np.array([1.0 / one.chance for one in labelled])
    weights *= weights.sum() / (weights @ weights)
    return (
        np.array([one.score for one in labelled]),
        np.array([float(one.right) for one in labelled]),
        weights,
    )


@pytest.mark.parametrize("labelled", SETS)
def test_isotonic_is_what_scikit_learn_fits(labelled: list[Labelled]) -> None:
    """Between the points too, and weighted too."""
    score, right, weight = columns(labelled)
    theirs = IsotonicRegression(out_of_bounds="clip").fit(score, right, weight).predict(ASKED)
    ours = [fit(labelled, method="isotonic")(float(asked)) for asked in ASKED]
    assert ours == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize("labelled", SETS)
def test_platt_is_what_scikit_learn_fits(labelled: list[Labelled]) -> None:
    """With the same targets, weighted too."""
    score, right, weight = columns(labelled)
    theirs = _SigmoidCalibration().fit(score, right, weight).predict(ASKED)
    ours = [fit(labelled, method="platt")(float(asked)) for asked in ASKED]
    assert ours == pytest.approx(theirs, abs=1e-5)


@pytest.mark.parametrize("labelled", SETS[:3])
def test_venn_abers_is_what_the_package_of_that_name_fits(labelled: list[Labelled]) -> None:
    """Both probabilities, and the one made of them."""
    # It silences numpy's warnings for the whole process when it is imported.
    with np.errstate():
        from venn_abers import VennAbers

    score, right, _ = columns(labelled)
    with np.errstate(all="ignore"):
        theirs = VennAbers()
        theirs.fit(np.stack([1 - score, score], axis=1), right.astype(int))
        one, both = theirs.predict_proba(np.stack([1 - ASKED, ASKED], axis=1))
    ours = fit(labelled)
    assert np.array([ours.between(float(asked)) for asked in ASKED]) == pytest.approx(both)
    assert [ours(float(asked)) for asked in ASKED] == pytest.approx(one[:, 1])


@given(
    st.lists(
        st.tuples(st.integers(1, 9), st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=12
    )
)
def test_the_walk_gives_what_adding_an_output_and_fitting_anew_gives(
    drawn: list[tuple[int, int, int]],
) -> None:
    """At every score, for any weights, by brute force."""
    rows = sorted({score: (wrong + 1, right) for score, wrong, right in drawn}.items())
    score = np.array([float(one) for one, _ in rows])
    right = np.array([float(hits) for _, (_, hits) in rows]) / 2.0
    weight = right + np.array([float(wrong) for _, (wrong, _) in rows]) / 2.0
    steps = fit_steps(Outcomes(score, weight, right, count=10, wrong=5))
    for place, asked in enumerate(score):
        alone = np.eye(len(score))[place]
        expected = [
            isotonic_regression((right + added * alone) / (weight + alone), weights=weight + alone)
            for added in (0.0, 1.0)
        ]
        assert steps.bounds(asked) == pytest.approx([it.x[place] for it in expected])

"""P-values and tests of many hypotheses, against MAPIE."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mapie.risk_control.fwer_control import control_fwer
from mapie.risk_control.methods import compute_hoeffding_bentkus_p_value
from scipy.stats import binom

from surestep.budgets.planner.proofs.pvalues import binomial, hoeffding_bentkus, holm, in_sequence

rates = st.floats(0.01, 0.6)
p_values = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=12)


@given(rates, st.integers(1, 2000), st.floats(0.0, 1.0))
def test_the_bound_of_hoeffding_and_bentkus_is_that_of_mapie(
    limit: float, runs: int, share: float
) -> None:
    """For every mean loss that as many runs can have."""
    mean = round(share * runs) / runs
    # A hair less, or a rounding error has theirs count a failure too many.
    below = np.array([mean * (1 - 1e-12)])
    theirs = compute_hoeffding_bentkus_p_value(below, runs, np.array([limit]))

    assert hoeffding_bentkus(mean, runs, limit) == pytest.approx(
        min(1.0, float(theirs[0, 0])), rel=1e-6, abs=1e-300
    )


@given(rates, st.integers(1, 300), st.integers(0, 300))
def test_counted_failures_are_weighed_exactly(limit: float, runs: int, failures: int) -> None:
    """By the binomial distribution, which is never above the bound."""
    failed = min(failures, runs)
    found = binomial(failed, runs, limit)

    assert found == pytest.approx(float(binom.cdf(failed, runs, limit)), abs=1e-12)
    assert found <= hoeffding_bentkus(failed / runs, runs, limit) * (1 + 1e-9) + 1e-12


def test_no_runs_prove_nothing() -> None:
    """Either way."""
    assert (binomial(0, 0, 0.1), hoeffding_bentkus(0.0, 0, 0.1)) == (1.0, 1.0)


@given(p_values, st.sampled_from([0.01, 0.05, 0.1]))
def test_all_at_once_rejects_as_mapie_does(found: list[float], level: float) -> None:
    """By Holm's correction."""
    theirs = control_fwer(np.array(found), level, "bonferroni_holm")

    assert holm(found, level) == theirs.tolist()


@given(p_values, st.sampled_from([0.01, 0.05, 0.1]))
def test_one_after_another_rejects_as_mapie_does(found: list[float], level: float) -> None:
    """By a fixed sequence."""
    theirs = control_fwer(np.array(found), level, "fixed_sequence")

    assert in_sequence(found, level) == theirs.tolist()

"""Verdicts that stand: what was refused once is refused again."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surestep.budgets import Assurance, CheckProfile, StepProfile
from surestep.budgets.algebra import Treated, treated

rates = st.floats(0.05, 0.95)


def retried(*checks: CheckProfile, success: float = 0.8, retries: int = 2) -> Treated:
    """A step judged by these, and redone when refused."""
    step = StepProfile(success=success, checks={str(at): one for at, one in enumerate(checks)})
    return treated(step, Assurance(retries=retries), tick_s=1.0)


@settings(deadline=None)
@given(rates, rates, rates)
def test_one_retry_is_as_the_formula_says(success: float, accept: float, stands: float) -> None:
    """A right output refused is followed by a right one accepted with a(1 - r)."""
    check = CheckProfile(accept_ok=accept, accept_bad=0.0, persistence=stands)
    found = retried(check, success=success, retries=1)
    after_right = success * (1.0 - accept) * success * accept * (1.0 - stands)
    after_wrong = (1.0 - success) * success * accept
    assert found.right == pytest.approx(success * accept + after_right + after_wrong)


@settings(deadline=None)
@given(rates, rates)
def test_a_verdict_that_stands_makes_retries_of_right_outputs_useless(
    accept: float, spread: float
) -> None:
    """Whatever the worker does."""
    check = CheckProfile(accept_ok=accept, accept_bad=0.0, spread=spread, persistence=1.0)
    assert retried(check, success=1.0, retries=5).right == pytest.approx(accept)


@settings(deadline=None)
@given(rates, rates, rates)
def test_silent_errors_are_fewer_where_refusals_of_wrong_outputs_stand(
    success: float, accept_bad: float, stands: float
) -> None:
    """They have to slip through at once."""
    afresh, standing = (
        retried(CheckProfile(accept_ok=1.0, accept_bad=accept_bad, persistence=r), success=success)
        for r in (0.0, stands)
    )
    assert standing.wrong < afresh.wrong


@settings(deadline=None)
@given(rates, st.floats(0.9, 0.999), st.floats(0.9, 0.999))
def test_of_two_verifiers_the_one_that_refused_counts(
    stands: float, one: float, other: float
) -> None:
    """Against the exact chance of both accepting after one did not, to the first order."""
    checks = [
        CheckProfile(accept_ok=accept, accept_bad=0.0, persistence=r)
        for accept, r in ((one, stands), (other, 0.0))
    ]
    found = retried(*checks, success=1.0, retries=1)
    both = one * other
    twice = both * (one + stands * (1.0 - one)) * other
    assert found.right == pytest.approx(both + both - twice, abs=(1.0 - both) ** 2)

"""The algebra against the reference values of the planner's formulas."""

from __future__ import annotations

import re

import pytest

from surestep.budgets import Assurance, PersonProfile
from surestep.budgets.algebra import treated
from tests.budgets.algebra.cases import expected, figures, references, step


def test_m_checkers_that_refuse_from_t_on_are_as_the_references_say() -> None:
    """Reliability, mean and spread of the latency, and cost, for any number of retries."""
    for name, reference in references("check(p=.95,s=.9,f=.05)").items():
        found = re.fullmatch(r"m(\d)t(\d)r(\d)", name)
        assert found is not None
        checks, refusing, retries = map(int, found.groups())
        how = Assurance(quorum=checks - refusing + 1, retries=retries)
        assert figures(treated(step(checks), how, tick_s=1.0)) == expected(reference), name


def test_a_person_who_approves_is_as_the_references_say() -> None:
    """What they reject is redone once, and then fixed."""
    reference = references("human sH=.97 fH=.02 3min r1 fix(.99,10min)")
    person = PersonProfile(minutes=3.0, fix=0.99, accept_ok=0.98, accept_bad=0.03)
    found = treated(step(0), Assurance(human="always"), person=person, tick_s=1.0)
    assert figures(found) == expected(reference)
    # The reference takes ten minutes for a fix, where a profile has one time for any question.
    assert found.human_minutes + 7.0 * 0.0675**2 == pytest.approx(reference["human"])

"""What weighing evidence comes to."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surestep.budgets import Assurance, CheckProfile, StepProfile
from surestep.budgets.algebra import Class, Treated, treated
from surestep.budgets.algebra.walks import walked
from surestep.budgets.tally import Difficulty, Strength, Tally
from surestep.errors import PlanError
from tests.budgets.algebra.oracle import Visit

JUDGE = Strength(accept_ok=0.95, accept_bad=0.1)
ALIKE = (Difficulty(share=1.0, success=0.8),)
HARD = (Difficulty(share=0.1, success=0.4), Difficulty(share=0.9, success=0.9))


def _step(tally: Tally, **known: object) -> StepProfile:
    """A step with the verifiers of a tally, at the rates it takes them to have."""
    checks = {
        name: CheckProfile(
            accept_ok=one.accept_ok,
            accept_bad=one.accept_bad,
            latencies_s=(0.3, 0.7),
            cost_usd=0.5,
            **known,
        )
        for name, one in tally.checks.items()
    }
    mean = math.fsum(one.share * one.success for one in tally.classes)
    return StepProfile(success=mean, latencies_s=(1.0, 2.0), cost_usd=2.0, checks=checks)


def _treated(tally: Tally, step: StepProfile | None = None, **how: str) -> Treated:
    classes = [Class(one.share, one.success) for one in tally.classes]
    assurance = Assurance(tally=tally, **how)
    return treated(step or _step(tally), assurance, tick_s=0.1, classes=classes)


@pytest.mark.parametrize("lead", [1, 2, 3])
@pytest.mark.parametrize("success", [0.7, 0.9])
def test_votes_on_tasks_that_are_alike_go_on_until_one_answer_leads(
    lead: int, success: float
) -> None:
    """Evidence for an answer then is its lead, as in a vote without a cap."""
    odds = success / (1.0 - success)
    classes = (Difficulty(share=1.0, success=success),)
    tally = Tally(risk=1.0 / (1.0 + odds ** (lead - 0.5)), classes=classes, cap=80)
    found = _treated(tally)
    assert found.right == pytest.approx(odds**lead / (1.0 + odds**lead), abs=1e-4)
    assert found.trust == pytest.approx(odds**lead / (1.0 + odds**lead), abs=1e-9)


tallies = st.builds(
    Tally,
    risk=st.floats(0.01, 0.3),
    classes=st.sampled_from([ALIKE, HARD]),
    checks=st.sampled_from([{}, {"judge": JUDGE}]),
    first=st.integers(1, 3),
    cap=st.integers(3, 5),
)


@settings(max_examples=30, deadline=None)
@given(tallies)
def test_what_is_committed_to_is_as_sure_as_was_asked_for(tally: Tally) -> None:
    """Where the step is what the tally takes it to be, hard tasks included."""
    found = _treated(tally)
    assert found.wrong <= tally.risk * (found.right + found.wrong) + 1e-12
    assert found.right + found.wrong + found.stopped == pytest.approx(1.0)


@settings(max_examples=20, deadline=None)
@given(tallies)
def test_a_tally_taken_while_going_on_ends_like_one_that_is_waited_for(tally: Tally) -> None:
    """At the same time, and for the same money."""
    waited, quick = _treated(tally), _treated(tally, mode="speculative")
    for name in ("right", "wrong", "stopped", "worker_calls", "check_calls", "cost_usd"):
        assert getattr(quick, name) == pytest.approx(getattr(waited, name))
    assert quick.settled.mean_s == pytest.approx(waited.advance.mean_s)
    assert quick.advance.mean_s <= waited.advance.mean_s + 1e-9


def test_taking_hard_tasks_for_easy_ones_breaks_the_promise() -> None:
    """The risk is kept by a tally that knows of them, and not by one that does not."""
    naive = Tally(risk=0.02, classes=(Difficulty(share=1.0, success=0.85),), cap=9)
    aware = Tally(risk=0.02, classes=HARD, cap=9)
    classes = [Class(one.share, one.success) for one in HARD]
    trust = [
        treated(_step(aware), Assurance(tally=tally), tick_s=0.1, classes=classes).trust
        for tally in (naive, aware)
    ]
    assert trust[0] < 0.98 <= trust[1]


def test_a_blind_spot_shared_by_verifiers_is_seen() -> None:
    """Two verdicts of one family then are less worth than they seem."""
    checks = {"one": JUDGE, "two": JUDGE}
    tally = Tally(risk=0.01, classes=ALIKE, checks=checks, cap=3)
    apart, shared = (
        _treated(tally, _step(tally, family="a", blind=blind)).trust for blind in (0.0, 0.09)
    )
    assert shared < apart - 0.01


def test_a_tally_while_going_on_is_close_to_visits_played_out() -> None:
    """What follows starts at most a twentieth later than in fact: rounds of checks are whole."""
    tally = Tally(risk=0.03, classes=HARD, checks={"judge": JUDGE}, first=2, cap=6)
    step = _step(tally)
    how = Assurance(tally=tally, mode="speculative")
    found = treated(step, how, tick_s=0.1)
    random = np.random.default_rng(3)
    runs = [Visit(step, found.assurance, None, random).played() for _ in range(4000)]
    mean_s = float(np.mean([run.advance for run in runs]))
    assert mean_s * 0.97 <= found.advance.mean_s <= mean_s * 1.05
    settled_s = [run.advance + run.confirm for run in runs]
    error = 4.0 * float(np.std(settled_s)) / 4000**0.5
    assert found.settled.mean_s == pytest.approx(float(np.mean(settled_s)), abs=error)


def test_every_order_of_samples_is_counted_once() -> None:
    """With nothing but samples, and a cap no commitment is made before, there are 2^cap."""
    tally = Tally(risk=1e-9, classes=ALIKE, first=1, cap=6)
    assert sum(one.orders for one, _ in walked(tally)) == 2.0**6


def test_a_tally_of_an_unknown_verifier_is_refused() -> None:
    """The error names it."""
    tally = Tally(risk=0.1, classes=ALIKE, checks={"nobody": JUDGE})
    with pytest.raises(PlanError, match="verifier 'nobody' is unknown"):
        treated(StepProfile(success=0.8), Assurance(tally=tally), tick_s=0.1)

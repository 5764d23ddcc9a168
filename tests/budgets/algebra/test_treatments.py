"""What an assurance means for a step, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surestep.budgets import Assurance, CheckProfile, PersonProfile, StepProfile
from surestep.budgets.algebra import treated
from surestep.budgets.algebra.explicit import explicit
from surestep.errors import PlanError
from surestep.values import Effect

CHECK = CheckProfile(accept_ok=0.9, accept_bad=0.2, latencies_s=(0.5, 1.0), cost_usd=0.01)
STEP = StepProfile(
    success=0.8,
    latencies_s=(1.0, 2.0, 4.0),
    cost_usd=0.1,
    checks={"judge": CHECK, "rule": CHECK},
    vote="agree",
)
PERSON = PersonProfile(minutes=3.0, fix=0.9, wait_s=600.0)

rates = st.floats(0.0, 1.0)
steps = st.builds(
    StepProfile,
    success=rates,
    latencies_s=st.lists(st.floats(0.0, 5.0), max_size=4).map(tuple),
    spread=rates,
    retry_success=st.none() | rates,
    alike=rates,
    latency_wrong=st.floats(0.2, 5.0),
    checks=st.dictionaries(
        st.sampled_from("abc"),
        st.builds(
            CheckProfile,
            accept_ok=rates,
            accept_bad=st.floats(0.5, 1.0),
            latency_s=st.floats(0.0, 3.0),
            blind=st.floats(0.0, 0.5),
            family=st.sampled_from(["", "f"]),
            spread=rates,
        ),
        max_size=3,
    ),
)
assurances = st.builds(
    Assurance,
    mode=st.sampled_from(["off", "serial", "speculative"]),
    retries=st.integers(0, 4),
    human=st.sampled_from(["never", "on_failure", "always"]),
    hedge_after_s=st.none() | st.floats(0.5, 3.0),
) | st.builds(
    Assurance,
    mode=st.sampled_from(["serial", "speculative"]),
    retries=st.integers(0, 1),
    vote=st.just(True) | st.just({"ahead_by": 2, "first": 1, "wave": 3, "cap": 6}),
    human=st.sampled_from(["never", "on_failure", "always"]),
)
several = st.builds(
    Assurance,
    mode=st.sampled_from(["serial", "speculative"]),
    samples=st.integers(1, 4),
    retries=st.integers(0, 2),
)


@settings(deadline=None)
@given(steps, assurances | several)
def test_the_ends_of_any_treatment_of_any_step_add_up(step: StepProfile, how: Assurance) -> None:
    """Nothing is lost, no probability leaves its range, and the laws agree with each other."""
    found = treated(step, how, person=PERSON, tick_s=0.1)
    assert found.right + found.wrong + found.stopped == pytest.approx(1.0, abs=1e-9)
    for share in (found.right, found.wrong, found.stopped, found.asked):
        assert -1e-9 <= share <= 1.0 + 1e-9
    assert sum(one.share for one in found.branches) == pytest.approx(1.0, abs=1e-9)
    both = found.advance.mean_s + found.confirm.mean_s
    assert found.settled.mean_s == pytest.approx(both, abs=1e-6)


@settings(deadline=None)
@given(steps, assurances | several)
def test_speculation_changes_no_end_and_no_call(step: StepProfile, how: Assurance) -> None:
    """Only when what follows can start, but for spares, which are all judged."""
    quick = treated(step, replace(how, mode="speculative"), person=PERSON, tick_s=0.1)
    serial = treated(step, replace(how, mode="serial"), person=PERSON, tick_s=0.1)
    for name in ("right", "wrong", "stopped", "asked", "worker_calls", "human_minutes"):
        assert getattr(quick, name) == pytest.approx(getattr(serial, name), abs=1e-9)
    if how.samples in {None, 1}:
        assert quick.settled.mean_s == pytest.approx(serial.settled.mean_s, abs=1e-6)
    assert serial.rejected == serial.confirm.mean_s == 0.0


def test_an_assurance_that_says_nothing_takes_every_verifier_and_two_retries() -> None:
    """Neither samples, nor votes, nor people."""
    found = explicit(STEP, Assurance())
    assert found == Assurance(
        verifiers=("judge", "rule"), retries=2, samples=1, vote=False, quorum=2, human="never"
    )


def test_a_vote_stands_among_the_verifiers_by_its_name_and_does_not_judge() -> None:
    """As the engine reads a plan; its open numbers are filled in."""
    found = explicit(STEP, Assurance(vote={"ahead_by": 2}, verifiers=("agree", "rule")))
    assert found.verifiers == ("rule", "agree")
    assert found.vote == {"ahead_by": 2, "first": 3, "wave": 2, "cap": 9}
    assert found.quorum == 1
    assert explicit(STEP, found) == found


def test_off_leaves_nothing_but_the_worker() -> None:
    """Whatever else is said of checks."""
    found = explicit(STEP, Assurance(mode="off", vote=True, retries=3))
    assert (found.verifiers, found.vote, found.retries) == ((), False, 0)


@pytest.mark.parametrize(
    ("step", "how"),
    [
        (replace(STEP, effect=Effect.IRREVERSIBLE), Assurance(mode="speculative")),
        (STEP, Assurance(mode="speculative", human="always")),
        (STEP, Assurance(mode="speculative", speculate=False)),
        (STEP, Assurance(mode="speculative", verifiers=())),
    ],
)
def test_a_speculative_mode_the_run_waits_for_all_the_same_is_serial(
    step: StepProfile, how: Assurance
) -> None:
    """An effect, a person for every output, a wish, or nothing to wait for."""
    assert explicit(step, how).mode == "serial"


def test_what_was_made_explicit_stays_as_it_is() -> None:
    """Once more changes nothing."""
    for how in (Assurance(), Assurance(samples=3, mode="speculative"), Assurance(vote=True)):
        once = explicit(STEP, how)
        assert explicit(STEP, once) == once


def test_money_and_minutes_are_those_of_the_calls_and_questions() -> None:
    """A worker call costs a dime, a panel of two two cents, a question three minutes."""
    found = treated(STEP, Assurance(human="on_failure", retries=1), person=PERSON, tick_s=0.5)
    accept = 0.8 * 0.81 + 0.2 * 0.04
    attempts = 2.0 - accept
    assert found.worker_calls == pytest.approx(attempts)
    assert found.check_calls == pytest.approx(2.0 * attempts)
    assert found.cost_usd == pytest.approx(0.12 * attempts)
    assert found.asked == pytest.approx((1.0 - accept) ** 2)
    assert found.human_minutes == pytest.approx(3.0 * found.asked)
    assert found.person_wait_s == pytest.approx(600.0 * found.asked)


def test_a_hedged_call_is_quicker_and_costs_its_second_call() -> None:
    """Made where the first takes more than two seconds, here in a third of all cases."""
    found = treated(STEP, Assurance(verifiers=(), hedge_after_s=2.0), tick_s=0.5)
    assert found.worker_calls == pytest.approx(4.0 / 3.0)
    # One third of the late ones is caught up with after three seconds; the others take four.
    assert found.advance.mean_s == pytest.approx((1.0 + 2.0 + (3.0 + 4.0 + 4.0) / 3.0) / 3.0)


def test_a_person_of_the_step_is_asked_before_one_of_the_profile() -> None:
    """Who is known best."""
    own = replace(STEP, person=PersonProfile(minutes=7.0, accept_bad=1.0))
    found = treated(own, Assurance(human="always", verifiers=()), person=PERSON, tick_s=0.5)
    assert found.human_minutes == pytest.approx(7.0)


def test_mistakes_that_take_longer_leave_the_mean_of_a_call_as_it_is() -> None:
    """They only move it from right outputs to wrong ones."""
    slow = treated(replace(STEP, latency_wrong=3.0), Assurance(mode="off"), tick_s=0.01)
    assert slow.advance.mean_s == pytest.approx(7.0 / 3.0, abs=1e-9)


@pytest.mark.parametrize(
    ("how", "named"),
    [
        (Assurance(verifiers=("jugde",)), "verifier 'jugde' is unknown"),
        (Assurance(human="always"), "human is 'always'"),
        (Assurance(vote={"first": 12}), "vote cap is 9"),
    ],
)
def test_what_a_step_cannot_do_is_refused(how: Assurance, named: str) -> None:
    """The error names the value."""
    with pytest.raises(PlanError, match=named):
        treated(STEP, how, tick_s=0.5)

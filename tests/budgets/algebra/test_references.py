"""The algebra against the reference values of the planner's formulas."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest

from surestep.budgets import Assurance, CheckProfile, PersonProfile, StepProfile
from surestep.budgets.algebra import Law, treated
from surestep.budgets.algebra.attempt import Source
from surestep.budgets.algebra.checks import Panel
from surestep.budgets.algebra.law import room
from surestep.budgets.algebra.retries import course
from surestep.budgets.algebra.single import single
from tests.budgets.algebra.cases import expected, figures, references, step

ONE = Law.point(1.0, tick_s=1.0)


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


def _one_check(success: object, accept_bad: object = 0.1) -> Source:
    """One check whose rates may differ by row and class."""
    return Source(
        success=np.atleast_2d(success),
        alike=1.0,
        worker=ONE,
        right=ONE,
        wrong=ONE,
        calls=1.0,
        panel=Panel(accept_ok=0.95, accept_bad=accept_bad, law=ONE, cost_usd=1.0, size=1),
        speculative=False,
    )


def _ends(source: Source, shares: list[float], tries: int) -> dict[str, float]:
    size = room(2 * tries, 2)
    start = np.zeros((*source.success.shape, size // 2 + 1), dtype=np.complex128)
    start[0] = np.array(shares)[:, None]
    found = course(single(source), start, tries=tries, size=size)
    good, bad = found.right, found.wrong
    return {"good": good, "bad": bad, "esc": 1.0 - good - bad, "ppv": good / (good + bad)}


def _expected_ends(reference: dict[str, float]) -> object:
    return pytest.approx(
        {name: reference[name] for name in ("good", "bad", "esc", "ppv")}, abs=1e-9
    )


def test_a_hard_class_with_a_weaker_check_is_as_the_references_say() -> None:
    """Two kinds of tasks, with rates of their own."""
    section = "latent(hard .05,p_h .5,s_h .85; easy p .973684 s .95), check m1"
    easy = (0.95 - 0.05 * 0.5) / 0.95
    caught = (0.05 * 0.9 - 0.05 * 0.5 * 0.85) / (0.05 - 0.05 * 0.5)
    source = _one_check([0.5, easy], np.array([0.15, 1.0 - caught]))
    for name, reference in references(section).items():
        found = _ends(source, [0.05, 0.95], int(name[1:]) + 1)
        assert found == _expected_ends(reference), name


def test_what_is_accepted_after_more_retries_is_worse_where_tasks_differ() -> None:
    """Refused outputs are those of hard tasks; with one kind of task it makes no difference."""
    mixed = StepProfile(success=0.9, spread=0.3, checks=step(1).checks)
    alike = StepProfile(success=0.9, checks=step(1).checks)
    trust = [
        [treated(one, Assurance(retries=r), tick_s=1.0).trust for r in range(6)]
        for one in (mixed, alike)
    ]
    assert all(more < fewer for fewer, more in pairwise(trust[0]))
    assert trust[1] == pytest.approx([trust[1][0]] * 6, abs=1e-12)


def test_a_worker_that_repeats_itself_is_as_the_references_say() -> None:
    """Three rows: a first attempt, one after a right, and one after a wrong output."""
    for name, reference in references("sticky rho r=2").items():
        again = float(name)
        rows = [[0.95], [0.95 + again * 0.05], [0.95 * (1.0 - again)]]
        assert _ends(_one_check(rows), [1.0], 3) == _expected_ends(reference), name


@pytest.mark.parametrize(
    ("success", "good", "trust"), [(0.6, 0.975788, 0.989712), (0.98, 0.994387, 0.994800)]
)
def test_other_retries_than_first_attempts_are_as_the_references_say(
    success: float, good: float, trust: float
) -> None:
    """Feedback that helps or confuses, whatever was refused."""
    found = _ends(_one_check([[0.95], [success], [success]]), [1.0], 3)
    assert (found["good"], found["ppv"]) == pytest.approx((good, trust), abs=1e-6)


def test_red_flags_as_a_rule_beside_the_check_are_as_the_references_say() -> None:
    """A rule refuses malformed outputs and those where the worker abstained."""
    flags = CheckProfile(accept_ok=0.99 * 0.98, accept_bad=0.99 * 0.6)
    reference = references("redflag flag_g=.02 flag_b=.4 abstain=.01 check m1 r2")
    found = figures(
        treated(step(1, checks={**step(1).checks, "flags": flags}), Assurance(), tick_s=1.0)
    )
    assert {name: found[name] for name in ("good", "bad", "esc", "ppv")} == _expected_ends(
        reference
    )


def test_correlated_checks_are_as_the_references_say() -> None:
    """A family with a correlation between its verdicts, two retries."""
    for name, reference in references("check_beta_binomial rho, r=2").items():
        found = re.fullmatch(r"m(\d)t(\d) rho(.*)", name)
        assert found is not None
        size, refusing, spread = int(found[1]), int(found[2]), float(found[3])
        check = CheckProfile(
            accept_ok=0.95, accept_bad=0.1, latency_s=1.0, cost_usd=1.0, family="a", spread=spread
        )
        family = step(0, checks={str(i): check for i in range(size)})
        how = Assurance(quorum=size - refusing + 1)
        assert figures(treated(family, how, tick_s=1.0)) == expected(reference), name


def test_votes_in_waves_are_as_the_references_say() -> None:
    """Without a cap to speak of."""
    for name, reference in references("vote batched (k,b0,b)").items():
        lead, first, wave = map(int, name.split(","))
        vote = {"ahead_by": lead, "first": first, "wave": wave, "cap": first + 20 * wave}
        found = treated(step(0), Assurance(vote=vote), tick_s=1.0)
        assert figures(found) == expected(reference), name


def test_a_capped_vote_is_as_the_references_say() -> None:
    """Nine samples at most, the default."""
    found = treated(step(0), Assurance(vote=True), tick_s=1.0)
    assert figures(found) == expected(references("vote capped k3 b0=3 b=2 cap=9"))


def test_votes_one_by_one_are_as_the_references_say() -> None:
    """The success and the mean number of samples, and their distribution."""
    for name, reference in references("vote serial p=.95").items():
        vote = {"ahead_by": int(name[1:]), "first": 1, "wave": 1, "cap": 60}
        found = treated(step(0), Assurance(vote=vote), tick_s=1.0)
        assert (found.right, found.worker_calls) == pytest.approx(
            (reference["P"], reference["EN"]), abs=1e-7
        )
        if name == "k3":
            chances = references("vote k=3 P(N=n)")
            samples = {n: found.advance.pmf[int(n)] for n in chances}
            assert samples == pytest.approx(chances, abs=1e-9)


def test_votes_that_run_on_with_the_leader_are_as_the_references_say() -> None:
    """How much later the winner is the leader, and how much later that is certain."""
    for name, reference in references("spec vote law (P,E[D],E[C],E[N])").items():
        lead, first, wave = map(int, re.findall(r"(?:k|b0=|b=)(\d+)", name))
        vote = {"ahead_by": lead, "first": first, "wave": wave, "cap": first + 12 * wave}
        found = treated(step(0), Assurance(mode="speculative", vote=vote), tick_s=1.0)
        delay, lag = found.advance.mean_s - 1.0, found.confirm.mean_s
        assert [found.right, delay, lag, found.worker_calls] == pytest.approx(reference, abs=1e-6)

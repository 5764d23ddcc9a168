"""What samples and verdicts say of each answer, and what is asked for next."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surestep.budgets.evidence import (
    NONE,
    Commit,
    Evidence,
    Wanted,
    leader,
    next_step,
    posterior,
    settled,
)
from surestep.budgets.tally import Difficulty, Strength, Tally
from surestep.errors import PlanError

REFS = Path(__file__).parents[3] / "shared" / "planner_refs.json"
ALIKE = (Difficulty(share=1.0, success=0.95),)
MIXED = (Difficulty(share=0.95, success=0.973684210526), Difficulty(share=0.05, success=0.5))
CHECKS = {f"c{place}": Strength(accept_ok=0.95, accept_bad=0.1) for place in range(3)}


def votes(**counts: int) -> Evidence:
    """Samples, and nothing else."""
    return Evidence(votes=counts)


@pytest.fixture(scope="module")
def refs() -> dict[str, list[float]]:
    """P(right) of n samples that agree, with tasks alike and with some hard ones."""
    if not REFS.exists():
        pytest.skip("the reference values are not here")
    found: dict[str, list[float]] = json.loads(REFS.read_text())[
        "vote posterior n agreeing: iid / latent(5% hard p=.5)"
    ]
    return found


@pytest.mark.parametrize("number", range(1, 7))
@pytest.mark.parametrize(("place", "classes"), [(0, ALIKE), (1, MIXED)])
def test_samples_that_agree_are_worth_what_the_reference_says(
    number: int, place: int, classes: tuple[Difficulty, ...], refs: dict[str, list[float]]
) -> None:
    """Hard tasks make agreement worth less."""
    known = posterior(votes(a=number), Tally(risk=0.01, classes=classes))
    assert known["a"] == pytest.approx(refs[str(number)][place], abs=1e-6)


def test_posteriors_are_bayes_by_brute_force() -> None:
    """Simulated: of the runs in which two answers got 2 and 1 votes, how often either is right."""
    chance = random.Random(5)
    right = wrong = 0
    for _ in range(400_000):
        rate = 0.5 if chance.random() < 0.05 else 0.973684210526
        agree = sum(chance.random() < rate for _ in range(3))
        right, wrong = right + (agree == 2), wrong + (agree == 1)
    known = posterior(votes(a=2, b=1), Tally(risk=0.01, classes=MIXED))

    share = right / (right + wrong)
    error = 4 * math.sqrt(share * (1 - share) / (right + wrong))
    assert known["a"] / (known["a"] + known["b"]) == pytest.approx(share, abs=error)


@given(
    st.dictionaries(st.sampled_from("abc"), st.integers(1, 4), min_size=1),
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["pass", "fail", "inconclusive"]))),
)
def test_probabilities_add_up_to_one(
    counts: dict[str, int], verdicts: list[tuple[str, str]]
) -> None:
    """Whatever came in; that no answer is right is one of the possibilities."""
    evidence = votes(**counts)
    for answer, status in verdicts:
        evidence = evidence.judged(answer, "c0", status)
    known = posterior(evidence, Tally(risk=0.01, classes=MIXED, checks=CHECKS))
    assert NONE in known
    assert math.fsum(known.values()) == pytest.approx(1.0)


@given(st.integers(1, 6), st.integers(0, 6))
def test_votes_alone_on_tasks_alike_are_ahead_by_k(agree: int, others: int) -> None:
    """Only the lead counts: k votes ahead are worth ((1 - p) / p)^k, whatever the total."""
    known = posterior(
        votes(a=agree, b=others) if others else votes(a=agree), Tally(risk=0.01, classes=ALIKE)
    )
    odds = known["a"] / known.get("b", known[NONE])
    assert odds == pytest.approx((0.95 / 0.05) ** (agree - others))


def test_verdicts_are_worth_their_log_odds() -> None:
    """Two samples and one accepting check pass 5e-4; one sample and two checks just do not."""
    tally = Tally(risk=5.024e-4, classes=ALIKE, checks=CHECKS)
    near = {name: Strength(accept_ok=0.95, accept_bad=0.1) for name in CHECKS}
    assert settled(votes(a=2).judged("a", "c0", "pass"), tally, "a")
    assert not settled(votes(a=1).judged("a", "c0", "pass").judged("a", "c1", "pass"), tally, "a")
    assert tally.checks == near


def test_a_leader_stays_until_another_is_likelier() -> None:
    """A tie is no reason to throw work away."""
    tally = Tally(risk=0.01, classes=ALIKE)
    assert leader(votes(a=1, b=1), tally, "b") == "b"
    assert leader(votes(a=2, b=1), tally, "b") == "a"


def test_a_draw_begins_with_its_first_samples() -> None:
    """As many as the tally says."""
    assert next_step(Evidence(), Tally(risk=0.01, classes=ALIKE, first=3)) == Wanted(3)


def test_checks_are_asked_for_as_far_as_they_are_needed() -> None:
    """Two would do if both accept, so the third is left out."""
    tally = Tally(risk=1e-3, classes=ALIKE, checks=CHECKS)
    assert next_step(votes(a=1), tally) == Wanted(checks=(("a", "c0"), ("a", "c1")))


def test_samples_are_drawn_once_no_check_is_left() -> None:
    """As many as would settle it if all agree."""
    assert next_step(votes(a=1), Tally(risk=1e-3, classes=ALIKE)) == Wanted(2)


def test_a_doubtful_leader_is_judged_beside_the_second() -> None:
    """And a further sample is drawn."""
    tally = Tally(risk=1e-3, classes=ALIKE, checks=CHECKS)
    wanted = next_step(votes(a=1, b=1), tally)
    assert wanted == Wanted(1, (("a", "c0"), ("b", "c0")))


def test_enough_evidence_commits() -> None:
    """Three votes on tasks that are alike are worth more than 1 in 1000."""
    assert next_step(votes(a=3), Tally(risk=1e-3, classes=ALIKE)) == Commit("a")


def test_a_step_gives_up_when_nothing_more_is_to_be_had() -> None:
    """All samples drawn, all checks asked."""
    assert next_step(votes(a=2, b=2), Tally(risk=1e-3, classes=ALIKE, cap=4)) is None


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"risk": 0.0, "classes": [{"share": 1.0, "success": 0.9}]}, "risk is 0.0"),
        ({"risk": 0.1, "classes": [{"share": 0.5, "success": 0.9}]}, "add up to 0.5"),
        ({"risk": 0.1, "classes": [{"share": 1.0, "success": 1.0}]}, "success is 1.0"),
        ({"risk": 0.1, "classes": 3}, "classes is 3"),
        ({"risk": 0.1, "classes": [], "first": 3, "cap": 2}, "cap is 2"),
    ],
)
def test_a_tally_that_cannot_be_weighed_is_refused(values: dict[str, object], said: str) -> None:
    """Naming what is wrong with it."""
    with pytest.raises(PlanError, match=said):
        Tally.of_dict(values)

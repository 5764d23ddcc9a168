"""Judge roles: verdicts at rates that depend on the truth."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surestep.rehearsal import Confidence
from surestep.rehearsal.judge import same, verdict_confidence
from tests.rehearsal.helpers import classifier, engine, judge, said


def verdicts(world, candidate, count):
    """The verdicts on a candidate for so many tasks."""
    prompts = (f"Judge T{task}: {candidate}" for task in range(count))
    return [json.loads(said(world, prompt))["verdict"] for prompt in prompts]


@pytest.mark.parametrize(("candidate", "rate"), [("refund", 0.9), ("spam", 0.2)])
def test_a_judge_accepts_at_the_rate_of_the_truth(candidate, rate):
    """Right candidates pass at accept_ok, wrong ones at accept_bad."""
    world = engine(classifier(), judge(accept_ok=0.9, accept_bad=0.2, correlation=0.2))

    said_pass = verdicts(world, candidate, 2000).count("pass")
    assert said_pass / 2000 == pytest.approx(rate, abs=0.03)


def test_lookups_tell_the_verdicts_that_were_right():
    """A perfect judge of a wrong candidate is right in rejecting it."""
    world = engine(classifier(), judge())
    verdicts(world, "spam", 1)

    (lookup,) = world.requests.lookups
    assert (lookup.right, lookup.candidate_right) == (True, False)


def test_verdicts_may_be_written_otherwise():
    """The two answers of a judge are the scenario's to choose."""
    world = engine(classifier(), judge(accept="YES", reject="NO"))

    assert said(world, "Judge T1: refund") == "YES"
    assert said(world, "Judge T1: spam") == "NO"


def test_a_judge_in_code_may_compare_by_itself():
    """A function of truth and candidate decides what counts as right."""
    world = engine(classifier(), judge(right=lambda truth, text: truth in text, accept="YES"))

    assert said(world, "Judge T1: surely a refund!") == "YES"


@pytest.mark.parametrize(
    ("truth", "candidate", "field"),
    [
        ("refund", " Refund ", ""),
        ("refund", '"refund"', ""),
        ("refund", '{"category": "refund"}', ""),
        ("refund", '{"category": "refund", "why": "late"}', "category"),
        ({"category": "refund"}, '{"category": "refund", "why": "late"}', "category"),
        ({"amount": 12.5}, '{"amount": "12.50", "order": "A1"}', ""),
        (["a", 1], '["a", 1.0]', ""),
        (True, "true", ""),
        (42, "42.0", ""),
    ],
)
def test_what_says_the_same_is_the_same(truth, candidate, field):
    """Form, case, spacing and further keys make no answer wrong."""
    assert same(truth, candidate, field=field)


@pytest.mark.parametrize(
    ("truth", "candidate", "field"),
    [
        ("refund", "no refund", ""),
        ("refund", '{"category": "spam", "why": "refund"}', "category"),
        ("refund", '{"category": "refund", "why": "late"}', ""),
        ({"amount": 12.5, "order": "A1"}, '{"amount": 12.5}', ""),
        ({"amount": 12.5}, "12.5", ""),
        (["a", 1], '["a"]', ""),
        (None, "0", ""),
    ],
)
def test_what_says_something_else_is_not_the_same(truth, candidate, field):
    """A wrong, missing or differently structured part makes an answer wrong."""
    assert not same(truth, candidate, field=field)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.booleans())
def test_a_verdict_confidence_is_a_probability(ok, bad, rate, accepts):
    """Bayes holds for impossible verdicts too."""
    role = judge(accept_ok=ok, accept_bad=bad)

    assert 0.0 <= verdict_confidence(role, accepts=accepts, error_rate=rate) <= 1.0


def test_a_verdict_confidence_follows_bayes():
    """Of 80 right and 20 wrong, .9 and .1 are accepted: 72 of 74 accepted are right."""
    role = judge(accept_ok=0.9, accept_bad=0.1)

    assert verdict_confidence(role, accepts=True, error_rate=0.2) == pytest.approx(72 / 74)
    assert verdict_confidence(role, accepts=False, error_rate=0.2) == pytest.approx(18 / 26)


def test_a_judge_scores_the_candidate_and_not_itself():
    """A rejection's number is the small probability that the candidate is right."""
    role = judge(accept_ok=0.9, accept_bad=0.0, confidence=Confidence(field="score"))
    world = engine(classifier(error_rate=0.2), role)

    ruling = json.loads(said(world, "Judge T1: spam"))
    assert ruling["verdict"] == "fail"
    assert ruling["score"] == pytest.approx(0.08 / 0.28, abs=1e-4)

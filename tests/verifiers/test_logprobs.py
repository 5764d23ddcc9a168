"""Confidence from token log-probabilities."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surestep.verifiers.logprobs import pass_probability


def token(text, **alternatives):
    """A token whose alternatives have these probabilities."""
    listed = [{"token": name, "logprob": math.log(p)} for name, p in alternatives.items()]
    return {"token": text, "logprob": 0.0, "top_logprobs": listed}


def reply(verdict, before=('{"', "verdict", '":', ' "')):
    """The tokens of a JSON reply with this verdict token."""
    return [*map(token, before), verdict, token('"}')]


@given(st.floats(0.001, 0.999))
def test_it_weighs_pass_against_fail(p):
    """Other tokens do not count."""
    tokens = reply(token("pass", **{"pass": 0.9 * p, "fail": 0.9 * (1 - p), "maybe": 0.1}))

    assert pass_probability(tokens) == pytest.approx(p)


def test_a_failing_verdict_has_its_probability_too():
    """It is P(pass), whatever was said."""
    tokens = reply(token("fail", **{"pass": 0.2, "fail": 0.8}))

    assert pass_probability(tokens) == pytest.approx(0.2)


def test_spellings_of_one_verdict_add_up():
    """Case, quotes and beginnings of the word are the same answer."""
    tokens = reply(token("pass", **{"pass": 0.4, "Pass": 0.2, ' "pa': 0.1, "fail": 0.3}))

    assert pass_probability(tokens) == pytest.approx(0.7)


def test_a_token_may_include_what_stands_before():
    """Tokenizers differ in where they cut."""
    tokens = reply(token(': "pass', **{': "pass': 0.6, ': "fail': 0.4}), before=('{"verdict"',))

    assert pass_probability(tokens) == pytest.approx(0.6)


def test_an_unlisted_verdict_gets_the_most_it_can_have():
    """Certainty is never claimed: here at most the 0.01 that is not listed."""
    tokens = reply(token("pass", **{"pass": 0.95, "yes": 0.04}))

    assert pass_probability(tokens) == pytest.approx(0.95 / 0.96)


def test_a_word_before_the_verdict_is_not_the_verdict():
    """Feedback that says "pass" does not count."""
    tokens = [
        token('{"feedback": "'),
        token("pass", **{"pass": 1.0}),
        token('", "verdict": "'),
        token("fail", **{"fail": 0.9, "pass": 0.1}),
    ]

    assert pass_probability(tokens) == pytest.approx(0.1)


@pytest.mark.parametrize(
    "tokens", [[], [token("It "), token("is fine")], reply(token("maybe", maybe=0.9, so=0.1))]
)
def test_without_a_verdict_there_is_no_confidence(tokens):
    """Nothing is made up."""
    assert pass_probability(tokens) is None

"""Rules: predicates as verifiers."""

import pytest

from surestep.errors import GraphError
from surestep.testing import run
from surestep.values import Verdict
from surestep.verifiers import Rule, judge_output


def judged(rule, state=10, update=5):
    """The verdict of a rule."""
    return run(judge_output(rule, state, update))


def test_a_predicate_of_two_sees_state_and_update():
    """The state comes first."""
    assert judged(Rule(lambda state, update: (state, update) == (10, 5))).passed


def test_a_predicate_of_one_sees_the_update():
    """The state is left out."""
    assert judged(Rule(lambda update: update == 5)).passed


def test_arguments_with_defaults_are_the_predicates_own():
    """A default is not overwritten by the update."""
    assert judged(Rule(lambda update, limit=6: update < limit)).passed


def test_a_bound_method_does_not_count_self():
    """Methods work like functions."""

    class Policy:
        def allows(self, update):
            return update == 5

    rule = Rule(Policy().allows)

    assert (rule.name, judged(rule).passed) == ("allows", True)


def test_a_predicate_may_be_async():
    """It is awaited."""

    async def policy(update):
        return update > 5

    assert judged(Rule(policy)).status == "fail"


def test_a_reason_is_a_fail_with_feedback():
    """A string says what is wrong."""
    verdict = judged(Rule(lambda update: "too small", name="size"))

    assert (verdict.status, verdict.feedback, verdict.verifier) == ("fail", "too small", "size")


def test_false_takes_the_rules_feedback():
    """The worker is told what the rule wants."""
    assert judged(Rule(lambda update: False, feedback="be bigger")).feedback == "be bigger"


def test_a_verdict_passes_through():
    """A predicate may say all it knows."""
    assert judged(Rule(lambda update: Verdict("fail", score=0.2))).score == 0.2


@pytest.mark.parametrize("answer", [None, "", 0, []])
def test_what_is_no_judgement_is_inconclusive(answer):
    """Nothing is guessed from truth values."""
    verdict = judged(Rule(lambda update: answer, name="odd"))

    assert (verdict.status, verdict.evidence["error"]) == ("inconclusive", "TypeError")


def test_a_lambda_is_called_rule():
    """There is no better name for it."""
    assert Rule(lambda update: True).name == "rule"


@pytest.mark.parametrize(
    "predicate", [lambda: True, lambda a, b, c: True, lambda update, *, limit: True, "no", None]
)
def test_a_predicate_of_another_shape_is_refused(predicate):
    """Before anything runs, and by name."""
    with pytest.raises(GraphError, match="Rule 'shape'"):
        Rule(predicate, name="shape")

"""What counts as a verifier, and what becomes of its answer."""

import asyncio
import functools

import pytest

from surestep.errors import BudgetExceeded, GraphError, OutputUncapped, PriceUnknown
from surestep.testing import ScriptedVerifier, run
from surestep.values import Verdict
from surestep.verifiers import Verifier, as_verifier, judge_output, verifier


async def is_small(state, update):
    """Whether the update is below the state."""
    return update < state


def judged(obj, state=10, update=5, **options):
    """The verdict of anything that can be a verifier."""
    return run(judge_output(as_verifier(obj), state, update, **options))


def test_an_async_function_becomes_a_verifier():
    """It is named after the function."""
    made = as_verifier(is_small)

    assert isinstance(made, Verifier)
    assert made.name == "is_small"
    assert judged(is_small).status == "pass"


def test_a_sync_function_becomes_a_verifier():
    """It need not be async."""

    def is_big(state, update):
        return update > state

    assert judged(is_big).status == "fail"


def test_a_partial_is_named_after_its_function():
    """Binding an argument keeps the name."""

    def within(factor, state, update):
        return update < factor * state

    made = as_verifier(functools.partial(within, 2))

    assert (made.name, judged(made, 10, 15).status) == ("within", "pass")


def test_a_verifier_stays_what_it_is():
    """Nothing is wrapped twice."""
    double = ScriptedVerifier([True])

    assert as_verifier(double) is double


def test_an_object_with_check_is_named_after_its_class():
    """A class of one's own needs no name."""

    class Limit:
        def check(self, state, update):
            return update < state

    made = as_verifier(Limit())

    assert (made.name, judged(made).status) == ("Limit", "pass")


def test_the_decorator_names_and_limits():
    """A decorated function carries its own options."""

    @verifier(name="policy", timeout_s=2)
    async def check(state, update):
        return True

    assert (check.name, check.timeout_s) == ("policy", 2)


@pytest.mark.parametrize("bad", [3, None, ScriptedVerifier, Verdict("pass")])
def test_what_cannot_verify_is_refused(bad):
    """Values that cannot be called, and classes, are errors that name them."""
    with pytest.raises(GraphError, match="Verifier"):
        as_verifier(bad)


@pytest.mark.parametrize("name", ["", "  ", 3])
def test_a_name_that_is_none_is_refused(name):
    """Plans refer to verifiers by name."""
    with pytest.raises(GraphError, match="name"):
        as_verifier(ScriptedVerifier([], name=name))


@pytest.mark.parametrize("timeout_s", [0, -1, float("nan"), float("inf"), "3"])
def test_an_impossible_timeout_is_refused(timeout_s):
    """A time-out is a positive, finite number."""
    with pytest.raises(GraphError, match="timeout_s"):
        verifier(timeout_s=timeout_s)(is_small)


@pytest.mark.parametrize(("answer", "status"), [(True, "pass"), (False, "fail")])
def test_a_bool_becomes_a_verdict(answer, status):
    """`True` passes and `False` fails."""
    assert judged(ScriptedVerifier([answer])).status == status


def test_a_verdict_gets_its_verifier_and_latency():
    """Whatever else it says is kept."""
    slow = ScriptedVerifier([Verdict("fail", feedback="no")], name="slow", latency_s=1.5)

    assert judged(slow) == Verdict("fail", feedback="no", verifier="slow", latency_s=1.5)


def test_a_verifier_that_breaks_is_inconclusive():
    """An exception is not a fail; the verdict says what happened."""
    verdict = judged(ScriptedVerifier([ZeroDivisionError("by zero")]))

    assert verdict.status == "inconclusive"
    assert verdict.evidence["error"] == "ZeroDivisionError"
    assert "by zero" in verdict.feedback


@pytest.mark.parametrize("answer", [None, 1, "yes", {"status": "pass"}])
def test_a_wrong_answer_is_inconclusive(answer):
    """Only bools and verdicts are judgements; 1 is not `True`."""
    verdict = judged(ScriptedVerifier([answer]))

    assert (verdict.status, verdict.evidence["error"]) == ("inconclusive", "TypeError")


def test_a_huge_wrong_answer_is_quoted_briefly():
    """Feedback stays readable whatever a verifier returns."""
    assert len(judged(ScriptedVerifier(["x" * 10**6])).feedback) < 200


def test_a_slow_verifier_times_out():
    """The caller's limit cancels the check on time."""
    verdict = judged(ScriptedVerifier([True], latency_s=60), timeout_s=2)

    assert (verdict.status, verdict.latency_s) == ("inconclusive", 2)
    assert verdict.evidence["error"] == "TimeoutError"


@pytest.mark.parametrize(("own_s", "given_s", "after_s"), [(1, 3, 1), (3, 1, 1), (2, None, 2)])
def test_the_shorter_limit_counts(own_s, given_s, after_s):
    """A verifier's own time-out and the caller's both bind."""

    @verifier(timeout_s=own_s)
    async def sleepy(state, update):
        await asyncio.sleep(60)

    assert judged(sleepy, timeout_s=given_s).latency_s == after_s


def test_a_timeout_of_its_own_making_is_not_ours():
    """A verifier that raises `TimeoutError` itself is reported as such."""
    verdict = judged(ScriptedVerifier([TimeoutError("upstream")]), timeout_s=5)

    assert "upstream" in verdict.feedback


@pytest.mark.parametrize(
    "refusal",
    [
        BudgetExceeded("cost_usd", limit=1, spent=1, needed=1, scope="run"),
        PriceUnknown("m", limit_usd=1),
        OutputUncapped("m"),
    ],
)
def test_a_refused_call_is_for_the_budget_policy(refusal):
    """Budget errors pass through instead of becoming verdicts."""
    with pytest.raises(type(refusal)):
        judged(ScriptedVerifier([refusal]))


def test_a_cancelled_check_stays_cancelled():
    """Cancellation is not a verdict."""

    async def cancel():
        check = judge_output(ScriptedVerifier([True], latency_s=9), {}, {})
        task = asyncio.ensure_future(check)
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(cancel())

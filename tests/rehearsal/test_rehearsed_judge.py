"""surestep's own judge against a rehearsed one."""

import pytest

from surestep.rehearsal import Faults, Scenario
from surestep.verifiers import Judge
from tests.rehearsal.helpers import classifier, judge, over_http

PATTERN = (
    r'(?s)Right category\?.*"ticket":\s*"(?P<task>T\d+)".*'
    r"<output-\w+>\n(?P<candidate>.*)\n</output-"
)


def verdict(category, confidence="none", *, drift=0.0, **rates):
    """The verdict of a judge over HTTP on a proposed category."""
    faults = Faults(schema_drift=drift)
    roles = (classifier(error_rate=0.2), judge(pattern=PATTERN, faults=faults, **rates))

    async def check(model):
        checker = Judge(model, rubric="Right category?", confidence=confidence)
        return await checker.check({"ticket": "T1"}, {"category": category})

    return over_http(Scenario(time_scale=0, roles=roles), check)


def test_a_right_output_passes():
    """The candidate is read out of the judge's fence."""
    assert verdict("refund").status == "pass"


def test_a_wrong_output_fails():
    """The verdict follows the truth of the judged role."""
    assert verdict("spam").status == "fail"


def test_log_probabilities_become_the_score():
    """P(pass) is the calibrated probability of the rehearsed judge."""
    passed = verdict("refund", "logprobs", accept_ok=1.0, accept_bad=0.5)

    assert passed.score == pytest.approx(0.8 / 0.9, abs=1e-3)


def test_a_drifted_verdict_is_inconclusive():
    """A verdict under another key is none."""
    assert verdict("refund", drift=1.0).status == "inconclusive"

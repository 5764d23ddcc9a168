"""Where a step stands, what brings it up, and what brings it down."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surestep.errors import PlanError
from surestep.review.actions import Action
from surestep.review.autonomy import Evidence, Ladder, Requirement, Rung, judged, missing
from surestep.review.estimate import Estimate


def errors(reviewed: int, *, low: float = 0.0, high: float = 0.02) -> Estimate:
    """An error rate with an interval."""
    return Estimate(
        rate=(low + high) / 2,
        low=low,
        high=high,
        confidence=0.95,
        actions=10 * reviewed,
        reviewed=reviewed,
        found=1,
    )


GOOD = Evidence(errors=errors(500), amount_usd=50.0)
rungs = st.sampled_from(Rung)
evidences = st.builds(
    Evidence,
    errors=st.none()
    | st.tuples(st.integers(1, 2_000), st.floats(0.0, 0.5), st.floats(0.0, 0.5)).map(
        lambda drawn: errors(drawn[0], low=drawn[1], high=min(1.0, drawn[1] + drawn[2]))
    ),
    amount_usd=st.floats(0.0, 1_000.0),
    drifted=st.booleans(),
    incidents=st.integers(0, 2),
)


def test_enough_evidence_proposes_the_next_rung_to_a_person() -> None:
    """A promotion says why, and waits for consent."""
    move = judged(Rung.APPROVE_BY_TIER, GOOD)
    assert (move.rung, move.at_once) == (Rung.SAMPLED_REVIEW, False)
    assert move.reasons == (
        "1 of 500 reviewed outcomes were wrong: at most 2.0% of all, 1.00 USD per action",
    )


def test_what_is_missing_is_said_line_by_line() -> None:
    """Outcomes, errors and loss each have a line."""
    evidence = Evidence(errors=errors(60, high=0.08), amount_usd=100.0)
    assert missing(Rung.APPROVE_BY_TIER, evidence, ladder=Ladder.costing(2.5)) == (
        "240 more reviewed outcomes (60 of 300)",
        "proof of at most 3.0% errors (so far: at most 8.0%)",
        "proof of at most 2.50 USD lost per action (so far: at most 8.00 USD)",
    )


def test_without_a_review_nothing_is_proven() -> None:
    """A step without evidence stays where a person leads."""
    move = judged(Rung.PERSON_LEADS, Evidence())
    assert move.rung is Rung.PERSON_LEADS
    assert move.reasons[0] == "30 more reviewed outcomes (0 of 30)"


def test_drift_takes_one_rung_at_once() -> None:
    """An alarm outweighs good outcomes of before."""
    move = judged(Rung.SAMPLED_REVIEW, replace(GOOD, drifted=True))
    assert (move.rung, move.at_once) == (Rung.APPROVE_BY_TIER, True)


def test_an_incident_brings_back_the_approval_of_every_action() -> None:
    """However high the step stood."""
    move = judged(Rung.AUTONOMOUS, replace(GOOD, incidents=1))
    assert (move.rung, move.at_once) == (Rung.APPROVE_EVERY_ACTION, True)
    assert move.reasons == ("it caused 1 incident(s)",)


def test_errors_beyond_what_the_rung_allows_take_it_down() -> None:
    """If the lower end of the interval is above the limit, it is proven."""
    bad = Evidence(errors=errors(500, low=0.04, high=0.08))
    move = judged(Rung.SAMPLED_REVIEW, bad)
    assert (move.rung, move.at_once) == (Rung.APPROVE_BY_TIER, True)
    assert "at least 4.0% errors are proven" in move.reasons[0]


@given(rung=rungs, evidence=evidences)
def test_only_downwards_is_at_once(rung: Rung, evidence: Evidence) -> None:
    """Up is one rung and proposed; down takes effect."""
    move = judged(rung, evidence)
    assert move.at_once == (move.rung < rung)
    assert move.rung <= rung + 1


@given(rung=rungs, evidence=evidences)
def test_a_doubted_step_never_rises(rung: Rung, evidence: Evidence) -> None:
    """Neither after an alarm, nor after an incident."""
    if evidence.drifted or evidence.incidents:
        assert judged(rung, evidence).rung <= rung


@given(rung=rungs, evidence=evidences)
def test_better_evidence_never_ends_lower(rung: Rung, evidence: Evidence) -> None:
    """Without alarm and incident a step stands at least as high."""
    clean = replace(evidence, drifted=False, incidents=0)
    assert judged(rung, clean).rung >= judged(rung, evidence).rung


def test_evidence_comes_from_reviewed_actions() -> None:
    """A sample without an error still has an upper end; no review has none."""
    actions = [Action(confidence=0.99, chance=0.5, wrong=False) for _ in range(400)]
    found = Evidence.of(actions, amount_usd=20.0).errors
    assert found is not None
    assert 0.0 < found.high < 0.03
    assert Evidence.of([Action(confidence=0.9, chance=0.1)], amount_usd=1.0).errors is None


def test_the_last_rung_misses_nothing() -> None:
    """There is nowhere to go from it."""
    assert judged(Rung.AUTONOMOUS, GOOD).rung is Rung.AUTONOMOUS
    assert missing(Rung.AUTONOMOUS, Evidence()) == ()


def test_a_rung_says_its_name_in_words() -> None:
    """For tables and sentences."""
    assert Rung.APPROVE_BY_TIER.words == "approve by tier"


def test_a_requirement_of_nothing_to_lose_is_refused() -> None:
    """No step can prove that it never costs anything."""
    with pytest.raises(PlanError, match="loss_usd"):
        Requirement(reviewed=10, error_rate=0.1, loss_usd=0.0)

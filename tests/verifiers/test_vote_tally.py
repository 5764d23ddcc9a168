"""Votes: rules, tally, red flags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surestep.errors import GraphError
from surestep.verifiers import Vote, VoteTally, too_long


def tally_of(samples, **rules):
    """A tally that has seen these samples."""
    tally = VoteTally(Vote(**rules))
    for sample in samples:
        tally.add(sample)
    return tally


def test_three_equal_answers_decide():
    """The default is to win by three."""
    tally = tally_of([{"x": 1}] * 3)

    assert (tally.decided, tally.winner, tally.next_wave()) == (True, {"x": 1}, 0)


def test_a_split_asks_for_another_wave():
    """Two against one lead by one only."""
    tally = tally_of([{"x": 1}, {"x": 2}, {"x": 1}])

    assert (tally.decided, tally.winner, tally.next_wave()) == (False, None, 2)


def test_the_first_wave_counts_what_is_there():
    """The worker's own output is the first sample."""
    assert VoteTally(Vote(first=3)).next_wave() == 3
    assert tally_of([{"x": 1}], first=3).next_wave() == 2


def test_a_wave_never_passes_the_cap():
    """The last wave is what is left."""
    assert tally_of(["a", "b", "a"], ahead_by=2, first=3, wave=4, cap=5).next_wave() == 2


def test_a_vote_that_cannot_be_decided_any_more_stops():
    """With one sample left, a lead of one cannot grow to three."""
    tally = tally_of(["a", "b", "a", "b", "a"], first=5, cap=6)

    assert (tally.decided, tally.next_wave()) == (False, 0)


def test_equal_updates_are_one_answer_whatever_their_order():
    """The default key is canonical JSON."""
    assert tally_of([{"a": 1, "b": [2]}, {"b": [2], "a": 1}]).lead == 2


def test_a_key_says_what_is_equal():
    """Answers may differ in what does not matter; the first of them wins."""
    samples = [{"answer": 42, "why": why} for why in ("a", "b", "c")]

    tally = tally_of(samples, key=lambda update: update["answer"])

    assert (tally.leader, tally.winner) == ("42", samples[0])


def test_red_flagged_samples_do_not_vote_but_count():
    """They use up the cap."""
    tally = tally_of([1, -1, 1, 1], cap=4, red_flag=lambda update: update < 0)

    assert (tally.decided, tally.samples, tally.discarded) == (True, 4, 1)


def test_samples_the_key_cannot_read_are_discarded():
    """A malformed update has no key."""
    tally = tally_of([{}, {"answer": 1}], key=lambda update: update["answer"])

    assert (tally.samples, tally.discarded, tally.leader) == (2, 1, "1")


def test_a_key_may_be_anything_json_can_hold():
    """Lists are compared by what they hold."""
    tally = tally_of([{"answer": [1, 2.0]}, {"answer": [1.0, 2]}], key=lambda u: u["answer"])

    assert (tally.lead, tally.leader) == (2, "[1,2]")


def test_whole_numbers_are_equal_however_written():
    """Models write 5 and 5.0 for the same amount, but 5.5 is another."""
    assert tally_of([{"x": 5}, {"x": 5.0}, {"x": [5.5]}]).lead == 1


def test_a_worker_that_raised_is_a_discarded_sample():
    """Its call counts against the cap."""
    tally = VoteTally(Vote())
    tally.discard()

    assert (tally.samples, tally.discarded, tally.next_wave()) == (1, 1, 2)


def test_over_long_samples_can_be_flagged():
    """Rambling is a sign of a wrong answer."""
    flag = too_long(20)

    assert (flag({"x": "short"}), flag({"x": "y" * 20})) == (False, True)


def test_a_decided_vote_passes_with_its_tally():
    """The evidence lists the answers by votes."""
    verdict = tally_of([1, 1, 2, 1, 1]).verdict()

    assert (verdict.status, verdict.score, verdict.verifier) == ("pass", 0.8, "vote")
    assert verdict.evidence["votes"] == [
        {"answer": "1", "votes": 4},
        {"answer": "2", "votes": 1},
    ]


def test_a_vote_at_its_cap_is_inconclusive_with_its_tally():
    """Undecided is not a fail."""
    verdict = tally_of(["a", "b"] * 2, first=4, cap=4).verdict()

    assert verdict.status == "inconclusive"
    assert verdict.evidence["samples"] == 4
    assert "4 samples" in verdict.feedback


def test_evidence_quotes_huge_answers_briefly():
    """One megabyte of answer does not go into the trace."""
    verdict = tally_of(["x" * 10**6]).verdict()

    assert len(str(verdict.evidence)) < 500


def test_an_empty_tally_has_no_leader():
    """Nothing was sampled yet."""
    tally = VoteTally(Vote())

    assert (tally.leader, tally.lead, tally.verdict().score) == (None, 0, None)


@given(st.lists(st.integers(0, 3), max_size=40), st.integers(1, 4), st.integers(1, 5))
def test_driving_it_never_passes_the_cap(samples, ahead_by, wave):
    """However the samples fall, the engine's loop ends within the cap, with waves as asked."""
    tally = VoteTally(Vote(ahead_by=ahead_by, first=3, wave=wave, cap=12))
    stream = iter(samples + [0] * 12)

    while asked := tally.next_wave():
        assert asked <= max(wave, 3)
        for _ in range(asked):
            tally.add(next(stream))

    assert tally.samples <= 12
    assert tally.decided or 12 - tally.samples + tally.lead < ahead_by


@pytest.mark.parametrize(
    "rules",
    [
        {"ahead_by": 0},
        {"first": -1},
        {"wave": 1.5},
        {"cap": True},
        {"first": 5, "cap": 4},
        {"ahead_by": 9, "cap": 8},
        {"name": ""},
    ],
)
def test_rules_that_cannot_work_are_refused(rules):
    """Before anything runs."""
    with pytest.raises(GraphError):
        Vote(**rules)


@pytest.mark.parametrize("max_chars", [0, -1, 2.5])
def test_a_length_that_cannot_be_is_refused(max_chars):
    """A limit is a whole number of characters."""
    with pytest.raises(GraphError, match="max_chars"):
        too_long(max_chars)

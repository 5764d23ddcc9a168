"""An assurance in words."""

import pytest

from surestep.budgets import Assurance
from surestep.budgets.words import in_words


@pytest.mark.parametrize(
    ("assurance", "words"),
    [
        (Assurance(mode="off"), "unchecked"),
        (Assurance(), "as declared"),
        (Assurance(verifiers=()), "unchecked"),
        (Assurance(verifiers=("a",), retries=1), "a, 1 retry"),
        (Assurance(verifiers=("a", "b", "c"), retries=2), "a, b and c, 2 retries"),
        (Assurance(verifiers=("a", "b"), quorum=2, retries=0), "a and b"),
        (Assurance(verifiers=("a", "b", "c"), quorum=2), "2 of a, b, c"),
        (Assurance(vote={"ahead_by": 3, "first": 3}), "a vote won by 3"),
        (Assurance(vote=True, verifiers=("vote",)), "vote, a vote"),
        (Assurance(samples=3, human="on_failure"), "3 samples, then a person"),
        (Assurance(verifiers=(), human="always"), "a person approves"),
        (Assurance(verifiers=("a",), mode="speculative"), "a, beside the run"),
    ],
)
def test_each_choice_has_its_words(assurance, words):
    """What is left to the step is left out."""
    assert in_words(assurance) == words

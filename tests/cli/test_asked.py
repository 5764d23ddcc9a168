"""A question as a person reads it."""

import pytest

from surestep.cli.answering import FOREIGN
from surestep.cli.asked import help_lines, keys_of, shown
from surestep.nodes.consequence import consequence
from surestep.values import Question


def question(**options):
    """A question about a draft."""
    known = {
        "question_id": "t/draft/1/1",
        "thread_id": "t",
        "step": "draft",
        "visit": 1,
        "reason": "its checks failed",
        "proposal": {"draft": "two\nlines"},
    }
    return Question(**{**known, **options})


def text(asked, old=None, width=80):
    """The question as plain lines."""
    return ["".join(part for part, _ in line) for line in shown(asked, old or {}, width=width)]


def test_it_says_why_and_what_is_proposed():
    """And what approving does."""
    assert text(question()) == [
        "draft  t/draft/1/1",
        "why      its checks failed",
        "proposed",
        "  draft:",
        "    two",
        "    lines",
        "approve  lets draft go on with exactly this",
    ]


def test_it_says_what_the_checkers_said():
    """With their feedback."""
    verdicts = ({"verifier": "policy", "status": "fail", "feedback": "over the limit"},)

    assert "checked  ✗ policy: over the limit" in text(question(verdicts=verdicts))


def test_it_says_how_sure_the_worker_is():
    """In percent."""
    assert "worker   70% confident" in text(question(confidence=0.7))
    known = {"confidence": 0.7, "calibrated": 0.4, "amount_usd": 1200.0, "tier": "large"}
    assert "worker   70% confident, which is worth 40%" in text(question(**known))
    assert "at stake $1,200.00, tier large" in text(question(**known))


def test_what_replaces_something_is_shown_as_a_difference():
    """With what goes and what comes."""
    lines = text(question(), {"draft": "one\nlines"})

    assert "    -one" in lines
    assert "    +two" in lines


def test_what_is_added_to_a_list_is_shown_as_it_is():
    """A reducer will append it."""
    asked = question(proposal={"notes": ["new"]})

    assert "  notes:" in text(asked, {"notes": ["old"]})


def test_objects_are_shown_as_json():
    """On as many lines as they need."""
    assert '      "amount": 3' in text(question(proposal={"refund": {"amount": 3}}))


def test_long_lines_are_wrapped_to_the_width():
    """With their indentation."""
    lines = text(question(proposal={"draft": "word " * 40}), width=50)

    assert max(map(len, lines[3:-1])) <= 50


@pytest.mark.parametrize(
    ("allowed", "keys"),
    [
        (("approve", "edit", "reject", "respond"), "aertsvl?"),
        (("edit", "reject", "respond"), "ertsvl?"),
        (("approve", "reject"), "arsvl?"),
        (("approve", "edit", "reject"), "aersvl?"),
    ],
)
def test_only_answers_that_fit_have_keys(allowed, keys):
    """Looking, switching, leaving and help always do; each key is explained."""
    asked = question(allowed=allowed)

    assert "".join(keys_of(asked)) == keys
    assert len(help_lines(asked)) == len(keys)


def test_an_interrupt_of_the_users_own_takes_text_or_json():
    """And has no step whose checks could be switched."""
    asked = question(step="", reason=FOREIGN, allowed=("respond", "edit"))

    assert keys_of(asked) == ["e", "t", "v", "l", "?"]
    assert text(asked)[-1] == "    lines"


@pytest.mark.parametrize(
    ("allowed", "what"),
    [
        (("approve", "edit", "reject", "respond"), "exactly this"),
        (("edit", "reject", "respond"), "nothing is there to approve"),
        (("approve", "reject"), "cannot be undone"),
        (("approve", "edit", "reject"), "nothing is repeated"),
    ],
)
def test_what_approving_does_depends_on_what_is_asked(allowed, what):
    """An effect that may have happened is another thing than one about to."""
    assert what in consequence(question(allowed=allowed))


def test_approving_an_undo_in_doubt_says_that_it_is_done():
    """Nothing is done by that; the run goes on where it was held up."""
    asked = question(
        allowed=("approve", "reject"), proposal={"key": "t/1/book/1", "state": {}, "update": None}
    )
    assert "is undone" in consequence(asked)


def test_several_approvers_are_announced():
    """One approval does not let it go on."""
    assert "people   2 must approve" in text(question(approvers=2))
    assert "once 2 people have" in consequence(question(approvers=2))

"""Answers and switches on the command line."""

import pytest

from surestep.cli.answers import read_answer, switch_of
from surestep.cli.job import Switch
from surestep.errors import InputError


@pytest.mark.parametrize(
    ("text", "name", "answer"),
    [
        ("t/a/1/1=approve", "t/a/1/1", {"type": "approve"}),
        ('q=reject:"be polite"', "q", {"type": "reject", "message": "be polite"}),
        ("q=reject:be polite", "q", {"type": "reject", "message": "be polite"}),
        ("q=reject", "q", {"type": "reject"}),
        ("q=respond:a=b: c", "q", {"type": "respond", "message": "a=b: c"}),
        ('q=edit:{"a": 1}', "q", {"type": "edit", "update": {"a": 1}}),
        ("a=b/s/1/1=approve", "a=b/s/1/1", {"type": "approve"}),
    ],
)
def test_an_answer_is_an_id_and_a_decision(text, name, answer):
    """Text may be quoted as JSON, or stand as it is."""
    assert read_answer(text) == (name, answer)


def test_an_edit_may_be_a_file(tmp_path):
    """As with inputs."""
    (tmp_path / "edit.json").write_text('{"a": 2}')

    assert read_answer(f"q=edit:@{tmp_path}/edit.json")[1]["update"] == {"a": 2}


@pytest.mark.parametrize("text", ["approve", "q=accept", "q=edit", "q=respond", "=approve", ""])
def test_another_form_is_refused(text):
    """With the forms there are."""
    with pytest.raises(InputError, match="ID=approve"):
        read_answer(text)


def test_a_broken_edit_says_where():
    """The position, as with inputs."""
    with pytest.raises(InputError, match="line 1, column 7"):
        read_answer('q=edit:{"a": }')


def test_a_switch_names_step_and_mode():
    """On means serially."""
    found = switch_of("sub/deep=on", ["sub/deep"])

    assert found == Switch(step="sub/deep", mode="serial", why="--switch", by="the command line")


@pytest.mark.parametrize("word", ["draft", "draft=maybe", "other=off"])
def test_a_switch_that_does_not_fit_lists_the_steps(word):
    """So that the next try fits."""
    with pytest.raises(InputError, match="the steps are: draft"):
        switch_of(word, ["draft"])

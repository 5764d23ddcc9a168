"""Inputs: JSON, files and key=value words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surestep.cli.inputs import check_keys, pair, read_input
from surestep.errors import InputError


def test_words_that_read_as_json_are_json():
    """Numbers, lists and truth need no quotes."""
    assert read_input(None, ["n=3", "ok=true", "l=[1]"]) == {"n": 3, "ok": True, "l": [1]}


def test_other_words_are_text():
    """What is no JSON is what it looks like."""
    assert pair("topic=why = so?") == ("topic", "why = so?")


def test_a_text_key_takes_text():
    """A number for a text field stays a text."""
    assert read_input(None, ["topic=42"], texts={"topic"}) == {"topic": "42"}


@given(st.text())
def test_any_text_reaches_a_text_key_as_it_is(text):
    """Nothing is cut, stripped or parsed."""
    assert pair(f"key={text}", texts={"key"}) == ("key", text)


def test_words_are_laid_over_the_option():
    """A word changes one key of a whole input."""
    assert read_input('{"a": 1, "b": 2}', ["b=3"]) == {"a": 1, "b": 3}


def test_an_empty_object_is_an_input():
    """For a graph that needs none."""
    assert read_input("{}", []) == {}


@pytest.mark.parametrize(("name", "text"), [("in.json", '{"a": 1}'), ("in.toml", "a = 1")])
def test_files_are_read(tmp_path, name, text):
    """JSON and TOML, by their suffix."""
    (tmp_path / name).write_text(text)

    assert read_input(f"@{tmp_path / name}", []) == {"a": 1}


def test_broken_json_says_where():
    """Line, column and what stands there."""
    with pytest.raises(InputError, match="line 2, column 8, near"):
        read_input('{"a": 1,\n  "b": ?}', [])


def test_broken_toml_says_where(tmp_path):
    """As the TOML parser says it."""
    (tmp_path / "in.toml").write_text("a = \n")

    with pytest.raises(InputError, match=r"in.toml is no TOML: .*line 1, column 5"):
        read_input(f"@{tmp_path / 'in.toml'}", [])


@pytest.mark.parametrize("option", ["[1]", "3", '"text"'])
def test_an_input_must_be_an_object(option):
    """A state has keys."""
    with pytest.raises(InputError, match="no object"):
        read_input(option, [])


def test_no_input_is_refused():
    """A run needs something to run on."""
    with pytest.raises(InputError, match="no input"):
        read_input(None, [])


def test_a_missing_file_is_refused():
    """With its name."""
    with pytest.raises(InputError, match=r"nowhere\.json"):
        read_input("@nowhere.json", [])


@pytest.mark.parametrize("word", ["topic", "=3", ""])
def test_a_word_needs_a_key_and_a_value(word):
    """The word is quoted."""
    with pytest.raises(InputError, match="no key=value"):
        pair(word)


def test_an_unknown_key_suggests_the_closest():
    """A slip of the finger is caught before anything runs."""
    with pytest.raises(InputError, match="Did you mean 'topic'"):
        check_keys(["topc"], ["topic", "draft"])

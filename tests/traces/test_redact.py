"""Ready-made redactors."""

from __future__ import annotations

import pytest

from surestep.errors import InputError
from surestep.traces import redact_all, redact_keys, redact_pattern


def test_keys_are_hidden_at_any_depth_and_in_any_case() -> None:
    """Neither lists nor objects shelter a value."""
    data = {"a": [{"Email": "x@y"}], "EMAIL": {"deep": 1}, "other": "x@y"}
    assert redact_keys("email")(data) == {
        "a": [{"Email": "[redacted]"}],
        "EMAIL": "[redacted]",
        "other": "x@y",
    }


def test_a_pattern_is_hidden_in_texts_numbers_and_keys() -> None:
    """A card number is one however it is written down."""
    data = {"card 4711": "no 4711!", "n": 4711, "deep": [[4711.0], {"x": "4711"}]}
    assert redact_pattern("4711", instead="*")(data) == {
        "card *": "no *!",
        "n": "*",
        "deep": [["*.0"], {"x": "*"}],
    }


def test_a_pattern_leaves_the_rest_as_it_is() -> None:
    """Numbers stay numbers, truth stays truth, nothing stays nothing."""
    data = {"n": 1, "f": 0.5, "t": True, "none": None}
    assert redact_pattern("True|None|9")(data) == data


def test_what_is_put_instead_is_taken_literally() -> None:
    """Backslashes and group references have no meaning there."""
    assert redact_pattern("(x)", instead=r"\1")({"a": "x"}) == {"a": r"\1"}


def test_redactors_work_one_after_the_other() -> None:
    """Each sees what the one before left."""
    both = redact_all(redact_keys("a", instead="secret"), redact_pattern("secret"))
    assert both({"a": 1, "b": "secret 2"}) == {"a": "[redacted]", "b": "[redacted] 2"}


def test_no_redactors_change_nothing() -> None:
    """The null case."""
    assert redact_all()({"a": 1}) == {"a": 1}


def test_a_broken_pattern_is_refused() -> None:
    """The error names the pattern, before anything is stored."""
    with pytest.raises(InputError, match=r"'\(' is no regular expression"):
        redact_pattern("(")

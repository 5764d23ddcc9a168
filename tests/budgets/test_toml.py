"""The TOML writer against the standard library's reader."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surestep.budgets import toml

scalars = st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text()
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), values, max_size=4))
def test_a_table_is_read_back_as_it_was(table: dict[str, object]) -> None:
    """Any names, any strings, any numbers."""
    text = toml.table(("outer", "in ner"), table)
    assert tomllib.loads(text) == {"outer": {"in ner": table}}


def test_a_table_without_a_path_has_no_header() -> None:
    """It is the head of the document."""
    assert toml.table((), {"gap": 0.5}) == "gap = 0.5\n"


def test_a_value_without_a_form_is_refused() -> None:
    """TOML has no null."""
    with pytest.raises(TypeError, match="None has no form in TOML"):
        toml.value(None)

"""Plausible mistakes."""

import json

from hypothesis import given
from hypothesis import strategies as st

from surestep.rehearsal.draw import Draws
from surestep.rehearsal.mistakes import mistaken

FLOATS = st.floats(allow_nan=False, allow_infinity=False).filter(lambda x: x == 0 or abs(x) > 1e-9)
SCALARS = st.none() | st.booleans() | st.integers() | FLOATS | st.text()
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES, st.integers())
def test_a_mistake_is_never_the_value(value, seed):
    """Whatever the value, its mistaken form differs and is JSON again."""
    wrong = mistaken(value, Draws.seeded(seed))

    assert wrong != value
    assert json.loads(json.dumps(wrong)) == wrong


@given(st.integers())
def test_an_object_keeps_its_keys(seed):
    """One value of an object is mistaken, its keys stay."""
    value = {"order": "A-017", "amount": 12.5, "reason": "late"}
    wrong = mistaken(value, Draws.seeded(seed))

    assert set(wrong) == set(value)
    assert sum(wrong[key] != value[key] for key in value) == 1


@given(st.integers())
def test_a_number_in_a_text_keeps_its_padding(seed):
    """An identifier gets another number of the same width."""
    wrong = mistaken("order A-017", Draws.seeded(seed))

    assert wrong.startswith("order A-0")
    assert len(wrong) == len("order A-017")

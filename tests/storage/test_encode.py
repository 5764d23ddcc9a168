"""JSON of whatever a state may hold."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import HumanMessage
from pydantic import BaseModel

from surestep.storage.encode import from_json, to_json

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
odd = st.recursive(
    st.floats()
    | st.binary()
    | st.complex_numbers()
    | st.dates()
    | st.decimals()
    | st.text(st.characters(categories=["Cs"])),
    lambda inner: (
        st.lists(inner)
        | st.sets(st.integers())
        | st.dictionaries(st.tuples(st.integers()) | st.binary() | st.floats(), inner)
    ),
    max_leaves=20,
)


class Colour(Enum):
    """An enumeration with a value JSON lacks."""

    RED = (1, 2)


@dataclass
class Money:
    """A dataclass in a state."""

    usd: Decimal


class Ticket(BaseModel):
    """A model in a state."""

    at: datetime


class Hostile:
    """An object whose repr breaks."""

    def __repr__(self) -> str:
        raise RuntimeError("no")


@given(plain)
def test_plain_values_make_the_round_trip(value: object) -> None:
    """What JSON can say is said exactly."""
    assert json.loads(to_json(value)) == value


@given(odd)
def test_odd_values_give_strict_json_on_one_line(value: object) -> None:
    """Whatever it is, the text is JSON for every reader, and ASCII."""

    def no_constants(name: str) -> object:
        raise AssertionError(name)

    text = to_json({"value": value})
    json.loads(text, parse_constant=no_constants)
    assert text.isascii()
    assert "\n" not in text


@pytest.mark.parametrize(
    ("value", "plainly"),
    [
        (Money(Decimal("1.50")), {"usd": "1.50"}),
        (Ticket(at=datetime(2024, 1, 2, tzinfo=UTC)), {"at": "2024-01-02T00:00:00+00:00"}),
        (b"\xff", {"base64": "/w=="}),
        ({3, 1, 2}, [1, 2, 3]),
        (Colour.RED, [1, 2]),
        (Path("a/b"), "a/b"),
        (float("nan"), "nan"),
        (MappingProxyType({"a": 1}), {"a": 1}),
        ({("a", 1): 2}, {"('a', 1)": 2}),
        (ValueError("late"), "ValueError('late')"),
        (Money, repr(Money)),
        (Hostile(), "<unreadable Hostile>"),
    ],
)
def test_known_types_become_what_a_reader_expects(value: object, plainly: object) -> None:
    """Fields stay fields, and texts stay readable."""
    assert json.loads(to_json(value)) == plainly


def test_a_message_keeps_its_type_and_content() -> None:
    """LangChain's messages are models like others."""
    encoded = from_json(to_json(HumanMessage("hello", id="1")))
    assert (encoded["type"], encoded["content"]) == ("human", "hello")


def test_a_cycle_ends() -> None:
    """A state that holds itself is cut where it would never end."""
    state: dict[str, object] = {"x": 1}
    state |= {"self": state, "twice": [state, state]}
    around = "<dict around this>"
    assert from_json(to_json(state)) == {"x": 1, "self": around, "twice": [around, around]}


def test_a_tower_ends() -> None:
    """Nesting deeper than any reader takes is cut with a note."""
    tower: list[object] = []
    for _ in range(100_000):
        tower = [tower]
    assert "<list more than 64 deep>" in to_json(tower)


def test_no_column_is_an_empty_object() -> None:
    """An absent JSON column reads as empty."""
    assert from_json(None) == {}

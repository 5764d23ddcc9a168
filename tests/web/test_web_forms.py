"""Proposals as forms, and what their edits change."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surestep.web.changes import changes
from surestep.web.forms import form_of, read_form, strict_json

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(
    SCALARS.filter(lambda value: value not in (float("inf"), float("-inf"))),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
PROPOSALS = st.dictionaries(st.text(max_size=8), VALUES, max_size=5)
TYPES = st.sampled_from(
    [
        {"type": "string"},
        {"type": "number"},
        {"type": "integer"},
        {"type": "boolean"},
        {"type": "array"},
        {"enum": ["a", 1, None]},
        {"anyOf": [{"type": "string"}, {"type": "null"}]},
        {"$ref": "#/$defs/Other"},
        {},
        True,
    ]
)
SCHEMAS = st.none() | st.builds(
    lambda properties, required: {
        "type": "object",
        "properties": properties,
        "required": required,
        "$defs": {"Other": {"type": "integer", "description": "A number."}},
    },
    st.dictionaries(st.text(max_size=8), TYPES, max_size=5),
    st.lists(st.text(max_size=8), max_size=2),
)


@given(SCHEMAS, PROPOSALS)
def test_a_form_that_was_left_alone_changes_nothing(schema, proposal):
    """Every value comes back exactly, whatever its schema says of it."""
    fields = form_of(schema, proposal)
    # As a browser sends it: lines of a text area end in CR LF.
    typed = {field.name: "\r\n".join(re.split("\r\n|\r|\n", field.value)) for field in fields}
    update, seen = read_form(fields, typed, proposal)

    assert update == proposal
    assert all(type(update[key]) is type(value) for key, value in proposal.items())
    missing = [field for field in seen if field.problem]
    assert all(field.required and field.key not in proposal for field in missing)


@given(SCHEMAS, PROPOSALS, st.lists(st.text(), min_size=10, max_size=10))
def test_whatever_is_typed_is_an_update_or_a_problem(schema, proposal, typed):
    """Nothing raises, and what was typed stays in its field."""
    fields = form_of(schema, proposal)
    filled = {field.name: text for field, text in zip(fields, typed, strict=False)}
    _, seen = read_form(fields, filled, proposal)

    for before, after in zip(fields, seen, strict=True):
        assert after.value.split() == filled.get(before.name, before.value).split()


@given(PROPOSALS, PROPOSALS)
def test_a_difference_holds_both_sides(before, after):
    """What stays and goes is the old value; what stays and comes is the new one."""
    for change in changes(before, after):
        for values, other in ((before, "new"), (after, "gone")):
            said = "".join(piece.text for piece in change.pieces if piece.mark != other)
            value = values.get(change.key, "")
            shown = (
                value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
            )
            assert said == shown


@pytest.mark.parametrize(
    ("schema", "value", "kind"),
    [
        ({"type": "string"}, "short", "line"),
        ({"type": "string"}, "two\nlines", "text"),
        ({"type": "string"}, 3, "json"),
        ({"type": "number"}, 3.5, "number"),
        ({"type": "integer"}, 3, "integer"),
        ({"type": "boolean"}, True, "boolean"),
        ({"enum": ["a", "b"]}, "a", "choice"),
        ({"enum": ["a", "b"]}, "c", "line"),
        ({"anyOf": [{"type": "number"}, {"type": "null"}]}, None, "number"),
        ({"$ref": "#/$defs/Color"}, "red", "choice"),
        ({"type": "array"}, [1], "json"),
    ],
)
def test_each_value_gets_the_input_its_schema_says(schema, value, kind):
    """Or JSON, where it is not what its schema says."""
    whole = {"properties": {"key": schema}, "$defs": {"Color": {"enum": ["red", "blue"]}}}
    (field,) = form_of(whole, {"key": value})
    assert field.kind == kind


def test_what_was_emptied_and_may_be_is_left_out():
    """A number has no empty value; a text has."""
    schema = {"properties": {"number": {"type": "number"}, "text": {"type": "string"}}}
    proposal = {"number": 1.0, "text": "x"}
    fields = form_of(schema, proposal)
    update, _ = read_form(fields, {field.name: "" for field in fields}, proposal)

    assert update == {"text": ""}


@pytest.mark.parametrize("text", ["{", "NaN", "-Infinity", "[" * 100_000, "9" * 5_000])
def test_what_is_no_json_is_refused_in_words(text):
    """However it is broken."""
    with pytest.raises(ValueError, match=r"\."):
        strict_json(text)

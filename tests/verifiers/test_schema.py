"""Schemas: pydantic models as verifiers."""

from dataclasses import dataclass
from typing import Annotated

import pytest
from pydantic import BaseModel, Field

from surestep.errors import GraphError
from surestep.testing import run
from surestep.verifiers import Schema, judge_output


class Line(BaseModel):
    """One line of an order."""

    sku: str
    amount: Annotated[float, Field(gt=0)]


class Order(BaseModel):
    """An order."""

    lines: list[Line]


def judged(schema, update):
    """The verdict of a schema."""
    return run(judge_output(schema, {}, update))


def test_what_fits_passes():
    """A dict with the model's fields is accepted."""
    assert judged(Schema(Order), {"lines": [{"sku": "a", "amount": 1}]}).passed


def test_an_instance_fits():
    """So is an object of the model itself."""
    assert judged(Schema(Line), Line(sku="a", amount=1)).passed


def test_any_object_with_the_attributes_fits():
    """A dataclass update is read by its attributes."""

    @dataclass
    class Update:
        sku: str
        amount: float

    assert judged(Schema(Line), Update("a", 2.0)).passed
    assert judged(Schema(Line), Update("a", -2.0)).status == "fail"


def test_feedback_lists_each_error_with_its_place():
    """The worker learns where and what."""
    verdict = judged(Schema(Order), {"lines": [{"sku": "a", "amount": -5}, {"amount": 1}]})

    assert verdict.feedback.splitlines() == [
        "lines.0.amount: Input should be greater than 0, not -5",
        "lines.1.sku: Field required",
    ]


def test_one_key_can_be_validated():
    """Places begin with the key."""
    schema = Schema(Line, key="line")

    assert judged(schema, {"line": {"sku": "a", "amount": 1}, "other": 2}).passed
    assert judged(schema, {"line": {"sku": "a"}}).feedback == "line.amount: Field required"


@pytest.mark.parametrize("update", [{}, None, 3, [1]])
def test_a_missing_key_fails(update):
    """An update without the key does not fit, whatever it is."""
    assert judged(Schema(Line, key="line"), update).feedback == "line: Field required"


def test_any_type_pydantic_knows_will_do():
    """Not only models."""
    assert judged(Schema(list[int], key="xs"), {"xs": [1, 2]}).passed
    assert judged(Schema(list[int], key="xs"), {"xs": ["a"]}).status == "fail"


def test_strict_refuses_conversions():
    """By default the string "3" is taken for a number, strictly it is not."""
    update = {"sku": "a", "amount": "3"}

    assert judged(Schema(Line), update).passed
    assert judged(Schema(Line, strict=True), update).status == "fail"


def test_many_errors_are_cut_short():
    """Feedback goes into a prompt."""
    feedback = judged(Schema(list[int]), ["x"] * 1000).feedback.splitlines()

    assert (len(feedback), feedback[-1]) == (21, "… and 980 more")


def test_a_huge_value_is_quoted_briefly():
    """One megabyte in the wrong place stays out of the feedback."""
    assert len(judged(Schema(int), "x" * 10**6).feedback) < 200


def test_the_json_schema_describes_the_whole_update():
    """Under a key, references still find their definitions."""
    schema = Schema(Order, key="order").json_schema

    assert schema["required"] == ["order"]
    assert schema["properties"]["order"]["properties"]["lines"]["items"] == {"$ref": "#/$defs/Line"}
    assert "Line" in schema["$defs"]


def test_validate_tells_what_a_person_got_wrong():
    """Edits are held against the same schema."""
    assert Schema(Line).validate({"sku": "a", "amount": 1}) == ()
    assert Schema(Line).validate({"sku": "a"}) == ("amount: Field required",)


def test_it_is_named_after_its_model():
    """Unless a name is given."""
    assert (Schema(Line).name, Schema(Line, name="shape").name) == ("Line", "shape")


def test_a_type_pydantic_cannot_validate_is_refused():
    """Before anything runs, and by name."""
    with pytest.raises(GraphError, match="Schema 'odd'"):
        Schema(pytest.MonkeyPatch, name="odd")

"""Bodies of chat requests."""

import json

import pytest

from surestep.errors import InputError
from surestep.rehearsal.chat import read_request
from tests.rehearsal.helpers import request


def test_texts_of_all_messages_are_joined():
    """Plain contents, lists of parts and messages without content all count."""
    messages = [
        {"role": "system", "content": "Rules"},
        {"role": "user", "content": [{"type": "text", "text": "one"}, {"type": "image_url"}]},
        {"role": "assistant", "content": None},
    ]

    assert request("", messages=messages).text.split() == ["Rules", "one"]


def test_the_newer_cap_goes_before_the_older():
    """max_completion_tokens replaces max_tokens."""
    assert request("x", max_completion_tokens=5, max_tokens=9).max_tokens == 5


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"messages": []}, r"messages is \[\]"),
        ({"messages": "hi"}, "messages is 'hi'"),
        ({"messages": ["hi"]}, "A message is 'hi'"),
        ({"n": 0}, "n is 0"),
        ({"n": 1e9}, "n is 1000000000"),
        ({"model": 3}, "model is 3"),
        ({"stream": "yes"}, "stream is 'yes'"),
        ({"tools": [7]}, "7 stands where an object belongs"),
        ({"response_format": "json"}, "response_format is 'json'"),
        ({"tools": [], "tool_choice": {"function": {"name": "x"}}}, "tool_choice names 'x'"),
    ],
)
def test_a_field_that_does_not_fit_is_named(fields, problem):
    """The error quotes field and value."""
    with pytest.raises(InputError, match=problem):
        request("x", **fields)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", json.dumps([1]).encode()])
def test_a_body_that_is_no_object_is_refused(body):
    """Half a body, no text and a list are no requests."""
    with pytest.raises(InputError):
        read_request(body)

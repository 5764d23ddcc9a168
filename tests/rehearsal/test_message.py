"""Messages: the form a request asks for, confidence, caps and damage."""

import json
import math

import pytest

from surestep.errors import InputError
from surestep.rehearsal import Confidence, Faults, Tokens
from tests.rehearsal.helpers import classifier, engine, judge, request, said

OBJECT = {"category": "refund", "amount": 12.5}


def schema(*keys):
    """A response format of an object with these keys."""
    properties = {key: {"type": "string"} for key in keys}
    inner = {"name": "answer", "schema": {"type": "object", "properties": properties}}
    return {"type": "json_schema", "json_schema": inner}


def tool(name, *keys):
    """A tool with these parameters."""
    properties = {key: {"type": "string"} for key in keys}
    function = {"name": name, "parameters": {"type": "object", "properties": properties}}
    return {"type": "function", "function": function}


def message(role, text="Classify T1", **fields):
    """The first message of the reply to a request."""
    return engine(role).reply(request(text, **fields)).messages[0]


def knows(value, **options):
    """A role that answers this value."""
    return classifier(truth=lambda task: value, **options)


def test_an_object_is_said_as_json():
    """Without tools an object truth is the content."""
    assert json.loads(message(knows(OBJECT)).text) == OBJECT


def test_a_scalar_fills_a_schema_of_one_key():
    """A label becomes the object that was asked for."""
    text = message(knows("refund"), response_format=schema("category")).text

    assert json.loads(text) == {"category": "refund"}


def test_a_scalar_that_fits_no_schema_is_refused():
    """The keys the request wants are named."""
    with pytest.raises(InputError, match=r"'classify' answers 'refund'.*keys a, b"):
        message(knows("refund"), response_format=schema("a", "b"))


@pytest.mark.parametrize(
    ("value", "fields", "called"),
    [
        (OBJECT, {"tools": [tool("other", "x"), tool("pay", "category", "amount")]}, "pay"),
        (OBJECT, {"tools": [tool("other", "x")]}, "other"),
        (OBJECT, {"tools": [tool("pay")], "tool_choice": "none"}, None),
        ("text", {"tools": [tool("pay", "why")]}, None),
        ("text", {"tools": [tool("pay", "why")], "tool_choice": "required"}, "pay"),
    ],
)
def test_tools_are_called_with_objects_or_when_they_must(value, fields, called):
    """The tool whose parameters fit is called; a text stays a text unless a call is required."""
    answer = message(knows(value), **fields)

    assert answer.tool == called
    assert answer.finish == ("tool_calls" if called else "stop")


def test_a_named_tool_is_called():
    """tool_choice overrides what would fit better."""
    choice = {"type": "function", "function": {"name": "log"}}
    fields = {"tools": [tool("pay", *OBJECT), tool("log")], "tool_choice": choice}

    assert message(knows(OBJECT), **fields).tool == "log"


def test_a_tools_result_is_answered_in_text():
    """After its tool has run, an agent's loop ends."""
    messages = [{"role": "user", "content": "Classify T1"}, {"role": "tool", "content": "done"}]

    assert message(knows(OBJECT), messages=messages, tools=[tool("pay")]).tool is None


def test_calibrated_confidence_is_the_probability_of_being_right():
    """Without heterogeneity it is one minus the error rate."""
    answer = message(knows(OBJECT, error_rate=0.2, confidence=Confidence()))

    assert json.loads(answer.text)["confidence"] == pytest.approx(0.8)


def test_calibrated_confidence_holds_over_many_tasks():
    """Among answers with a confidence of .9 to 1, that share is right."""
    role = knows(OBJECT, error_rate=0.3, correlation=0.4, confidence=Confidence())
    world = engine(role)
    texts = [said(world, f"Classify T{task}") for task in range(4000)]
    sure = [json.loads(text)["confidence"] for text in texts]
    high = [
        (stated, lookup.right)
        for stated, lookup in zip(sure, world.requests.lookups, strict=True)
        if stated >= 0.9
    ]

    assert len(high) > 500
    assert _mean(right for _, right in high) == pytest.approx(_mean(s for s, _ in high), abs=0.03)


def _mean(values):
    values = list(values)
    return sum(values) / len(values)


def test_uncalibrated_confidence_knows_nothing():
    """It is a draw from [0.5, 1), whatever the error rate."""
    world = engine(knows(OBJECT, error_rate=0.9, confidence=Confidence(calibrated=False)))
    sure = [json.loads(said(world, f"Classify T{task}"))["confidence"] for task in range(200)]

    assert 0.5 <= min(sure) < 0.6
    assert 0.9 < max(sure) <= 1.0


def test_a_schema_without_the_field_gets_no_confidence():
    """Nothing is added that the client's schema does not know."""
    role = knows({"category": "refund"}, confidence=Confidence())

    assert "confidence" not in message(role, response_format=schema("category")).text


def test_log_probabilities_part_at_the_verdict():
    """The word that decides carries the probability, its opposite the rest."""
    world = engine(classifier(error_rate=0.2), judge(accept_ok=0.9, accept_bad=0.1))
    scores = world.reply(request("Judge T1: refund", logprobs=True)).messages[0].scores
    (decisive,) = [token for token in scores if token.logprob < 0.0]
    said_pass = decisive.text == "pass"

    assert "".join(token.text for token in scores).startswith('{"verdict"')
    assert {decisive.text, decisive.other} == {"pass", "fail"}
    assert math.exp(decisive.logprob) == pytest.approx(72 / 74 if said_pass else 18 / 26)
    assert math.exp(decisive.logprob) + math.exp(decisive.other_logprob) == pytest.approx(1.0)


def test_a_cap_cuts_the_answer():
    """Neither text nor usage goes beyond max_tokens, and the finish says so."""
    answer = message(knows("x" * 400, tokens=Tokens(output=80)), max_tokens=20)

    assert (len(answer.text), answer.tokens, answer.finish) == (100, 20, "length")


def test_a_truncated_answer_is_half_of_it():
    """What was JSON cannot be read any more."""
    answer = message(knows(OBJECT, faults=Faults(truncated=1.0)))

    assert json.dumps(OBJECT).startswith(answer.text)
    assert len(answer.text) < len(json.dumps(OBJECT))
    assert answer.finish == "length"


def test_a_drifted_object_has_other_keys():
    """It is JSON still, and fits no schema of before."""
    answer = message(knows(OBJECT, faults=Faults(schema_drift=1.0)))

    assert set(json.loads(answer.text)).isdisjoint(OBJECT)


def test_a_drifted_text_has_chatter_before_it():
    """A label is no longer the label alone."""
    answer = message(knows("refund", faults=Faults(schema_drift=1.0)))

    assert answer.text != "refund"
    assert answer.text.endswith("refund")

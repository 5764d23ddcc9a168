"""What a judge is asked to answer with, and how its answer is read."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from langchain_core.messages import AIMessage
from pydantic import BaseModel, BeforeValidator, Field

RULING_SCHEMA: dict[str, object] = {
    "title": "ruling",
    "description": "The judgement of one output.",
    "type": "object",
    "properties": {
        "verdict": {"type": "string", "enum": ["pass", "fail"]},
        "score": {
            "type": ["number", "null"],
            "description": "0 to 1, how well it fits.",
        },
        "feedback": {"type": "string", "description": "What to change; empty for a pass."},
    },
    # Strict structured output wants every property required and none besides.
    "required": ["verdict", "score", "feedback"],
    "additionalProperties": False,
}

# The whole reply has to be the object: a judge that quotes the output in prose would quote an
# injected verdict with it.
_WHOLE_OBJECT = re.compile(r"\s*(?:```(?:json)?\s*)?(\{.*\})\s*(?:```)?\s*", re.DOTALL)


def _word(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


class Ruling(BaseModel):
    """A judge's answer.

    Attributes:
        verdict: `pass` or `fail`.
        score: how well the output meets the rubric, from 0 to 1, if the judge says.
        feedback: what the worker should change.
    """

    verdict: Annotated[Literal["pass", "fail"], BeforeValidator(_word)]
    score: float | None = Field(default=None, ge=0, le=1, allow_inf_nan=False)
    feedback: str = ""


def read_ruling(message: AIMessage) -> Ruling:
    """The ruling in a model's reply, be it a tool call or the JSON text itself.

    Raises:
        ValueError: the reply is anything else, as prose, a refusal or truncated JSON.
    """
    if message.tool_calls:
        return Ruling.model_validate(message.tool_calls[0]["args"])
    found = _WHOLE_OBJECT.fullmatch(message.text)
    if found is None:
        raise ValueError("the reply is not a JSON object")
    return Ruling.model_validate_json(found[1])


def reply_text(message: AIMessage) -> str:
    """What a model said, whichever field it said it in."""
    if message.text:
        return message.text
    if message.invalid_tool_calls:
        return str(message.invalid_tool_calls[0]["args"])
    return str(message.additional_kwargs.get("refusal") or "")

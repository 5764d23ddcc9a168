"""A chat request as the rehearsal needs it, read from the body the client sent."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from pydantic import JsonValue

from surestep.errors import InputError

# Fences and identifiers that differ in every run would make every request a new one.
_NONCE = re.compile(r"[0-9a-fA-F-]{16,}")
MOST_CHOICES = 128

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool the model may call: its name and the names of its parameters."""

    name: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """What a client asks for.

    Attributes:
        model: the model's name.
        text: the texts of all messages, joined by line ends.
        choices: how many answers.
        stream: whether it wants server-sent events.
        usage_at_end: whether the stream ends with a chunk of usage.
        logprobs: whether tokens come with their log-probabilities.
        top_logprobs: how many likeliest tokens beside each.
        max_tokens: the cap on an answer's tokens, if any.
        wants_object: whether the answer must be a JSON object.
        schema_keys: the object's keys, if a schema was given.
        tools: the tools to choose from.
        must_call: whether a tool must be called.
        answers_tool: whether the last message is a tool's result.
    """

    model: str
    text: str
    choices: int = 1
    stream: bool = False
    usage_at_end: bool = False
    logprobs: bool = False
    top_logprobs: int = 0
    max_tokens: int | None = None
    wants_object: bool = False
    schema_keys: tuple[str, ...] = ()
    tools: tuple[Tool, ...] = ()
    must_call: bool = False
    answers_tool: bool = False

    @property
    def identity(self) -> str:
        """What makes it this very request: its text without long hexadecimal runs."""
        plain = _NONCE.sub("", self.text).encode("utf-8", "surrogatepass")
        return hashlib.blake2b(plain, digest_size=12).hexdigest()


def read_request(body: bytes) -> ChatRequest:
    """The request a body holds.

    Raises:
        InputError: the body is no chat request; the field is named.
    """
    try:
        fields = json.loads(body)
    except ValueError as error:
        raise InputError(f"The body is no JSON: {error}.", remedy="Send a JSON object.") from None
    messages = _get(fields, "messages", list)
    if not messages:
        raise InputError(f"messages is {messages!r}.", remedy="Send a list with a message.")
    tools, must_call = _tools(fields)
    format_ = _get(fields, "response_format", dict) or {}
    schema = _get(_get(format_, "json_schema", dict) or {}, "schema", dict) or {}
    return ChatRequest(
        model=_get(fields, "model", str) or "",
        text="\n".join(_text(message) for message in messages),
        choices=_choices(fields),
        stream=bool(_get(fields, "stream", bool)),
        usage_at_end=bool((_get(fields, "stream_options", dict) or {}).get("include_usage")),
        logprobs=bool(_get(fields, "logprobs", bool)),
        top_logprobs=_get(fields, "top_logprobs", int) or 0,
        max_tokens=_get(fields, "max_completion_tokens", int) or _get(fields, "max_tokens", int),
        wants_object=format_.get("type") in ("json_schema", "json_object"),
        schema_keys=_keys(schema),
        tools=tools,
        must_call=must_call,
        answers_tool=messages[-1].get("role") == "tool",
    )


def _get(fields: object, key: str, kind: type[T]) -> T | None:
    if not isinstance(fields, dict):
        raise InputError(f"{fields!r} stands where an object belongs.", remedy="Send an object.")
    value = fields.get(key)
    if value is None or isinstance(value, kind):
        return value
    raise InputError(f"{key} is {value!r}.", remedy=f"Send a JSON {kind.__name__}.")


def _choices(fields: object) -> int:
    choices = _get(fields, "n", int)
    if choices is not None and not 1 <= choices <= MOST_CHOICES:
        raise InputError(f"n is {choices}.", remedy=f"Ask for 1 to {MOST_CHOICES} choices.")
    return choices or 1


def _text(message: object) -> str:
    if not isinstance(message, dict):
        raise InputError(f"A message is {message!r}.", remedy="Send objects with a role.")
    content = message.get("content")
    if isinstance(content, list):
        parts = (part.get("text", "") for part in content if isinstance(part, dict))
        return "\n".join(str(part) for part in parts)
    return "" if content is None else str(content)


def _tools(fields: object) -> tuple[tuple[Tool, ...], bool]:
    """The tools left by `tool_choice`, and whether one of them must be called."""
    functions = [_get(tool, "function", dict) or {} for tool in _get(fields, "tools", list) or []]
    tools = tuple(
        Tool(str(_get(function, "name", str)), _keys(_get(function, "parameters", dict) or {}))
        for function in functions
    )
    choice = fields.get("tool_choice") if isinstance(fields, dict) else None
    if choice == "none":
        return (), False
    if isinstance(choice, dict):
        name = (_get(choice, "function", dict) or {}).get("name")
        named = tuple(tool for tool in tools if tool.name == name)
        if not named:
            raise InputError(f"tool_choice names {name!r}.", remedy="Name one of the tools.")
        return named, True
    return tools, choice == "required"


def _keys(schema: Mapping[str, JsonValue]) -> tuple[str, ...]:
    properties = schema.get("properties")
    return tuple(properties) if isinstance(properties, dict) else ()

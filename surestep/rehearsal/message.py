"""A role's answer as the message a client gets: text or tool call, whole or damaged."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

from pydantic import JsonValue

from surestep.errors import InputError
from surestep.rehearsal.answer import Answer
from surestep.rehearsal.chat import ChatRequest, Tool
from surestep.rehearsal.draw import Draws
from surestep.rehearsal.parts import FaultKind
from surestep.rehearsal.scenario import BaseRole
from surestep.rehearsal.tokens import Token, count_tokens, scored_tokens

Finish = Literal["stop", "length", "tool_calls"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One choice of a reply.

    Attributes:
        text: the content, or the arguments of the tool call.
        tool: the tool that is called, if one is.
        finish: why it ends.
        tokens: how many tokens usage counts for it.
        scores: its tokens with their log-probabilities; empty for a tool call.
    """

    text: str
    tool: str | None
    finish: Finish
    tokens: int
    scores: tuple[Token, ...] = ()


def message_of(
    answer: Answer, role: BaseRole, request: ChatRequest, fault: FaultKind | None, draws: Draws
) -> Message:
    """What the client gets for an answer.

    Raises:
        InputError: the request wants an object and the role's answer cannot be made one.
    """
    probability = _probability(answer, role, draws)
    stated = round(1.0 - probability if answer.rejects else probability, 4)
    tool = _tool_for(answer.value, request)
    value, alternative = (
        _shaped(spoken, role, request, tool, stated)
        for spoken in (answer.value, answer.alternative)
    )
    if fault == "schema_drift":
        value = _drifted(value)
    text = _text(value)
    tokens = count_tokens(text) if role.tokens.output is None else role.tokens.output
    kept = _kept(tokens, request.max_tokens, truncated=fault == "truncated")
    if kept < 1.0:
        text, tokens = text[: int(len(text) * kept)], int(tokens * kept)
    scores = scored_tokens(text, _text(alternative), probability) if not tool else ()
    finish: Finish = "length" if kept < 1.0 else "tool_calls" if tool else "stop"
    return Message(
        text=text,
        tool=tool.name if tool else None,
        finish=finish,
        tokens=tokens,
        scores=tuple(scores) if request.logprobs else (),
    )


def _probability(answer: Answer, role: BaseRole, draws: Draws) -> float:
    if role.confidence is None or role.confidence.calibrated:
        return answer.confidence
    return 0.5 + 0.5 * draws.uniform("confidence")


def _tool_for(value: JsonValue, request: ChatRequest) -> Tool | None:
    """The tool an answer calls: the one whose parameters it fits, else the first."""
    wanted = request.must_call or (isinstance(value, dict) and not request.answers_tool)
    if not request.tools or not wanted:
        return None
    keys = set(value) if isinstance(value, dict) else set()
    fitting = (tool for tool in request.tools if keys <= set(tool.keys))
    return next(fitting, request.tools[0])


def _shaped(
    value: JsonValue, role: BaseRole, request: ChatRequest, tool: Tool | None, stated: float
) -> JsonValue:
    """The value in the form the request asks for, with the confidence where it belongs."""
    keys = tool.keys if tool else request.schema_keys
    field = role.confidence.field if role.confidence else None
    if not isinstance(value, dict):
        if tool is None and not request.wants_object:
            return value
        value = _wrapped(value, role, [key for key in keys if key != field])
    if field is not None and (not keys or field in keys):
        return {**value, field: stated}
    return value


def _wrapped(value: JsonValue, role: BaseRole, keys: list[str]) -> dict[str, JsonValue]:
    if len(keys) != 1:
        raise InputError(
            f"Role {role.name!r} answers {value!r}, and the request wants an object with the "
            f"keys {', '.join(keys) or '(none given)'}.",
            remedy="Make the role's truth an object.",
        )
    return {keys[0]: value}


def _drifted(value: JsonValue) -> JsonValue:
    """The answer of a model that changed its habits: other keys, or chatter."""
    if isinstance(value, dict) and value:
        return {f"{key}_value": inner for key, inner in value.items()}
    return f"Sure! Here is what you asked for:\n\n{_text(value)}"


def _text(value: JsonValue) -> str:
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError):
        # Only functions in code can answer something else.
        raise InputError(
            f"A role answers {value!r}, which is no JSON value.", remedy="Answer plain values."
        ) from None


def _kept(tokens: int, cap: int | None, *, truncated: bool) -> float:
    """The share of an answer that comes out before it is cut."""
    share = min(1.0, cap / tokens) if cap is not None and tokens else 1.0
    return share / 2.0 if truncated else share

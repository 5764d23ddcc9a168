"""Replies in the words of the OpenAI API: completions, chunks of a stream, errors, models.

The shapes are those of https://platform.openai.com/docs/api-reference/chat.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pydantic import JsonValue

from surestep.rehearsal.chat import ChatRequest
from surestep.rehearsal.engine import Reply
from surestep.rehearsal.message import Message
from surestep.rehearsal.tokens import Token, split_tokens

Json = dict[str, JsonValue]
# Pieces enough to look like a stream, few enough that a long text does not cost a packet a word.
MOST_PIECES = 16


def completion(reply: Reply, request: ChatRequest, *, created: int) -> Json:
    """The body of an answer that is sent whole.

    Args:
        reply: what to say.
        request: what it answers.
        created: when, in seconds since the epoch.
    """
    return {
        "id": reply.reply_id,
        "object": "chat.completion",
        "created": created,
        "model": request.model,
        "choices": [_choice(at, m, request) for at, m in enumerate(reply.messages)],
        "usage": usage(reply),
    }


def _choice(at: int, message: Message, request: ChatRequest) -> Json:
    content: Json = {"content": message.text}
    if message.tool is not None:
        content = {"content": None, "tool_calls": [_tool_call(message, f"call_{at}")]}
    return {
        "index": at,
        "message": {"role": "assistant", "refusal": None, **content},
        "logprobs": _logprobs(message.scores, request.top_logprobs),
        "finish_reason": message.finish,
    }


def _tool_call(message: Message, call_id: str) -> Json:
    function: Json = {"name": message.tool, "arguments": message.text}
    return {"id": call_id, "type": "function", "function": function}


def usage(reply: Reply) -> Json:
    """The usage of a reply."""
    return {
        "prompt_tokens": reply.input_tokens,
        "completion_tokens": reply.output_tokens,
        "total_tokens": reply.input_tokens + reply.output_tokens,
    }


def _logprobs(tokens: Sequence[Token], top: int) -> Json | None:
    if not tokens:
        return None
    return {"content": [_scored(token, top) for token in tokens], "refusal": None}


def _scored(token: Token, top: int) -> Json:
    both = [_entry(token.text, token.logprob)]
    if token.other is not None:
        both.append(_entry(token.other, token.other_logprob))
        both.sort(key=lambda entry: -float(str(entry["logprob"])))
    likeliest: list[JsonValue] = [*both[:top]]
    return {**_entry(token.text, token.logprob), "top_logprobs": likeliest}


def _entry(text: str, logprob: float) -> Json:
    return {"token": text, "logprob": logprob, "bytes": list(text.encode())}


def chunks(reply: Reply, request: ChatRequest, *, created: int) -> Iterator[Json]:
    """The chunks of a streamed answer, in the order they are sent."""
    frame: Json = {
        "id": reply.reply_id,
        "object": "chat.completion.chunk",
        "created": created,
        "model": request.model,
    }
    if request.usage_at_end:
        frame["usage"] = None
    for at, message in enumerate(reply.messages):
        for delta, scores, finish in _deltas(at, message):
            logprobs = _logprobs(scores, request.top_logprobs)
            choice: Json = {
                "index": at,
                "delta": delta,
                "logprobs": logprobs,
                "finish_reason": finish,
            }
            yield {**frame, "choices": [choice]}
    if request.usage_at_end:
        yield {**frame, "choices": [], "usage": usage(reply)}


def _deltas(at: int, message: Message) -> Iterator[tuple[Json, Sequence[Token], str | None]]:
    """What each chunk of one choice adds: its part, that part's tokens, and the finish."""
    if message.tool is None:
        yield {"role": "assistant", "content": ""}, (), None
        for text, scores in _pieces(message):
            yield {"content": text}, scores, None
    else:
        opening = {"index": 0, **_tool_call(message, f"call_{at}")}
        opening["function"] = {"name": message.tool, "arguments": ""}
        yield {"role": "assistant", "content": None, "tool_calls": [opening]}, (), None
        for text, _ in _pieces(message):
            yield {"tool_calls": [{"index": 0, "function": {"arguments": text}}]}, (), None
    yield {}, (), message.finish


def _pieces(message: Message) -> Iterator[tuple[str, Sequence[Token]]]:
    """A message's text in at most `MOST_PIECES` pieces, each with its scored tokens."""
    tokens = split_tokens(message.text)
    step = max(1, -(-len(tokens) // MOST_PIECES))
    for at in range(0, len(tokens), step):
        yield "".join(tokens[at : at + step]), message.scores[at : at + step]


def failure(text: str, *, kind: str, code: str | None = None) -> Json:
    """The body of an error."""
    return {"error": {"message": text, "type": kind, "param": None, "code": code}}


def model_list(names: Sequence[str]) -> Json:
    """The body of `/v1/models`."""
    data: list[JsonValue] = [
        {"id": name, "object": "model", "created": 0, "owned_by": "rehearsal"} for name in names
    ]
    return {"object": "list", "data": data}


def retry_headers(reply: Reply) -> Mapping[str, str]:
    """`Retry-After` in seconds, with the fraction a scaled time needs, and in milliseconds."""
    return {
        "retry-after": f"{reply.retry_after_s:g}",
        "retry-after-ms": f"{reply.retry_after_s * 1000.0:g}",
    }

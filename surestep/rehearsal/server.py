"""The model server: an engine behind the HTTP of an OpenAI-compatible API."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from surestep.clock import wall_s
from surestep.errors import InputError
from surestep.rehearsal.chat import ChatRequest, read_request
from surestep.rehearsal.engine import Engine, Reply
from surestep.rehearsal.openai_wire import (
    Json,
    chunks,
    completion,
    failure,
    model_list,
    retry_headers,
)

ERRORS = {
    "rate_limit": (429, "Rate limit reached.", "rate_limit_exceeded"),
    "server_error": (500, "The server had an error.", "server_error"),
    "unavailable": (503, "The engine is overloaded.", "overloaded"),
}


class BrokenResponse(Response):
    """The first half of a response, after which the connection breaks."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the half and return."""
        headers = [(b"content-type", self.media_type.encode() if self.media_type else b"")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        half = bytes(self.body)[: len(self.body) // 2]
        # Returning while more is announced makes uvicorn close the connection.
        await send({"type": "http.response.body", "body": half, "more_body": True})


def create_app(engine: Engine) -> Starlette:
    """The application that answers for an engine."""

    async def chat(request: Request) -> Response:
        try:
            asked = read_request(await request.body())
            reply = engine.reply(asked)
        except InputError as error:
            return JSONResponse(failure(str(error), kind="invalid_request_error"), 400)
        return await _respond(reply, asked)

    async def models(_: Request) -> Response:
        return JSONResponse(model_list(engine.scenario.models))

    async def broken(_: Request, error: Exception) -> Response:
        # The scenario's own functions may fail; with the log off, the client has to see why.
        return JSONResponse(failure(repr(error), kind="scenario_error"), 500)

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    return Starlette(
        routes=[
            Route("/v1/chat/completions", chat, methods=["POST"]),
            Route("/v1/models", models),
            Route("/healthz", health),
        ],
        exception_handlers={Exception: broken},
    )


async def _respond(reply: Reply, asked: ChatRequest) -> Response:
    if reply.fault in ERRORS:
        status, text, code = ERRORS[reply.fault]
        headers = retry_headers(reply) if status == 429 else None
        return JSONResponse(failure(text, kind=code, code=code), status, headers)
    created = int(wall_s())
    if reply.fault == "dropped":
        await asyncio.sleep(reply.latency_s)
        whole = json.dumps(completion(reply, asked, created=created))
        return BrokenResponse(whole, media_type="application/json")
    if asked.stream:
        events = list(chunks(reply, asked, created=created))
        return StreamingResponse(_events(events, reply.latency_s), media_type="text/event-stream")
    await asyncio.sleep(reply.latency_s)
    return JSONResponse(completion(reply, asked, created=created))


async def _events(events: list[Json], latency_s: float) -> AsyncIterator[str]:
    """Server-sent events: half the latency before the first, the rest spread over all."""
    await asyncio.sleep(latency_s / 2.0)
    for event in events:
        await asyncio.sleep(latency_s / 2.0 / len(events))
        yield f"data: {json.dumps(event)}\n\n"
    yield "data: [DONE]\n\n"

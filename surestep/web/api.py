"""The same inbox for programs: JSON in, JSON out, a token with every request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from surestep.clock import wall_s
from surestep.errors import InputError
from surestep.storage import Item
from surestep.storage.encode import to_json
from surestep.web.filters import Filters
from surestep.web.inbox import Inbox
from surestep.web.messages import Claim, Decide, HandOn, Items, Next, Release, view_of
from surestep.web.openapi import description
from surestep.web.refusals import Malformed, NotSignedIn, TooMany
from surestep.web.reviewers import Reviewer

MOST_ITEMS = 500
M = TypeVar("M", bound=BaseModel)
Endpoint = Callable[[Request], Awaitable[Response]]


def routes() -> list[BaseRoute]:
    """Where what is answered."""
    return [
        Route("/api/openapi.json", _described),
        Route("/api/items", _listed),
        Route("/api/next", _next, methods=["POST"]),
        Route("/api/items/{question_id:path}/claim", _claim, methods=["POST"]),
        Route("/api/items/{question_id:path}/decision", _decide, methods=["POST"]),
        Route("/api/items/{question_id:path}/release", _release, methods=["POST"]),
        Route("/api/items/{question_id:path}/hand-on", _hand_on, methods=["POST"]),
        Route("/api/items/{question_id:path}", _item),
    ]


async def _described(_: Request) -> Response:
    return JSONResponse(description())


async def _listed(request: Request) -> Response:
    inbox, reviewer = _entered(request)
    filters, now = Filters.of(request.query_params), wall_s()
    most = _limit(request.query_params.get("limit", str(MOST_ITEMS)))
    waiting = inbox.waiting
    items = await waiting.decided() if filters.decided else await waiting.open()
    found = filters.let_through(items, reviewer, now=now)
    shown = [view_of(one, now=now) for one in found[:most]]
    return _answer(Items(items=shown, found=len(found)))


async def _item(request: Request) -> Response:
    inbox, reviewer = _entered(request)
    return _shown(await inbox.item(_name(request), reviewer))


async def _next(request: Request) -> Response:
    inbox, reviewer = _entered(request)
    asked = await _read(request, Next)
    item = await inbox.offer(asked.queue, reviewer, asked.lease_s)
    return Response(status_code=204) if item is None else _shown(item)


async def _claim(request: Request) -> Response:
    inbox, reviewer = _entered(request)
    asked = await _read(request, Claim)
    return _shown(await inbox.claim(_name(request), reviewer, asked.lease_s))


async def _decide(request: Request) -> Response:
    inbox, reviewer = _entered(request)
    asked = await _read(request, Decide)
    answer: dict[str, object] = {"type": asked.type, "message": asked.message}
    if asked.type == "edit":
        answer["update"] = asked.update
    question = await inbox.decide(_name(request), answer, reviewer)
    return _shown(await inbox.item(question.question_id, reviewer))


async def _release(request: Request) -> Response:
    inbox, reviewer = _entered(request)
    asked = await _read(request, Release)
    return _shown(await inbox.release(_name(request), reviewer, asked.note))


async def _hand_on(request: Request) -> Response:
    inbox, reviewer = _entered(request)
    asked = await _read(request, HandOn)
    return _shown(
        await inbox.hand_on(
            _name(request), reviewer, queue=asked.queue, to=asked.to, note=asked.note
        )
    )


def _entered(request: Request) -> tuple[Inbox, Reviewer]:
    """Who asks, by the token of the request.

    Raises:
        NotSignedIn: it has none that is somebody's.
        TooMany: of this reviewer, or of wrong tokens from this address, there are too many.
    """
    inbox: Inbox = request.app.state.inbox
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    reviewer = inbox.reviewers.by_token(token.strip()) if kind.lower() == "bearer" else None
    if reviewer is None:
        wait_s = inbox.sign_ins.wait_s(request.client.host if request.client else "")
        raise TooMany(wait_s) if wait_s else NotSignedIn
    if wait_s := inbox.requests.wait_s(reviewer.name):
        raise TooMany(wait_s)
    return inbox, reviewer


async def _read(request: Request, model: type[M]) -> M:
    """The body of a request.

    Raises:
        Malformed: it is not what is asked for.
    """
    try:
        return model.model_validate_json(await request.body())
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"])) or "the body"
        raise Malformed(
            f"The request does not fit: {place}: {first['msg']}.",
            remedy="See /api/openapi.json.",
        ) from error


def _limit(word: str) -> int:
    if not (word.isascii() and word.isdecimal() and 1 <= int(word[:9]) <= MOST_ITEMS):
        raise InputError(f"Limit {word!r:.80} does not fit.", remedy=f"Give 1 to {MOST_ITEMS}.")
    return int(word)


def _name(request: Request) -> str:
    return str(request.path_params["question_id"])


def _shown(item: Item) -> Response:
    return _answer(view_of(item, now=wall_s()))


def _answer(model: BaseModel) -> Response:
    # Not by pydantic: what a model wrote may hold lone surrogates, which it refuses to write.
    text = to_json(model.model_dump(by_alias=True))
    return Response(text, media_type="application/json")

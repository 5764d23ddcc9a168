"""The inbox as an ASGI application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from surestep.errors import SurestepError
from surestep.web import actions, api, batch, figures_page, pages, signing
from surestep.web.guard import Guard
from surestep.web.inbox import Inbox
from surestep.web.refusals import NotSignedIn, TooMany, status_of
from surestep.web.render import render
from surestep.web.visits import HTML, Handler, changing, reading

KEPT = ("message", "note", "proposal")
"""Fields whose text is shown again on a page of refusal; and those of the proposal."""


def create_app(inbox: Inbox) -> Starlette:
    """The application over an inbox; runs that go on are stopped when it ends."""
    files = Mount("/static", StaticFiles(packages=[("surestep.web", "static")]))
    app = Starlette(
        routes=[*_pages(), *_items(), *api.routes(), files],
        middleware=[Middleware(Guard)],
        exception_handlers={SurestepError: _refused, HTTPException: _unknown},
        lifespan=_lifespan(inbox),
    )
    app.state.inbox = inbox
    return app


def _pages() -> list[BaseRoute]:
    return [
        Route("/", reading(pages.home)),
        Route("/live", reading(pages.live)),
        Route("/sign-in", signing.door, methods=["GET"]),
        Route("/sign-in", signing.sign_in, methods=["POST"]),
        _post("/sign-out", signing.sign_out),
        Route("/batch", reading(batch.like), methods=["GET"]),
        _post("/next", actions.take_next),
        _post("/batch", batch.chosen),
        _post("/batch/decide", batch.decide),
        Route("/figures", reading(figures_page.page)),
        Route("/figures/{name}.svg", reading(figures_page.chart)),
        Route("/favicon.ico", _icon),
    ]


def _items() -> list[BaseRoute]:
    """Names of items have slashes in them, so whatever is done to one stands before its name."""
    return [
        Route("/items/{question_id:path}", reading(pages.item)),
        Route("/place/{question_id:path}", reading(pages.place)),
        _post("/diff/{question_id:path}", pages.diff),
        _post("/claim/{question_id:path}", actions.claim),
        _post("/decide/{question_id:path}", actions.decide),
        _post("/release/{question_id:path}", actions.release),
        _post("/hand-on/{question_id:path}", actions.hand_on),
    ]


def _post(path: str, handler: Handler) -> Route:
    return Route(path, changing(handler), methods=["POST"])


def _lifespan(inbox: Inbox) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await inbox.pick_up()
        watching = asyncio.create_task(inbox.watch())
        yield
        watching.cancel()
        await asyncio.wait([watching])
        await inbox.background.aclose()

    return lifespan


async def _icon(_: Request) -> Response:
    return RedirectResponse("/static/icon.svg", 308)


async def _refused(request: Request, error: Exception) -> Response:
    """The page of an error, with everything that had been typed."""
    assert isinstance(error, SurestepError)
    if isinstance(error, NotSignedIn) and request.method == "GET" and not _is_api(request):
        if "hx-request" in request.headers:
            return Response(render("signed_out.html"), media_type=HTML)
        way = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/sign-in?next={quote(way)}", 303)
    response = _page(request, status_of(error), error.problem, error.remedy)
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = f"{error.wait_s + 1.0:.0f}"
    return response


async def _unknown(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _page(request, error.status_code, f"{error.detail}.", "Go back to the list.")


def _page(request: Request, status: int, problem: str, remedy: str) -> Response:
    if _is_api(request):
        headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
        return JSONResponse({"problem": problem, "remedy": remedy}, status, headers)
    form = getattr(request.state, "form", {})
    typed = {
        key: value
        for key, value in form.items()
        if isinstance(value, str) and value.strip() and (key in KEPT or key.startswith("field-"))
    }
    page = render(
        "refused.html", reviewer=None, problem=problem, remedy=remedy, typed=typed, url=""
    )
    return Response(page, status, media_type=HTML)


def _is_api(request: Request) -> bool:
    return request.url.path.startswith("/api/")

"""Signing in with a token, and out."""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from surestep.web.inbox import Inbox
from surestep.web.refusals import Forged, TooMany
from surestep.web.render import render
from surestep.web.sessions import LASTS_S
from surestep.web.visits import COOKIE, HTML, Visit

_log = logging.getLogger(__name__)


async def door(request: Request) -> Response:
    """The page to sign in on."""
    return _door(request.query_params.get("next", "/"))


async def sign_in(request: Request) -> Response:
    """Into the inbox, with a token that is somebody's."""
    # No session can vouch for this form yet, so the browser has to say where it was sent from.
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise Forged
    inbox: Inbox = request.app.state.inbox
    address = request.client.host if request.client else ""
    if wait_s := inbox.sign_ins.wait_s(address):
        raise TooMany(wait_s)
    async with request.form(max_files=0, max_fields=10) as form:
        token, onward = str(form.get("token", "")), str(form.get("next", "/"))
    reviewer = inbox.reviewers.by_token(token.strip())
    if reviewer is None:
        _log.warning("Somebody at %s tried to sign in with a token nobody has.", address)
        return _door(onward, problem="Nobody has this token.", status=401)
    _log.info("%s signed in from %s.", reviewer.name, address)
    response = RedirectResponse(_inside(onward), 303)
    response.set_cookie(
        COOKIE,
        inbox.sessions.start(reviewer),
        max_age=round(LASTS_S),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return response


async def sign_out(visit: Visit) -> Response:
    """Out of the inbox, in this browser."""
    visit.inbox.sessions.end(visit.request.cookies.get(COOKIE, ""))
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(COOKIE)
    return response


def _door(onward: str, *, problem: str = "", status: int = 200) -> Response:
    page = render("sign_in.html", next=_inside(onward), problem=problem, reviewer=None)
    return Response(page, status, media_type=HTML)


def _inside(path: str) -> str:
    """A path of this site; the list for anything that could lead elsewhere."""
    # Browsers take a backslash for a slash, and two of either for another host.
    safe = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if safe else "/"

"""Requests of somebody who is signed in: who it is, what their form says, and what is answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from surestep.values import NOTHING
from surestep.web.inbox import Inbox
from surestep.web.refusals import Forged, Malformed, NotSignedIn, TooMany
from surestep.web.render import render
from surestep.web.reviewers import Reviewer
from surestep.web.sessions import Session

HTML = "text/html"
COOKIE = "surestep_session"
_MOST_FIELDS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request of a signed-in reviewer.

    Attributes:
        inbox: what it is about.
        request: the request.
        session: in which they are signed in.
        reviewer: who they are.
        form: what they sent; empty for a request that only reads.
    """

    inbox: Inbox
    request: Request
    session: Session
    reviewer: Reviewer
    form: FormData = field(default_factory=FormData)

    def word(self, name: str) -> str:
        """One field of the form as text; `""` if it is not there."""
        value = self.form.get(name)
        return value if isinstance(value, str) else ""

    @property
    def words(self) -> Mapping[str, str]:
        """All text fields of the form."""
        return {key: value for key, value in self.form.items() if isinstance(value, str)}

    @property
    def typed(self) -> Mapping[str, str]:
        """What they typed beside the proposal, to be shown again if it could not be used."""
        return {name: self.word(name) for name in ("kind", "message", "note", "queue", "to")}

    @property
    def query(self) -> str:
        """The query string, to keep the filters of the list from page to page."""
        return self.request.url.query

    def page(
        self, template: str, values: Mapping[str, object] = NOTHING, *, status: int = 200
    ) -> Response:
        """A page for this reviewer."""
        notices = {"notices": self.session.taken_notices()}
        return Response(self._rendered(template, {**values, **notices}), status, media_type=HTML)

    def fragment(self, template: str, values: Mapping[str, object]) -> Response:
        """A part of a page, which leaves what is to be noticed to the next whole one."""
        return Response(self._rendered(template, values), media_type=HTML)

    def onward(self, path: str, notice: str = "") -> Response:
        """To another page, with the filters kept, after something was done."""
        if notice:
            self.session.notices.append(notice)
        # 303: whatever was sent here, the next page is only read.
        return RedirectResponse(f"{path}?{self.query}" if self.query else path, 303)

    def _rendered(self, template: str, values: Mapping[str, object]) -> bytes:
        known = {"reviewer": self.reviewer, "csrf": self.session.csrf, "query": self.query}
        return render(template, **known, **values)


Handler: TypeAlias = Callable[[Visit], Awaitable[Response]]
Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]


def reading(handler: Handler) -> Endpoint:
    """An endpoint that shows something to whoever is signed in."""

    async def endpoint(request: Request) -> Response:
        return await handler(_entered(request))

    return endpoint


def changing(handler: Handler) -> Endpoint:
    """An endpoint that changes something, for forms of the session they came with alone."""

    async def endpoint(request: Request) -> Response:
        async with request.form(max_files=0, max_fields=_MOST_FIELDS) as form:
            # For the page of an error, on which nothing that was typed may be lost.
            request.state.form = form
            visit = _entered(request, form)
            if any("\0" in text for text in visit.words.values()):
                # Postgres keeps no such text, and nobody types one.
                raise Malformed("There is a NUL in the form.", remedy="Take it out.")
            if not visit.session.accepts(visit.word("csrf")):
                raise Forged
            return await handler(visit)

    return endpoint


def _entered(request: Request, form: FormData | None = None) -> Visit:
    """The visit a request makes.

    Raises:
        NotSignedIn: it has no session that holds.
        TooMany: of this reviewer there are too many.
    """
    inbox: Inbox = request.app.state.inbox
    found = inbox.sessions.find(request.cookies.get(COOKIE, ""), inbox.reviewers)
    if found is None:
        raise NotSignedIn
    session, reviewer = found
    if wait_s := inbox.requests.wait_s(reviewer.name):
        raise TooMany(wait_s)
    return Visit(
        inbox=inbox, request=request, session=session, reviewer=reviewer, form=form or FormData()
    )

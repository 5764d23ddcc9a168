"""Who is signed in: sessions in memory, each with a secret that forms must carry."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from surestep.clock import now_s
from surestep.web.reviewers import Reviewer, Reviewers

LASTS_S = 12 * 3600.0
"""How long somebody stays signed in without asking for anything, in seconds."""
_MOST = 10_000


@dataclass(slots=True, kw_only=True)
class Session:
    """One browser in which somebody is signed in.

    Attributes:
        token_hash: of the token they signed in with; once that is replaced, the session is over.
        csrf: what every form that changes something carries.
        used_at: when it was last used, on the clock of `now_s`.
        notices: what is shown on the next page, and then no more.
    """

    token_hash: str
    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    used_at: float
    notices: list[str] = field(default_factory=list)

    def taken_notices(self) -> list[str]:
        """What is to be shown now."""
        shown, self.notices = self.notices, []
        return shown

    def accepts(self, csrf: str) -> bool:
        """Whether a form was made for this session."""
        return secrets.compare_digest(self.csrf.encode(), csrf.encode("utf-8", "replace"))


class Sessions:
    """The sessions of one server. They end with it, and their people sign in again."""

    def __init__(self) -> None:
        self._open: dict[str, Session] = {}

    def start(self, reviewer: Reviewer) -> str:
        """The name of a new session, which the browser keeps in a cookie."""
        now = now_s()
        if len(self._open) >= _MOST:
            oldest = sorted(self._open, key=lambda name: self._open[name].used_at)
            for name in oldest[: _MOST // 10]:
                del self._open[name]
        name = secrets.token_urlsafe(32)
        self._open[name] = Session(token_hash=reviewer.token_hash, used_at=now)
        return name

    def find(self, name: str, reviewers: Reviewers) -> tuple[Session, Reviewer] | None:
        """The session of that name and whose it is; `None` once it is over."""
        session = self._open.get(name)
        if session is None:
            return None
        known = {one.token_hash: one for one in reviewers.all()}
        now = now_s()
        if session.token_hash not in known or now - session.used_at > LASTS_S:
            self.end(name)
            return None
        session.used_at = now
        return session, known[session.token_hash]

    def end(self, name: str) -> None:
        """Sign out."""
        self._open.pop(name, None)

"""The systems around the flow, with the faults they have: sessions, database, fares, seats.

Each keeps what it was told in memory, answers after a while, and goes wrong for the same requests
in every run. What is lost on the way is lost once: whoever asks again is answered.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import asdict, dataclass, field

from examples.production_flow.cases import case_of
from examples.production_flow.policy import difference_cents

EXPIRED = "expired"
SLOW_QUERY, SLOW_QUERY_S = 0.05, 3.0
RATE_LIMITED, LOST, DRIFTED, STALE = 0.05, 0.04, 0.06, 0.04
Json = dict[str, object]


class SessionExpired(Exception):
    """The session is over; sign in again."""


class TooManyRequests(Exception):
    """HTTP 429 of the fare service."""

    status_code = 429


@dataclass(slots=True)
class World:
    """The systems, and what was done to them.

    Attributes:
        held: seats held, by key.
        done: bookings changed, by key.
    """

    held: dict[str, Json] = field(default_factory=dict)
    done: dict[str, Json] = field(default_factory=dict)
    _asked: Counter[str] = field(default_factory=Counter)

    async def session(self, request: str, token: str) -> str:
        """The customer of a session.

        Raises:
            SessionExpired: it is over.
        """
        await asyncio.sleep(0.02)
        if token == EXPIRED:
            raise SessionExpired(token)
        return case_of(request).booking.customer

    async def sign_in(self, request: str) -> str:
        """A new session for whoever sent the request."""
        await asyncio.sleep(0.15)
        return f"session-{request}"

    async def bookings(self, request: str, customer: str, *, primary: bool = False) -> list[Json]:
        """The open bookings of a customer; a replica may lag behind, the primary never does.

        Some queries are slow, so whoever asks sets a limit.
        """
        first = self._first("query", request)
        await asyncio.sleep(
            SLOW_QUERY_S if first and self._meets(SLOW_QUERY, "slow", request) else 0.06
        )
        booking = case_of(request).booking
        found = asdict(booking) | {"as_of_days": 0}
        if not primary and self._meets(STALE, "stale", request):
            found |= {"as_of_days": 3, "departs_in": booking.departs_in + 9}
        return [found] if booking.customer == customer else []

    async def fare(self, request: str, booking: str, day: int) -> Json:
        """What another day costs more, as the fare service says it.

        Raises:
            TooManyRequests: come back later.
            ConnectionError: the line is cut.
        """
        await asyncio.sleep(0.18)
        if self._first("fare", request):
            if self._meets(RATE_LIMITED, "rate", request):
                raise TooManyRequests
            if self._meets(LOST, "lost", request):
                raise ConnectionError("The line to the fare service was cut.")
        cents = difference_cents(booking, day)
        if self._meets(DRIFTED, "drift", request):
            return {"booking": booking, "day": day, "difference": cents / 100}
        return {"booking": booking, "day": day, "difference_cents": cents}

    async def hold(self, key: str, booking: str, day: int) -> Json:
        """A seat held; once per key."""
        await asyncio.sleep(0.05)
        return self.held.setdefault(key, {"booking": booking, "day": day})

    async def release(self, key: str) -> None:
        """Give a seat back."""
        await asyncio.sleep(0.05)
        self.held.pop(key, None)

    async def commit(self, key: str, receipt: Json) -> Json:
        """The receipt of a booking changed and a customer told; once per key."""
        await asyncio.sleep(0.08)
        return self.done.setdefault(key, receipt)

    def _first(self, what: str, request: str) -> bool:
        self._asked[f"{what}/{request}"] += 1
        return self._asked[f"{what}/{request}"] == 1

    def _meets(self, rate: float, what: str, request: str) -> bool:
        return random.Random(f"{what}/{request}").random() < rate

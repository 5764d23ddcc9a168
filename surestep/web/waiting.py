"""The items of the database, read once for everybody who looks at about the same time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from surestep.clock import now_s
from surestep.review.queues import escalate
from surestep.storage import Item, Store

OPEN_FOR_S = 1.0
DECIDED_FOR_S = 15.0
"""How long what was read of open, and of decided, items is taken for current, in seconds."""


@dataclass(slots=True)
class _Read:
    items: tuple[Item, ...] = ()
    until: float = float("-inf")
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)


class Waiting:
    """The items of one database, as lists and figures show them.

    A page that is asked for again every few seconds by every reviewer would otherwise read all of
    them each time. What is decided is always decided on the item as the database has it.

    Args:
        store: the database.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._open, self._decided = _Read(), _Read()

    async def open(self) -> tuple[Item, ...]:
        """Open items as they are offered, those without time left sent to the next queue."""
        async with self._open.reading:
            if now_s() >= self._open.until:
                await escalate(self._store)
                self._open.items = await self._store.items()
                self._open.until = now_s() + OPEN_FOR_S
        return self._open.items

    async def decided(self) -> tuple[Item, ...]:
        """Decided items, the last one first."""
        async with self._decided.reading:
            if now_s() >= self._decided.until:
                found = await self._store.items(status="answered")
                self._decided.items = tuple(sorted(found, key=decided_at, reverse=True))
                self._decided.until = now_s() + DECIDED_FOR_S
        return self._decided.items

    def changed(self) -> None:
        """Have both read again, because somebody has just changed an item here."""
        self._open.until = self._decided.until = float("-inf")


def decided_at(item: Item) -> float:
    """When an item was decided, in seconds since the epoch; 0.0 if it was not."""
    decision = item.question.decision
    return 0.0 if decision is None else decision.decided_at

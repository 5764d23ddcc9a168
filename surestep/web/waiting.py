"""The items of the database, read once for everybody who looks at about the same time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from surestep.clock import now_s
from surestep.storage import Item, Store

LEAST_S = 1.0
"""How long what was read is taken for current, at least, in seconds."""
TIMES = 10.0
"""The same as a multiple of the time it took to read: a long queue is read less often."""


@dataclass(slots=True)
class _Read:
    """Items by name, as they were read."""

    items: dict[str, Item] = field(default_factory=dict)
    until: float = float("-inf")
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    def keep(self, items: tuple[Item, ...], *, since: float) -> None:
        now = now_s()
        self.items = {item.question.question_id: item for item in items}
        self.until = now + max(LEAST_S, TIMES * (now - since))


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
        """Open items, in the order they are offered in."""
        async with self._open.reading:
            if (since := now_s()) >= self._open.until:
                self._open.keep(await self._store.items(), since=since)
        return tuple(self._open.items.values())

    async def decided(self) -> tuple[Item, ...]:
        """Decided items, the last one first."""
        async with self._decided.reading:
            if (since := now_s()) >= self._decided.until:
                found = await self._store.items(status="answered")
                self._decided.keep(tuple(sorted(found, key=decided_at)), since=since)
        return tuple(reversed(self._decided.items.values()))

    async def look_again(self, question_id: str) -> None:
        """Read one item again, because something was done to it here."""
        item = await self._store.item(question_id)
        for read, status in ((self._open, "open"), (self._decided, "answered")):
            if item is not None and item.status == status:
                read.items[question_id] = item
            else:
                read.items.pop(question_id, None)


def decided_at(item: Item) -> float:
    """When an item was decided, in seconds since the epoch; 0.0 if it was not."""
    decision = item.question.decision
    return 0.0 if decision is None else decision.decided_at

"""The items of the database, read once for everybody who looks at about the same time."""

from __future__ import annotations

from surestep.review.queues import escalate
from surestep.review.remembered import Remembered
from surestep.storage import Item, Store

OPEN_FOR_S = 1.0
DECIDED_FOR_S = 15.0
"""How long what was read of open, and of decided, items is taken for current, in seconds."""


class Waiting:
    """The items of one database, as lists and figures show them.

    A page that is asked for again every few seconds by every reviewer would otherwise read all of
    them each time. What is decided is always decided on the item as the database has it.

    Args:
        store: the database.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._open: Remembered[tuple[Item, ...]] = Remembered(OPEN_FOR_S)
        self._decided: Remembered[tuple[Item, ...]] = Remembered(DECIDED_FOR_S)

    async def open(self) -> tuple[Item, ...]:
        """Open items as they are offered, those without time left sent to the next queue."""

        async def read() -> tuple[Item, ...]:
            await escalate(self._store)
            return await self._store.items()

        return await self._open.get(self._store, "", read)

    async def decided(self) -> tuple[Item, ...]:
        """Decided items, the last one first."""

        async def read() -> tuple[Item, ...]:
            found = await self._store.items(status="answered")
            return tuple(sorted(found, key=decided_at, reverse=True))

        return await self._decided.get(self._store, "", read)

    def changed(self) -> None:
        """Have both read again, because somebody has just changed an item here."""
        self._open.forget(self._store, "")
        self._decided.forget(self._store, "")


def decided_at(item: Item) -> float:
    """When an item was decided, in seconds since the epoch; 0.0 if it was not."""
    decision = item.question.decision
    return 0.0 if decision is None else decision.decided_at

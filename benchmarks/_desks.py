"""Desks at which a reviewer takes questions: the store's, and bare loops to compare it with."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from typing import Protocol

import psycopg
from psycopg.sql import SQL, Identifier

from surestep.errors import AnswerRefused
from surestep.storage import Store
from surestep.values import Decision, Question

LEASE_S = 3.0
"""How long a claim holds here, in seconds."""


class Desk(Protocol):
    """One reviewer's access to the questions."""

    async def take(self, who: str) -> str | None:
        """The next question, held by the reviewer; `None` if none is free."""

    async def decide(self, name: str, who: str) -> bool:
        """Whether the decision counts."""

    async def waiting(self) -> bool:
        """Whether any question is still open, be it free or held."""

    def close(self) -> None:
        """Close the database."""


class Kind(Protocol):
    """A kind of desk: opens one, and lays out questions for all."""

    def __call__(self, place: str) -> Desk: ...

    def fill(self, place: str, items: int) -> None:
        """Have so many open questions in a new database."""


class Ours:
    """The store."""

    def __init__(self, place: str) -> None:
        self._store = Store.open(place)

    @staticmethod
    def fill(place: str, items: int) -> None:
        """Have them asked, one after the other."""
        store = Store.open(place)

        async def ask() -> None:
            for number in range(items):
                await store.ask(a_question(f"q{number}"))

        asyncio.run(ask())
        store.close()

    async def take(self, who: str) -> str | None:
        """By an offer from the queue."""
        item = await self._store.offer("default", who, lease_s=LEASE_S)
        return None if item is None else item.question.question_id

    async def decide(self, name: str, who: str) -> bool:
        """By an answer, unless it is refused."""
        try:
            await self._store.answer(name, Decision("approve", actor=who))
        except AnswerRefused:
            return False
        return True

    async def waiting(self) -> bool:
        """By the list of open questions."""
        return bool(await self._store.questions())

    def close(self) -> None:
        """Close the store."""
        self._store.close()


class BareSqlite:
    """A table and two statements."""

    MAKE = """
        CREATE TABLE item (
            id TEXT PRIMARY KEY, status TEXT NOT NULL, held_by TEXT NOT NULL, held_until REAL,
            priority INTEGER NOT NULL, queued_at REAL NOT NULL
        );
        CREATE INDEX item_free ON item (priority DESC, queued_at) WHERE status = 'open';
    """
    FILL = "INSERT INTO item VALUES (?, 'open', '', NULL, 0, ?)"
    TAKE = """
        UPDATE item SET held_by = ?, held_until = ? WHERE id = (
            SELECT id FROM item
            WHERE status = 'open' AND (held_until IS NULL OR held_until <= ?)
            ORDER BY priority DESC, queued_at LIMIT 1
        ) RETURNING id
    """
    DECIDE = "UPDATE item SET status = 'answered' WHERE id = ? AND held_by = ?"
    OPEN = "SELECT count(*) FROM item WHERE status = 'open'"

    def __init__(self, place: str) -> None:
        self._connection = sqlite3.connect(place, timeout=60.0, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")

    @classmethod
    def fill(cls, place: str, items: int) -> None:
        """Make the table, with so many open rows."""
        connection = sqlite3.connect(place)
        connection.executescript(cls.MAKE)
        connection.executemany(cls.FILL, [(f"q{number}", number) for number in range(items)])
        connection.commit()
        connection.close()

    async def take(self, who: str) -> str | None:
        """By one statement."""
        now = time.time()
        row = self._connection.execute(self.TAKE, (who, now + LEASE_S, now)).fetchone()
        return None if row is None else str(row[0])

    async def decide(self, name: str, who: str) -> bool:
        """By another one."""
        return self._connection.execute(self.DECIDE, (name, who)).rowcount == 1

    async def waiting(self) -> bool:
        """By a count."""
        return bool(self._connection.execute(self.OPEN).fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


class BarePostgres:
    """A table and `SELECT ... FOR UPDATE SKIP LOCKED`."""

    FREE = """
        SELECT id FROM item
        WHERE status = 'open' AND (held_until IS NULL OR held_until <= %s)
        ORDER BY priority DESC, queued_at LIMIT 1 FOR UPDATE SKIP LOCKED
    """
    HOLD = "UPDATE item SET held_by = %s, held_until = %s WHERE id = %s"
    DECIDE = "UPDATE item SET status = 'answered' WHERE id = %s AND held_by = %s"

    def __init__(self, place: str) -> None:
        self._connection = psycopg.connect(place, autocommit=True)

    @staticmethod
    def fill(place: str, items: int) -> None:
        """Make the table, with so many open rows, in a schema of its own."""
        with psycopg.connect(place) as connection:
            (name,) = connection.execute("SELECT current_setting('search_path')").fetchone() or (
                "",
            )
            connection.execute(SQL("CREATE SCHEMA {}").format(Identifier(name)))
            connection.execute(BareSqlite.MAKE)
            rows = [(f"q{number}", number) for number in range(items)]
            connection.cursor().executemany(BareSqlite.FILL.replace("?", "%s"), rows)
            # Without it, the server may sort all rows for every claim until it does so by itself.
            connection.execute("ANALYZE item")

    async def take(self, who: str) -> str | None:
        """In one transaction."""
        now = time.time()
        with self._connection.transaction():
            row = self._connection.execute(self.FREE, (now,)).fetchone()
            if row is not None:
                self._connection.execute(self.HOLD, (who, now + LEASE_S, row[0]))
        return None if row is None else str(row[0])

    async def decide(self, name: str, who: str) -> bool:
        """By one statement."""
        return self._connection.execute(self.DECIDE, (name, who)).rowcount == 1

    async def waiting(self) -> bool:
        """By a count."""
        row = self._connection.execute(BareSqlite.OPEN).fetchone()
        return bool(row and row[0])

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def a_question(name: str) -> Question:
    """A question of that name, as a step with an amount asks it."""
    return Question(
        question_id=name,
        thread_id=name,
        step="refund",
        visit=1,
        reason="amount",
        proposal={"amount_usd": 120.0, "text": "We refund the order in full."},
    )

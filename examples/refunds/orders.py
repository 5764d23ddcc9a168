"""The order book: a small SQLite database, and the tool that moves the money."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from examples.refunds.policy import Order, usd

SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
    order_id TEXT PRIMARY KEY,
    customer TEXT NOT NULL,
    total_cents INTEGER NOT NULL,
    delivered_days_ago INTEGER NOT NULL,
    refunded_cents INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY,
    ticket_id TEXT NOT NULL,
    order_id TEXT,
    cents INTEGER NOT NULL,
    reply TEXT NOT NULL
);
"""
Receipt = dict[str, object]


class RefundRefused(ValueError):
    """A refund the book does not allow; nothing has moved."""


class OrderBook:
    """Orders, refunds and replies in one file; every call opens it anew.

    Args:
        path: the file; made, with its folder, if it is missing.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with closing(self._connect()) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(SCHEMA)

    def fill(self, orders: Iterable[Order]) -> None:
        """Add orders; those already there stay as they are."""
        rows = [
            (o.order_id, o.customer, o.total_cents, o.delivered_days_ago, o.refunded_cents)
            for o in orders
        ]
        with closing(self._connect()) as connection, connection:
            connection.executemany("INSERT OR IGNORE INTO orders VALUES (?, ?, ?, ?, ?)", rows)

    async def look_up(self, order_id: str) -> Order | None:
        """The order under this number, if there is one."""
        return await asyncio.to_thread(self._look_up, order_id)

    async def answer(
        self, key: str, ticket_id: str, order_id: str | None, cents: int, reply: str
    ) -> Receipt:
        """Pay a refund, if there is money to go back, and send the reply; once per key.

        Args:
            key: the idempotency key; a key seen before changes nothing.
            ticket_id: the ticket that is answered.
            order_id: the order that is refunded; may be `None` if no money moves.
            cents: what goes back.
            reply: what the customer is told.

        Raises:
            RefundRefused: the order is unknown, was refunded before, or cost less.
        """
        return await asyncio.to_thread(self._answer, key, ticket_id, order_id, cents, reply)

    async def find(self, key: str) -> Receipt | None:
        """The receipt of what was done under this key; `None` if nothing was."""
        return await asyncio.to_thread(self._find, key)

    def paid(self) -> dict[str, list[int]]:
        """What was paid by ticket, in cents: one number per answer sent."""
        with closing(self._connect()) as connection:
            found: dict[str, list[int]] = {}
            for row in connection.execute("SELECT ticket_id, cents FROM answers"):
                found.setdefault(row["ticket_id"], []).append(row["cents"])
            return found

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=30.0)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    def _look_up(self, order_id: str) -> Order | None:
        with closing(self._connect()) as connection:
            row = connection.execute(
                "SELECT * FROM orders WHERE order_id = ?", (order_id,)
            ).fetchone()
            return None if row is None else Order(**dict(row))

    def _answer(
        self, key: str, ticket_id: str, order_id: str | None, cents: int, reply: str
    ) -> Receipt:
        with closing(self._connect()) as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            if found := _receipt(connection, key):
                return found
            if cents:
                _refund(connection, order_id, cents)
            values = (key, ticket_id, order_id, cents, reply)
            connection.execute("INSERT INTO answers VALUES (?, ?, ?, ?, ?)", values)
            return _receipt(connection, key) or {}

    def _find(self, key: str) -> Receipt | None:
        with closing(self._connect()) as connection:
            return _receipt(connection, key)


def _receipt(connection: sqlite3.Connection, key: str) -> Receipt | None:
    row = connection.execute(
        "SELECT key, ticket_id, order_id, cents FROM answers WHERE key = ?", (key,)
    ).fetchone()
    return None if row is None else dict(row)


def _refund(connection: sqlite3.Connection, order_id: str | None, cents: int) -> None:
    """Mark the order refunded.

    Raises:
        RefundRefused: it cannot be.
    """
    changed = connection.execute(
        "UPDATE orders SET refunded_cents = ? "
        "WHERE order_id = ? AND refunded_cents = 0 AND ? BETWEEN 1 AND total_cents",
        (cents, order_id, cents),
    )
    if changed.rowcount == 0:
        raise RefundRefused(
            f"Order {order_id!r} cannot be refunded {usd(cents)} USD: it is unknown, was "
            "refunded before, or cost less."
        )

"""What the store asks of a database; each dialect answers in a file of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

from surestep.errors import StoreError

NO_VALUES: Mapping[str, object] = {}


class Row(Protocol):
    """One row of a result, its values by the names of its columns."""

    def keys(self) -> Iterable[str]:
        """The names of the columns."""

    def __getitem__(self, name: str, /) -> Any: ...


class Rows(Protocol):
    """What a statement gives."""

    @property
    def rowcount(self) -> int:
        """How many rows it changed."""

    def fetchone(self) -> Row | None:
        """The next row, or `None` after the last."""

    def __iter__(self) -> Iterator[Row]: ...


class Connection(Protocol):
    """An open connection; outside of a transaction every statement commits by itself."""

    def run(self, name: str, values: Mapping[str, object] = NO_VALUES) -> Rows:
        """What the statement of that name gives for these values; other values are ignored."""

    def run_all(self, name: str, rows: Iterable[Mapping[str, object]]) -> None:
        """Run the statement of that name once for each of the rows."""

    def transaction(self) -> AbstractContextManager[None]:
        """A write transaction around a block: all of it happens, or nothing."""

    def durable(self) -> AbstractContextManager[None]:
        """A write transaction that is past any power cut once the block has ended."""

    def now(self, local: float) -> float:
        """The time by which leases run, in seconds since the epoch.

        It is the same for everybody who can open the database: `local`, the time of this
        machine, where no other machine can.
        """


class Database(Protocol):
    """A database that is open.

    Attributes:
        name: the database as messages may name it, without any password.
        lanes: how many pieces of work it takes at once.
        failure: the base of all errors its driver raises.
    """

    name: str
    lanes: int
    failure: type[Exception]

    def connection(self) -> AbstractContextManager[Connection]:
        """A connection for one piece of work."""

    def refusal(self, error: Exception) -> StoreError:
        """What to tell of an error its driver raised."""

    def close(self) -> None:
        """Close all connections."""

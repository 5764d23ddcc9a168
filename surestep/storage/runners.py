"""Which run goes on with a thread: one at a time, for as long as it gives signs of life."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from uuid import uuid4

from surestep.clock import wall_s
from surestep.errors import ThreadBusy
from surestep.storage.dialect import Connection
from surestep.storage.lane import Lane
from surestep.storage.processes import Process


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """A run that goes on with a thread.

    Attributes:
        thread_id: the thread.
        token: of this run alone.
        process: where it runs.
        since: when it started, in seconds since the epoch.
        until: when the thread is free again, unless it is kept for longer.
    """

    thread_id: str
    token: str
    process: Process
    since: float
    until: float


class Runners:
    """The part of a store that has one run at a time go on with a thread.

    As thread-safe as the store it belongs to, and with the same errors.

    Args:
        lane: the store's way to its database.
    """

    def __init__(self, lane: Lane) -> None:
        self._lane = lane

    async def take(self, thread_id: str, lease_s: float) -> str:
        """The token of a run that goes on with the thread from now on.

        Args:
            thread_id: the thread.
            lease_s: for how long, in seconds, unless it is kept for longer. A process of this
                machine that has ended holds nothing, whatever its lease.

        Raises:
            ThreadBusy: another run goes on with it.
        """
        token, now = uuid4().hex, wall_s()
        other = await self._lane.run(
            lambda connection: take(connection, thread_id, token, lease_s, now)
        )
        if other is not None:
            raise ThreadBusy(
                thread_id, holder=str(other.process), since=other.since, lease_s=lease_s
            )
        return token

    async def keep(self, thread_id: str, token: str, lease_s: float) -> bool:
        """Whether the run still goes on with the thread; if so, for so many seconds more."""
        now = wall_s()
        return await self._lane.run(
            lambda connection: keep(connection, thread_id, token, lease_s, now)
        )

    async def leave(self, thread_id: str, token: str) -> None:
        """Have the thread be free, if it is still the run's."""
        await self._lane.run(lambda connection: leave(connection, thread_id, token))

    async def of(self, thread_id: str) -> Runner | None:
        """The run that goes on with the thread, or last did and has not said that it ended."""
        return await self._lane.run(lambda connection: of(connection, thread_id))

    async def busy(self, thread_id: str) -> bool:
        """Whether a run goes on with the thread, as far as anybody can tell from here."""
        now = wall_s()
        return await self._lane.run(lambda connection: busy(connection, thread_id, now))


def take(
    connection: Connection, thread_id: str, token: str, lease_s: float, now: float
) -> Runner | None:
    """Who is in the way; `None` once the thread is this run's."""
    with connection.transaction():
        now = connection.now(now)
        place = {"thread_id": thread_id, "token": token, "since": now, "until": now + lease_s}
        values = {**asdict(Process.this()), **place, "gone": ""}
        if connection.run("take_thread", values).rowcount:
            return None
        # Refused or not, the row stays as it is until this transaction ends.
        other = of(connection, thread_id)
        assert other is not None
        if not other.process.is_gone():
            return other
        connection.run("take_thread", {**values, "gone": other.token})
        return None


def keep(connection: Connection, thread_id: str, token: str, lease_s: float, now: float) -> bool:
    """Whether the thread is still the run's; if so, for longer."""
    until = connection.now(now) + lease_s
    values = {"thread_id": thread_id, "token": token, "until": until}
    return connection.run("keep_thread", values).rowcount == 1


def leave(connection: Connection, thread_id: str, token: str) -> None:
    """Have the thread be free, if it is still the run's."""
    connection.run("leave_thread", {"thread_id": thread_id, "token": token})


def busy(connection: Connection, thread_id: str, now: float) -> bool:
    """Whether a run goes on with a thread, in a process that is not known to be gone."""
    found = of(connection, thread_id)
    return found is not None and connection.now(now) < found.until and not found.process.is_gone()


def of(connection: Connection, thread_id: str) -> Runner | None:
    """The run that goes on with a thread, if any."""
    row = connection.run("runner", {"thread_id": thread_id}).fetchone()
    if row is None:
        return None
    process = Process(**{name: row[name] for name in ("host", "machine", "pid", "started")})
    return Runner(
        thread_id=thread_id,
        token=row["token"],
        process=process,
        since=row["since"],
        until=row["until"],
    )

"""The part of a store that review after the fact and autonomy need."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from surestep.clock import wall_s
from surestep.storage import actions, rungs
from surestep.storage.actions import ActionRow, Pending, Taken
from surestep.storage.lane import Lane
from surestep.storage.rungs import Lately, RungRow

LOWEST = -(2**31)
"""A priority no question is below of."""


class Reviews:
    """What went on without a person, what people said of it, and where steps stand by that.

    As thread-safe as the store it belongs to, and with the same errors.

    Args:
        lane: the store's way to its database.
    """

    def __init__(self, lane: Lane) -> None:
        self._lane = lane

    async def put(self, row: ActionRow) -> None:
        """Keep an output that is not settled yet; nobody is asked about it before it is.

        It takes the place of one of the same visit, which a crash has had made again.
        """
        await self._lane.run(lambda connection: actions.put(connection, row))

    async def drop(self, *keys: str) -> None:
        """Forget outputs that have not settled: they were taken back."""
        if not keys:
            return
        await self._lane.run(lambda connection: actions.drop(connection, keys))

    async def pending(self, thread_id: str) -> tuple[Pending, ...]:
        """The outputs of a thread that have not settled."""
        return await self._lane.run(lambda connection: actions.pending(connection, thread_id))

    async def settle(self, keys: Collection[str]) -> None:
        """Count outputs from now on, and ask reviewers about those that were drawn.

        Each counts, and is asked about, once, however often this is done.
        """
        now = wall_s()
        await self._lane.run(lambda connection: actions.settle(connection, keys, now))

    async def taken(self, step: str | None = None, *, since: float = 0.0) -> tuple[Taken, ...]:
        """The settled outputs of a step, or of all, and what people said of them, in order.

        Args:
            step: the step's path; default: every step.
            since: only those that settled, or were asked about, after then.
        """
        return await self._lane.run(lambda connection: actions.taken(connection, step, since))

    async def recent_confidences(self, step: str, limit: int) -> tuple[float, ...]:
        """The confidences of the last outputs of a step that settled without a person."""
        return await self._lane.run(
            lambda connection: actions.recent_confidences(connection, step, limit)
        )

    async def add_rung(self, row: RungRow) -> bool:
        """Whether the entry is the next one of its step; if not, somebody else's came first."""
        return await self._lane.run(lambda connection: rungs.add(connection, row))

    async def rungs(self, step: str | None = None) -> tuple[RungRow, ...]:
        """The history of a step, or of all, in order; the last entry of a step holds."""
        return await self._lane.run(lambda connection: rungs.history(connection, step))

    async def save_terms(self, step: str, terms: Mapping[str, object]) -> None:
        """Keep what a step declares, as plain JSON values, in place of what it did."""
        await self._lane.run(lambda connection: rungs.save_terms(connection, step, terms))

    async def terms(self) -> dict[str, dict[str, object]]:
        """What each step declares, by path."""
        return await self._lane.run(rungs.terms)

    async def asking(self, team: str) -> tuple[float, float, float] | None:
        """The share of questions a team is asked, of reviews it does, and since when.

        `None` if nothing was ever kept.
        """
        return await self._lane.run(lambda connection: rungs.asking(connection, team))

    async def save_asking(self, team: str, *, asked: float, sampled: float, at: float) -> None:
        """Keep what a team is asked."""
        await self._lane.run(
            lambda connection: rungs.save_asking(connection, team, asked, sampled, at)
        )

    async def waiting(self, *queues: str, priority: int = LOWEST) -> int:
        """How many questions wait in some queues.

        Args:
            queues: the queues.
            priority: only those of this priority or a higher one.
        """
        return await self._lane.run(lambda connection: rungs.waiting(connection, queues, priority))

    async def lately(
        self, queues: Sequence[str], steps: Sequence[str], *, since: float
    ) -> tuple[Lately, ...]:
        """What has come up since some time, whether people were asked about it or not.

        Args:
            queues: whose questions count.
            steps: whose outputs count that went on without a person.
            since: seconds since the epoch.
        """
        return await self._lane.run(
            lambda connection: rungs.lately(connection, queues, steps, since)
        )

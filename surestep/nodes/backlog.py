"""Outputs of a run that went on without a person, on their way to whoever reviews them.

Each is in the database, under its visit's key, before LangGraph keeps what the visit wrote: so
none is lost, and a visit that a crash has run again replaces what it made before. It counts, and a
reviewer is asked, once nothing can take it back: as a later step lands and no verdict is out, or
when the run ends or stops for a person.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

from surestep.review.standing import watch
from surestep.storage import Store
from surestep.storage.actions import ActionRow


class Backlog:
    """What one run has to have reviewed.

    Args:
        store: the database.
        thread_id: the thread, as the trace names it.

    Attributes:
        landed: keys of outputs that do not count yet, whose visits have written into their graph.
        earning: the steps whose autonomy is earned by what is said of them.
    """

    def __init__(self, store: Store, thread_id: str) -> None:
        self.landed: set[str] = set()
        self.earning: list[str] = []
        self._store, self._thread_id = store, thread_id
        self._began: dict[str, str] = {}
        self._used = False
        self._writing: set[asyncio.Task[None]] = set()

    @property
    def writing(self) -> bool:
        """Whether anything is on its way into the database."""
        return bool(self._writing)

    async def keep(self, row: ActionRow) -> None:
        """Keep an output, in place of what the same visit made before."""
        self._used = True
        self._began[row.key] = row.origin.get("", "")
        await self._store.reviews.put(row)

    def keep_later(self, key: str, keeping: Coroutine[object, object, None]) -> None:
        """Keep an output that landed before its verdicts were in; `written` waits for that."""
        self._used = True
        self.landed.add(key)
        self._writing.add(asyncio.create_task(keeping))

    async def written(self) -> None:
        """Return once everything is in the database.

        Raises:
            StoreError: the database failed.
        """
        while self._writing:
            # Taken out once it is done: whoever waits beside this one must wait as long.
            task = next(iter(self._writing))
            # Shielded: a node that is cancelled must not take the write of another with it.
            try:
                await asyncio.shield(task)
            finally:
                if task.done():
                    self._writing.discard(task)

    async def abandon(self) -> None:
        """Cancel what is still on its way into the database, which has failed."""
        for task in self._writing:
            task.cancel()
        await asyncio.gather(*self._writing, return_exceptions=True)
        self._writing.clear()

    async def advance(self, checkpoint_id: str) -> None:
        """Count what landed before a checkpoint, none of which can be taken back any more.

        Args:
            checkpoint_id: the outermost graph's, from which the present superstep has started.
        """
        done = [key for key in self.landed if self._began.get(key, checkpoint_id) < checkpoint_id]
        if done:
            self.landed.difference_update(done)
            await self._store.reviews.settle(done)

    async def forget(self, key: str) -> None:
        """Forget what a visit made before, as it has ended otherwise."""
        await self._store.reviews.drop(key)

    async def take_back(self, graph: str, checkpoint_id: str) -> None:
        """Forget what was made in a superstep of a graph, and since, on a lost bet.

        Args:
            graph: the checkpoint namespace of the graph.
            checkpoint_id: the checkpoint the superstep started from.
        """
        await self.written()
        if not self._used:
            return
        since = [
            one.key
            for one in await self._store.reviews.pending(self._thread_id)
            # Checkpoints are named in the order they are made in.
            if str(one.origin.get(graph, "")) >= checkpoint_id
        ]
        await self._store.reviews.drop(*since)
        self.landed.difference_update(since)

    async def open(self, *, fresh: bool, checkpoint_id: str, unsettled: bool) -> None:
        """See to what an earlier pass over the thread has left, which a crash cut off.

        What goes on is seen to when it ends. New input drops what was under way: what its
        checkpoint has of it had settled, unless verdicts were out.

        Args:
            fresh: whether this is new input.
            checkpoint_id: the thread's last checkpoint.
            unsettled: whether outputs were gone on from whose verdicts were out.
        """
        self._used = True
        if not fresh:
            return
        left = await self._store.reviews.pending(self._thread_id)
        kept = [one.key for one in left if str(one.origin.get("", "")) < checkpoint_id]
        if kept and not unsettled:
            await self._store.reviews.settle(kept)
        # What has settled stays.
        await self._store.reviews.drop(*(one.key for one in left))

    async def close(self, *, whole: bool, unsettled: bool) -> None:
        """Have what is settled now counted and reviewed.

        Args:
            whole: whether the pass came to its end, so that whatever was made has landed.
            unsettled: whether verdicts are out, and with them what may be taken back.
        """
        await self.written()
        if not self._used or unsettled:
            return
        left = await self._store.reviews.pending(self._thread_id)
        settled = [one.key for one in left if whole or one.key in self.landed]
        if settled:
            await self._store.reviews.settle(settled)
        for step in self.earning:
            await watch(self._store, step)

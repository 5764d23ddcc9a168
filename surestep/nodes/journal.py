"""Reversible effects that may have to be undone later: journaled before, after, and when undone.

Where there is a journal, a reversible step need not wait for outputs it rests on: if one of them
is refused, what the step did is known, whatever crashes, and is undone exactly once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from langchain_core.runnables import RunnableConfig
from langgraph._internal._constants import (
    CONFIG_KEY_CHECKPOINT_NS,
    CONFIG_KEY_CHECKPOINTER,
    CONFIG_KEY_RUNTIME,
)
from langgraph.checkpoint.base import BaseCheckpointSaver

from surestep.nodes.barrier import undisturbed
from surestep.nodes.bets.book import Bets
from surestep.nodes.ends import packed, unpacked
from surestep.nodes.live import Live
from surestep.storage import Deed, Store
from surestep.values import Output

Keeper = BaseCheckpointSaver[Any]
IN_DOUBT = "it was cut off while its effect was being undone, which may have happened"


class Visited(Protocol):
    """A visit of a step, as far as its effect goes."""

    live: Live
    config: RunnableConfig
    path: str
    arg: object
    lineage: str

    @property
    def visit(self) -> int:
        """Which visit it is."""

    @property
    def key(self) -> str:
        """Names it."""


class Journal:
    """The journal of one visit's effect.

    Args:
        stage: the visit.
        store: where it is kept.
        keeper: the checkpointer, which can serialize whatever a state holds.
    """

    def __init__(self, stage: Visited, store: Store, keeper: Keeper) -> None:
        self._stage, self._store, self._keeper = stage, store, keeper

    async def acting(self, call: Callable[[], Awaitable[Output]]) -> Output:
        """What a worker call comes to; what it came to before a crash, if it did.

        A refusal of what it rests on does not cut it off: it ends, and is then undone.
        """
        stage = self._stage
        deed = await self._store.deed(stage.key)
        if deed is not None and deed.status == "done" and self._holds(deed):
            await self._store.move_deed(
                stage.key, superstep=self._superstep, checkpoint_id=self._checkpoint_id
            )
            self._remember()
            return self.output(deed)
        await self._give_way()
        with self.undisturbed():
            return await self._acted(call)

    async def undo(
        self,
        undo: Callable[[Output], Awaitable[None]],
        output: Output,
        *,
        earlier: bool = False,
    ) -> str:
        """Why the effect still stands, or may; `""` once it is undone, or if there is none.

        Args:
            undo: undoes it.
            output: what it made.
            earlier: whether it was made in an earlier superstep, so that what is journaled of
                this one is not it.

        Raises:
            asyncio.CancelledError: cut off on the way; nobody can know now whether it is undone.
        """
        deed = await self.deed()
        if deed is None or deed.status == "undone" or (earlier and self._holds(deed)):
            return ""
        await self._give_way()
        return await self.revoke(undo, output)

    async def revoke(
        self, undo: Callable[[Output], Awaitable[None]], output: Output | None = None
    ) -> str:
        """The same, for who takes a whole lineage back.

        Args:
            undo: undoes it.
            output: what it made; by default what is journaled.
        """
        key, deed = self._stage.key, await self.deed()
        assert deed is not None
        if deed.status == "undoing":
            await self._store.mark_deed(key, "stuck")
            return IN_DOUBT
        with self.undisturbed():
            await self._store.mark_deed(key, "undoing")
            try:
                await undo(output or self.output(deed))
            except Exception as error:  # noqa: BLE001 - an undo is foreign code: it may raise anything
                await self._store.mark_deed(key, "stuck")
                return f"its effect could not be undone: {type(error).__name__}: {error}"
            await self._store.mark_deed(key, "undone")
        return ""

    async def deed(self) -> Deed | None:
        """What is journaled under the visit's key."""
        return await self._store.deed(self._stage.key)

    async def stuck(self) -> Deed:
        """The effect, of which nobody can say whether it is undone."""
        await self._store.mark_deed(self._stage.key, "stuck")
        deed = await self.deed()
        assert deed is not None
        return deed

    async def told(self, *, undone: bool) -> None:
        """Take a person's word on an effect that was stuck."""
        deed = await self.deed()
        if deed is not None and deed.status in ("undoing", "stuck"):
            await self._store.mark_deed(self._stage.key, "undone" if undone else "done")

    def undisturbed(self) -> Any:
        """Put off what lost bets cancel: half an effect, or half an undo, is in doubt."""
        namespace = self._stage.config["configurable"][CONFIG_KEY_CHECKPOINT_NS]
        return undisturbed(self._stage.live, namespace)

    async def _acted(self, call: Callable[[], Awaitable[Output]]) -> Output:
        stage, store = self._stage, self._store
        assert stage.live.thread_id is not None
        self._remember()
        deed = Deed(
            key=stage.key,
            thread_id=stage.live.thread_id,
            run=stage.live.number,
            step=stage.path,
            visit=stage.visit,
            lineage=stage.lineage,
            superstep=self._superstep,
            checkpoint_id=self._checkpoint_id,
            arg=None if stage.arg is None else dumped(self._keeper, stage.arg),
        )
        await store.begin_deed(deed)
        try:
            output = await call()
        except Exception:
            # A worker that raises has to leave nothing behind.
            await store.mark_deed(stage.key, "undone")
            raise
        value = {"update": packed(output.update), "confidence": output.confidence}
        await store.finish_deed(stage.key, dumped(self._keeper, value))
        return output

    async def _give_way(self) -> None:
        """Return if nothing is lost; else wait to be cancelled, which another effect puts off."""
        if self._bets.lost:
            await asyncio.get_running_loop().create_future()

    def _holds(self, deed: Deed) -> bool:
        """Whether what is journaled was made from the state this visit starts from."""
        return deed.kept or deed.checkpoint_id == self._checkpoint_id

    def _remember(self) -> None:
        self._bets.acted[self._stage.key] = self._stage

    @property
    def _bets(self) -> Bets:
        return self._stage.live.bets(self._stage.config["configurable"][CONFIG_KEY_CHECKPOINT_NS])

    def output(self, deed: Deed) -> Output:
        """What an effect came to; an update of `None` if it is not known to have happened."""
        if deed.result is None:
            return Output(None)
        known = loaded(self._keeper, deed.result)
        return Output(unpacked(known["update"]), confidence=known["confidence"])

    @property
    def _superstep(self) -> int:
        return int(self._stage.config["metadata"]["langgraph_step"])

    @property
    def _checkpoint_id(self) -> str:
        info = self._stage.config["configurable"][CONFIG_KEY_RUNTIME].execution_info
        return str(info.checkpoint_id)


def keeper_of(configurable: dict[str, Any]) -> Keeper | None:
    """The checkpointer of a run, if it has one."""
    found = configurable.get(CONFIG_KEY_CHECKPOINTER)
    return found if isinstance(found, BaseCheckpointSaver) else None


def dumped(keeper: Keeper, value: object) -> bytes:
    """A value as bytes, as the checkpointer would keep it."""
    kind, data = keeper.serde.dumps_typed(value)
    return kind.encode() + b":" + data


def loaded(keeper: Keeper, data: bytes) -> Any:
    """What `dumped` was given."""
    kind, _, rest = data.partition(b":")
    return keeper.serde.loads_typed((kind.decode(), rest))

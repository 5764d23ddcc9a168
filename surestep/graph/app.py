"""The compiled graph: LangGraph's own, opened and closed around every run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from copy import copy
from dataclasses import replace
from typing import Any, Self

from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.graph import Graph
from langgraph._internal._config import ensure_config
from langgraph._internal._constants import CONFIG_KEY_CHECKPOINTER
from langgraph.checkpoint.base import BaseCheckpointSaver, CheckpointTuple
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command, StateSnapshot

from surestep.budgets.plan import Plan
from surestep.errors import GraphError, LoopRunning
from surestep.graph.barriers import Barrier, barriers
from surestep.graph.closing import announce, attend, concluding
from surestep.graph.definition import Definition, Shadow
from surestep.graph.door import admit, prefetch
from surestep.graph.drawing import logical_graph
from surestep.graph.opening import Ground, depth_of, is_fresh, live_run, user_context
from surestep.graph.running import turn
from surestep.graph.saved import saved
from surestep.graph.session import Session, session_of
from surestep.graph.shape import effects_of, shape_of
from surestep.graph.stores import names_database, opened_store
from surestep.nodes.bets.restoring import is_restoring, make_restorable
from surestep.nodes.channels import LIVE
from surestep.nodes.live import Live
from surestep.storage import Store
from surestep.values import Effect, Spent


class VerifiedApp(CompiledStateGraph[Any, Any, Any, Any]):
    """A `CompiledStateGraph` that verifies its steps; made by `VerifiedGraph.compile`.

    It streams, draws, checkpoints and serves like any other. Asynchronous first: `invoke` and
    `stream` run the asynchronous form in an event loop of their own.
    """

    @property
    def definition(self) -> Definition:
        """What was compiled."""
        assert isinstance(self.builder, Shadow)
        return self.builder.definition

    @property
    def plan(self) -> Plan:
        """The plan compiled in; without one, every verifier runs serially."""
        return self.definition.plan

    async def astream(
        self,
        input: Any,
        config: RunnableConfig | None = None,
        *,
        context: Any = None,
        durability: Any = None,
        **options: Any,
    ) -> AsyncGenerator[Any]:
        """As in `CompiledStateGraph`.

        Args:
            input: as in `CompiledStateGraph`; answers in a `Command(resume=...)` may be keyed
                by interrupt id or by question id.
            config: as in `CompiledStateGraph`.
            context: a `session(...)`, or the user's own context.
            durability: as in `CompiledStateGraph`; default: `"sync"`.
            options: further options of `CompiledStateGraph.astream`.

        Raises:
            InputError: something does not fit; nothing has run.
            ThreadBusy: another run goes on with the thread, or has taken it over.
            RunFailed: the run failed closed; everything is saved.
        """
        found = ensure_config(self.config, config)
        if LIVE in found["configurable"]:
            self._let_nested_go_back(found["configurable"][LIVE])
            async for chunk in super().astream(
                input, config, context=context, durability=durability, **options
            ):
                yield chunk
            return
        session, thread_id = session_of(context), self._thread_of(found)
        store = await opened_store(self.definition.database, redact=self.definition.redact)
        async with turn(store, thread_id, wait_s=session.wishes.wait_s) as taken:
            live, given, theirs = await self._open(input, found, session, store)
            live.still_ours = None if taken is None else taken.check
            if not (live.speculative and self._can_go_back(options)):
                _refuse_unsettled(live)
                live.forbid_speculation()
            if durability is None and self.saver(found) is not None:
                durability = "sync"
            chunks = super().astream(
                given, _with(config, live), context=theirs, durability=durability, **options
            )
            assert isinstance(chunks, AsyncGenerator)
            async with concluding(live), aclosing(chunks):
                async for chunk in chunks:
                    if taken is not None:
                        await taken.check()
                    for settled in [chunk] if live.held is None else live.held.shown(chunk):
                        yield settled
                for settled in live.held.rest() if live.held else ():
                    yield settled

    def invoke(self, input: Any, config: RunnableConfig | None = None, **options: Any) -> Any:
        """What `ainvoke` returns, from an event loop of its own.

        Raises:
            LoopRunning: an event loop is running here already.
        """
        _refuse_inside_loop("invoke", "await app.ainvoke(...)")
        return asyncio.run(self.ainvoke(input, config, **options))

    def stream(
        self, input: Any, config: RunnableConfig | None = None, **options: Any
    ) -> Iterator[Any]:
        """What `astream` yields, from an event loop of its own.

        Raises:
            LoopRunning: an event loop is running here already.
        """
        _refuse_inside_loop("stream", "async for chunk in app.astream(...)")
        with asyncio.Runner() as runner:
            chunks = self.astream(input, config, **options)
            try:
                while True:
                    try:
                        yield runner.run(chunks.__anext__())
                    except StopAsyncIteration:
                        return
            finally:
                runner.run(chunks.aclose())

    def copy(self, update: dict[str, Any] | None = None) -> Self:
        """As in `CompiledStateGraph`; the plan and the drawing come along."""
        other = super().copy(update)
        # LangGraph's own copy forgets these two, and v2 output becomes a plain dict.
        for mapper in ("_output_mapper", "_state_mapper"):
            setattr(other, mapper, getattr(self, mapper))
        return other

    def bound(self, *, checkpointer: BaseCheckpointSaver[Any], database: str) -> Self:
        """A copy that keeps its checkpoints and its trace elsewhere.

        Args:
            checkpointer: instead of the one compiled in.
            database: instead of the one compiled in.
        """
        builder = copy(self.builder)
        assert isinstance(builder, Shadow)
        builder.definition = replace(self.definition, database=database)
        return self.copy(update={"builder": builder, "checkpointer": checkpointer})

    def get_graph(self, config: RunnableConfig | None = None, *, xray: int | bool = False) -> Graph:
        """The logical graph: steps paired with their checks, the planner, barriers, people."""
        return logical_graph(self.definition, xray=xray, found=self.barriers())

    def barriers(
        self, plan: Plan | None = None, *, database: bool | None = None
    ) -> tuple[Barrier, ...]:
        """Where runs wait for verdicts earlier than at their end, and why.

        Args:
            plan: how steps are treated; default: the plan compiled in.
            database: whether there is one; default: as compiled in, or `SURESTEP_DB`.
        """
        there = names_database(self.definition.database) if database is None else database
        stops = bool(self.interrupt_before_nodes or self.interrupt_after_nodes)
        chosen = self.plan if plan is None else plan
        return barriers(self.definition, chosen, database=there, interrupts=stops)

    async def aget_graph(
        self, config: RunnableConfig | None = None, *, xray: int | bool = False
    ) -> Graph:
        """The same as `get_graph`."""
        return self.get_graph(config, xray=xray)

    def shape(self) -> dict[str, tuple[str, ...]]:
        """The steps each step directly follows, by path; the ways back of loops left out."""
        return shape_of(self.definition)

    def effects(self) -> dict[str, Effect]:
        """What each step does to the world, by path."""
        return effects_of(self.definition)

    def physical_graph(self, *, xray: int | bool = False) -> Graph:
        """The graph as LangGraph runs it."""
        return super().get_graph(xray=xray)

    def saver(self, config: RunnableConfig) -> BaseCheckpointSaver[Any] | None:
        """The checkpointer a run with this config uses, if any."""
        if self.checkpointer is False:
            return None
        saver = config["configurable"].get(CONFIG_KEY_CHECKPOINTER) or self.checkpointer
        return saver if isinstance(saver, BaseCheckpointSaver) else None

    def _prepare_state_snapshot(
        self, config: RunnableConfig, saved: CheckpointTuple | None, **options: Any
    ) -> StateSnapshot:
        self._expect_restoring(saved)
        return super()._prepare_state_snapshot(config, saved, **options)

    async def _aprepare_state_snapshot(
        self, config: RunnableConfig, saved: CheckpointTuple | None, **options: Any
    ) -> StateSnapshot:
        self._expect_restoring(saved)
        return await super()._aprepare_state_snapshot(config, saved, **options)

    def _expect_restoring(self, saved: CheckpointTuple | None) -> None:
        """A snapshot takes in what is pending, such as what a crash left of a rollback."""
        if any(is_restoring(value) for _, _, value in (saved and saved.pending_writes) or ()):
            make_restorable(self.channels.values())

    def _let_nested_go_back(self, live: Live) -> None:
        if live.speculative and not make_restorable(self.channels.values()):
            raise GraphError(
                f"Graph {self.get_name()!r} holds a DeltaChannel, which cannot be put back, and "
                "is nested in a graph that speculates.",
                remedy="Give its steps, and those around it, mode='serial' in the plan.",
            )

    def _can_go_back(self, options: Mapping[str, Any]) -> bool:
        """Whether what a run does can be taken back.

        LangGraph stops at once where it is told to interrupt, whatever is unsettled then.
        """
        stops = (
            self.interrupt_before_nodes,
            self.interrupt_after_nodes,
            options.get("interrupt_before"),
            options.get("interrupt_after"),
        )
        return not any(stops) and make_restorable(self.channels.values())

    def _thread_of(self, config: RunnableConfig) -> str | None:
        """The thread a run is of; `None` without a checkpointer, where none is kept."""
        thread = config["configurable"].get("thread_id")
        return None if self.saver(config) is None or thread is None else str(thread)

    async def _open(
        self, input: Any, config: RunnableConfig, session: Session, store: Store | None
    ) -> tuple[Live, Any, Any]:
        """The live run, its input and the user's context, once nothing is to be refused."""
        fresh = is_fresh(input)
        given = input
        thread_id = self._thread_of(config)
        traced = await store.spent(thread_id) if store and thread_id else Spent()
        ground = Ground(
            definition=self.definition,
            session=session,
            saved=await saved(self.saver(config), config),
            thread_id=thread_id,
            store=store,
            fresh=fresh,
            depth=depth_of(config),
            traced=traced,
        )
        theirs = user_context(ground)
        live = live_run(ground)
        if not fresh and live.thread_id is not None:
            interrupts = (await self.aget_state(config)).interrupts
            await prefetch(interrupts, live)
            if isinstance(input, Command) and input.resume is not None:
                given = await admit(input, interrupts, self.definition.specs, live)
        await attend(live, ground)
        await announce(live, ground, given)
        return live, given, theirs


def _with(config: RunnableConfig | None, live: Live) -> RunnableConfig:
    given: RunnableConfig = config or {}
    return {**given, "configurable": {**given.get("configurable", {}), LIVE: live}}


def _refuse_unsettled(live: Live) -> None:
    """Nothing, if no output is left whose verdicts are out.

    Raises:
        GraphError: there may be one, and this run could not take back what was built on it.
    """
    if live.resumes_unsettled:
        raise GraphError(
            f"Thread {live.thread_id!r} has gone on from outputs whose verdicts are out, and a "
            "run that interrupts before or after nodes cannot go back to them.",
            remedy="Resume it without interrupt_before and interrupt_after first.",
        )


def _refuse_inside_loop(call: str, instead: str) -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise LoopRunning(
        f"{call}() was called inside a running event loop.", remedy=f"Use `{instead}`."
    )

"""The node a step becomes: finds out how it is treated now, and visits it so."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph._internal._constants import (
    CONFIG_KEY_CHECKPOINT_NS,
    CONFIG_KEY_READ,
    CONFIG_KEY_SEND,
    PUSH,
)
from langgraph.errors import GraphInterrupt

from surestep.budgets.assurance import Assurance
from surestep.budgets.plan import Plan
from surestep.nodes.bare import bare
from surestep.nodes.barrier import nothing_in_doubt, undisturbed
from surestep.nodes.bets.book import Dismissed
from surestep.nodes.bets.restoring import Channels
from surestep.nodes.candidate import Candidate
from surestep.nodes.channels import HELD, TICKET, WAKE
from surestep.nodes.effects import perform
from surestep.nodes.ends import Broken, End, Gone, Settled, Ticket, packed, record_of, unpacked
from surestep.nodes.lineage import descend
from surestep.nodes.live import Live, live_of
from surestep.nodes.people.beside import may_ask_beside
from surestep.nodes.people.together import aside, outlasts
from surestep.nodes.rescue import Rescue
from surestep.nodes.reviewing import attended, informed, noted
from surestep.nodes.shapes import AsyncNode
from surestep.nodes.spec import StepSpec
from surestep.nodes.speculation.adopting import Orphan, StageOf, adopt
from surestep.nodes.speculation.speculate import sent_back, speculate
from surestep.nodes.stage import Stage
from surestep.nodes.stuck import in_doubt
from surestep.nodes.treatment import Treatment, treatment
from surestep.nodes.visit import Visit, recorded, rejected
from surestep.values import Effect, Output


@dataclass(frozen=True, slots=True)
class Source:
    """How LangGraph would read a node's input from the state.

    Attributes:
        channels: the channels of the node's input schema.
        mapper: makes an object of that schema of them; `None` for a plain dict.
    """

    channels: str | Sequence[str]
    mapper: Callable[[Any], Any] | None

    def read(self, config: RunnableConfig) -> object:
        """The node's input as the state stands now."""
        values = config["configurable"][CONFIG_KEY_READ](self.channels, False)
        return self.mapper(values) if self.mapper else values

    def of(self, channels: Channels) -> object:
        """The node's input in a state of the channels that is no longer the present one."""
        names = [self.channels] if isinstance(self.channels, str) else self.channels
        values = {
            name: channels[name].get()
            for name in names
            if name in channels and channels[name].is_available()
        }
        return self.mapper(values) if self.mapper else values


class StepNode(AsyncNode):
    """Runs one step of a graph; asynchronous only, as all verified graphs run."""

    def __init__(self, spec: StepSpec, plan: Plan) -> None:
        self.spec = spec
        self.plan = plan
        self.name = spec.name
        self.source = Source("__root__", None)
        self.rescue = Rescue()
        # Its writes outlive the run, so they must be settled ones.
        self.cached = False
        self.siblings: Mapping[str, StageOf] = {}
        self._assurance: Assurance | None = None
        self._treatment = treatment(spec, Assurance())
        self._attended = spec.attended

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> End:
        """How this visit ended."""
        assert config is not None
        live = live_of(config)
        if live.speculative:
            live.begins(config)
            bets = live.bets(config["configurable"][CONFIG_KEY_CHECKPOINT_NS])
            await adopt(config, bets, self.siblings)
        ticket = input[TICKET] if isinstance(input, dict) and TICKET in input else None
        if ticket is not None:
            work = self._sent_back(Ticket(**ticket), config, live)
        else:
            work = self._visited(None, input, config, live)
        try:
            if live.speculative:
                work = live.bets(config["configurable"][CONFIG_KEY_CHECKPOINT_NS]).guarded(work)
            end = await work
        except Dismissed:
            return Gone()
        except GraphInterrupt:
            live.waiting = live.waiting or f"{self.name}: it interrupts"
            raise
        if live.still_ours is not None:
            # What another run has taken over must find no output of this one.
            await live.still_ours()
        if ticket is not None:
            _wake_for_others(config)
        if isinstance(end, Broken):
            error = self.rescue.error(end, effect=self.spec.effect, live=live, config=config)
            if error is not None:
                raise error
        return end

    async def _sent_back(self, ticket: Ticket, config: RunnableConfig, live: Live) -> End:
        state = self.source.read(config) if ticket.arg is None else ticket.arg
        if ticket.kind == "redo":
            return await self._visited(ticket, state, config, live)
        stage = self._stage(ticket, state, config, live)
        if ticket.kind == "reject":
            return rejected(stage, ticket)
        return await self._committed(stage, ticket)

    async def _committed(self, stage: Stage, ticket: Ticket) -> End:
        """The visit as a person wants it."""
        value, store = unpacked(ticket.value), stage.live.store
        if self.spec.effect is Effect.IRREVERSIBLE and store is not None:
            await store.finish_effect(stage.key, {"packed": packed(value)})
        if stage.journal is not None:
            await stage.journal.told(undone=False)
        known = record_of(ticket.record)
        record = recorded(
            stage,
            ticket.outcome,
            reason=known.reason,
            verdicts=known.verdicts,
            attempts=known.attempts,
            confidence=known.confidence,
        )
        end = Settled(value=value, path=stage.path, visit=stage.traced_visit, record=record)
        if not self._attended:
            return end
        await informed(stage)
        return await noted(stage, end)

    def _visited(
        self, ticket: Ticket | None, state: object, config: RunnableConfig, live: Live
    ) -> Coroutine[Any, Any, End]:
        stage = self._stage(ticket, state, config, live)
        if self._attended:
            return attended(stage, partial(self._tried, stage, ticket, config, live))
        return self._tried(stage, ticket, config, live)

    async def _tried(
        self, stage: Stage, ticket: Ticket | None, config: RunnableConfig, live: Live
    ) -> End:
        if live.speculative and ticket is None:
            ticket = sent_back(stage)
            if ticket is not None and ticket.kind == "commit":
                return await self._committed(stage, ticket)
        if live.speculative and not self._is_free(stage):
            await nothing_in_doubt(live, config["configurable"][CONFIG_KEY_CHECKPOINT_NS])
        first: Candidate | None = None
        waits = outlasts(stage, ticket)
        if stage.how.bare and live.unwatched and ticket is None and not waits:
            found = await bare(stage)
            if isinstance(found, Settled):
                return found
            first = found
        if live.tracer:
            live.tracer.emit("step_started", step=stage.path, visit=stage.visit)
        reversible = self.spec.effect is Effect.REVERSIBLE
        if reversible and (end := await in_doubt(stage, ticket)) is not None:
            return end
        alone = ticket is None and not waits and not self.cached
        alone = alone and (not stage.how.asks_anyway or may_ask_beside(stage))
        pure = self.spec.effect is Effect.PURE
        if live.speculative and stage.how.speculative and alone and (pure or self._is_free(stage)):
            bets = live.bets(config["configurable"][CONFIG_KEY_CHECKPOINT_NS])
            end = await speculate(stage, bets)
        elif self.spec.effect is Effect.IRREVERSIBLE:
            with undisturbed(live, config["configurable"][CONFIG_KEY_CHECKPOINT_NS]):
                end = await perform(stage, ticket)
        else:
            end = await _begun(stage, ticket, first).run()
        if reversible and isinstance(end, Broken):
            # In a fan-out that lands at once, a visit can wait for a person only by interrupting.
            end = await in_doubt(stage, None, end.reason) or end
        return aside(stage, end) if waits and isinstance(end, Settled) else end

    def _is_free(self, stage: Stage) -> bool:
        """Whether a visit may start on what is unsettled: what it does can be undone later."""
        undoable = self.spec.speculate and not self.cached and stage.journal is not None
        return not self.spec.waits or undoable

    def _how(self, path: str, live: Live) -> Treatment:
        """How the step is treated now; as a rule as it was the last time."""
        assurance = live.assurance(path, self.spec.name, self.plan)
        if assurance is not self._assurance:
            self._assurance, self._treatment = assurance, treatment(self.spec, assurance)
        return self._treatment

    def stage_of(self, orphan: Orphan, config: RunnableConfig) -> Stage:
        """The visit that placed a bet nobody waits for."""
        live, entry = live_of(config), orphan.entry
        path = orphan.token.rpartition("/")[0]
        state = self.source.of(orphan.before) if entry["arg"] is None else entry["arg"]
        stage = Stage(
            live=live,
            spec=self.spec,
            how=self._how(path, live),
            path=path,
            state=state,
            arg=entry["arg"],
            config=config,
            lineage=str(entry["lineage"]),
        )
        stage.visit = int(str(entry["visit"]))
        stage.began = str(entry["checkpoint_id"])
        return stage

    def _stage(
        self, ticket: Ticket | None, state: object, config: RunnableConfig, live: Live
    ) -> Stage:
        path = live.path(self.spec.name, config["configurable"][CONFIG_KEY_CHECKPOINT_NS])
        lineage = descend(config, ticket.lineage if ticket else None)
        return Stage(
            live=live,
            spec=self.spec,
            how=self._how(path, live),
            path=path,
            state=state,
            arg=ticket.arg if ticket else (state if _sent(config) else None),
            config=config,
            lineage=lineage,
            key=ticket.key if ticket else "",
        )


def _begun(stage: Stage, ticket: Ticket | None, first: Candidate | None) -> Visit:
    """A visit that goes on with what is known of it.

    Args:
        stage: the visit.
        ticket: why the planner sends it on its way, if it does.
        first: what its first attempt has come to, if that has been made.
    """
    visit = Visit(stage, first=first, attempts=1 if first else 0)
    if ticket is not None:
        visit.feedback, visit.asked = "" if ticket.cleared else ticket.feedback, ticket.ask
        visit.earlier = record_of(ticket.record).attempts
        if ticket.again and ticket.value:
            visit.refused = Output(unpacked(ticket.value))
    return visit


def _wake_for_others(config: RunnableConfig) -> None:
    """Have the planner's node look again, if other steps wait for people."""
    if config["configurable"][CONFIG_KEY_READ]([HELD], False).get(HELD):
        config["configurable"][CONFIG_KEY_SEND]([(WAKE, None)])


def _sent(config: RunnableConfig) -> bool:
    path: Sequence[object] = config["metadata"].get("langgraph_path", ())
    return bool(path) and path[0] == PUSH


def ticket_arg(ticket: Ticket) -> Mapping[str, object]:
    """What a `Send` to a step carries when the planner sends it on its way again."""
    return {TICKET: {name: getattr(ticket, name) for name in Ticket.__slots__}}

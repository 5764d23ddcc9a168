"""The node a step becomes: finds out how it is treated now, and visits it so."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph._internal._constants import (
    CONFIG_KEY_CHECKPOINT_NS,
    CONFIG_KEY_READ,
    CONFIG_KEY_SEND,
    PUSH,
)
from langgraph.errors import GraphInterrupt

from surestep.budgets.plan import Plan
from surestep.nodes.bare import bare
from surestep.nodes.channels import HELD, TICKET, WAKE
from surestep.nodes.draw import Candidate
from surestep.nodes.effects import perform
from surestep.nodes.ends import Broken, End, Settled, Ticket, packed, record_of, unpacked
from surestep.nodes.lineage import descend
from surestep.nodes.live import Live, live_of
from surestep.nodes.rescue import Rescue
from surestep.nodes.shapes import AsyncNode
from surestep.nodes.spec import StepSpec
from surestep.nodes.stage import Stage
from surestep.nodes.together import aside, outlasts
from surestep.nodes.visit import Visit, recorded, rejected
from surestep.values import Effect


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


class StepNode(AsyncNode):
    """Runs one step of a graph; asynchronous only, as all verified graphs run."""

    def __init__(self, spec: StepSpec, plan: Plan) -> None:
        self.spec = spec
        self.plan = plan
        self.name = spec.name
        self.source = Source("__root__", None)
        self.rescue = Rescue()

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> End:
        """How this visit ended."""
        assert config is not None
        live = live_of(config)
        ticket = input[TICKET] if isinstance(input, dict) and TICKET in input else None
        try:
            if ticket is not None:
                end = await self._sent_back(Ticket(**ticket), config, live)
                _wake_for_others(config)
            else:
                end = await self._visited(None, input, config, live)
        except GraphInterrupt:
            live.waiting = live.waiting or f"{self.name}: it interrupts"
            raise
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
        value = unpacked(ticket.value)
        if self.spec.effect is Effect.IRREVERSIBLE and live.store is not None:
            await live.store.finish_effect(stage.key, {"packed": packed(value)})
        known = record_of(ticket.record)
        record = recorded(
            stage,
            ticket.outcome,
            reason=known.reason,
            verdicts=known.verdicts,
            attempts=known.attempts,
            confidence=known.confidence,
        )
        return Settled(value=value, path=stage.path, visit=stage.traced_visit, record=record)

    async def _visited(
        self, ticket: Ticket | None, state: object, config: RunnableConfig, live: Live
    ) -> End:
        stage = self._stage(ticket, state, config, live)
        first: Candidate | None = None
        waits = outlasts(stage, ticket)
        if stage.how.bare and live.unwatched and ticket is None and not waits:
            found = await bare(stage)
            if isinstance(found, Settled):
                return found
            first = found
        if live.tracer:
            live.tracer.emit("step_started", step=stage.path, visit=stage.visit)
        if self.spec.effect is Effect.IRREVERSIBLE:
            end = await perform(stage, ticket)
        else:
            visit = Visit(stage, first=first)
            if ticket is not None:
                visit.feedback, visit.asked = ticket.feedback, ticket.ask
            end = await visit.run()
        return aside(stage, end) if waits and isinstance(end, Settled) else end

    def _stage(
        self, ticket: Ticket | None, state: object, config: RunnableConfig, live: Live
    ) -> Stage:
        path = live.path(self.spec.name, config["configurable"][CONFIG_KEY_CHECKPOINT_NS])
        lineage = descend(config, ticket.lineage if ticket else None)
        return Stage(
            live=live,
            spec=self.spec,
            how=live.treatment(path, self.spec, self.plan),
            path=path,
            state=state,
            arg=ticket.arg if ticket else (state if _sent(config) else None),
            config=config,
            lineage=lineage,
            key=ticket.key if ticket else "",
        )


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

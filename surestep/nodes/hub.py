"""The planner's node: takes in questions, answers and failures, and sends steps on their way.

It runs when a step has stopped, and, because it is deferred, again when nothing else can run.
Only then, and only for questions nobody has answered, does it have the run interrupted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph._internal._constants import (
    CONFIG_KEY_CHECKPOINT_NS,
    CONFIG_KEY_READ,
)
from langgraph.types import Command, Send

from surestep.errors import RunFailed
from surestep.nodes.channels import (
    ANSWERS,
    BETS,
    FAILED,
    HELD,
    HUB,
    HUMAN,
    IDLE,
    RECORD,
    Table,
)
from surestep.nodes.ends import Entry, Ticket, entry_of
from surestep.nodes.live import Live, live_of
from surestep.nodes.people.answered import decision_of, question_of, ticket_for
from surestep.nodes.people.asking import question_entry
from surestep.nodes.people.telling import tell_answer, tell_question
from surestep.nodes.people.together import Gathered, commit_of
from surestep.nodes.shapes import AsyncNode
from surestep.nodes.speculation.adopting import StageOf, adopt
from surestep.nodes.speculation.taking_back import take_back
from surestep.nodes.speculation.unwinding import unwinding
from surestep.nodes.step import ticket_arg


class Hub(AsyncNode):
    """Looks at what has stopped, and decides what goes on."""

    name = HUB

    def __init__(self) -> None:
        self.steps: Mapping[str, StageOf] = {}

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """What goes on, as a command.

        Raises:
            RunFailed: a step of this pass has failed closed.
        """
        assert config is not None
        live = live_of(config)
        state: Mapping[str, Table] = input
        if live.speculative and await self._is_lost(state, config, live):
            return await self._taken_back(state, config, live)
        if live.speculative and (asks := await self._asks(state, config, live)) is not None:
            return asks
        _refuse_if_failed(live, state.get(FAILED, {}))
        idle = IDLE in config["configurable"][CONFIG_KEY_READ]([IDLE], False)
        sorting = _Sorting(live, config, idle=idle or live.store is None)
        for entry in state.get(FAILED, {}).values():
            assert isinstance(entry, dict)
            sorting.restart(entry)
        for name, entry in state.get(HELD, {}).items():
            assert isinstance(entry, dict)
            await sorting.take(name, entry, state.get(ANSWERS, {}).get(name))
        # Whoever is sent on its way wakes this node again: a question its redo asks anew is
        # then put together with those that are still open.
        tickets = sorting.visits.tickets()
        sends = [Send(node, ticket_arg(ticket)) for node, ticket in tickets]
        told = [name for name in state.get(ANSWERS, {}) if name not in state.get(HELD, {})]
        return Command(
            goto=sends or sorting.later(),
            update={
                HELD: sorting.visits.held,
                ANSWERS: dict.fromkeys([*sorting.closed, *told]),
                FAILED: dict.fromkeys(state.get(FAILED, {})),
                **await _settled(live, config),
            },
        )

    async def _is_lost(
        self, state: Mapping[str, Table], config: RunnableConfig, live: Live
    ) -> bool:
        """Whether a bet is lost, which is all this pass sees to then.

        Before a question, a failure or the end counts, the verdicts it rests on must be in.
        """
        bets = live.bets(config["configurable"][CONFIG_KEY_CHECKPOINT_NS])
        await adopt(config, bets, self.steps)
        idle = IDLE in config["configurable"][CONFIG_KEY_READ]([IDLE], False)
        if idle or state.get(HELD) or state.get(FAILED):
            await bets.settled()
        return bool(bets.lost)

    async def _asks(
        self, state: Mapping[str, Table], config: RunnableConfig, live: Live
    ) -> Command[Any] | None:
        """Where to go first, if what is to happen now rests on what people have yet to say.

        To those people, if nothing else can run; else here again, once that is so.
        """
        bets = live.bets(config["configurable"][CONFIG_KEY_CHECKPOINT_NS])
        idle = IDLE in config["configurable"][CONFIG_KEY_READ]([IDLE], False)
        if not bets.asked() or not (idle or state.get(HELD) or state.get(FAILED)):
            return None
        questions = await bets.unanswered()
        if bets.lost:
            return await self._taken_back(state, config, live)
        if not questions:
            return None
        asks = [Send(HUMAN, {"question": question_entry(question)}) for question in questions]
        return Command(goto=asks if idle else HUB, update=await _settled(live, config))

    async def _taken_back(
        self, state: Mapping[str, Table], config: RunnableConfig, live: Live
    ) -> Command[Any] | None:
        """Take back lost bets; where to go first if what was done on them cannot be undone."""
        bets = live.bets(config["configurable"][CONFIG_KEY_CHECKPOINT_NS])
        entries = state.get(BETS, {})
        way = unwinding(bets, self.steps, config, live)
        question = None if way is None else await way.run(entries, state.get(ANSWERS, {}))
        if question is None:
            await take_back(bets, entries, config, live)
            return None
        if live.store is not None and await live.store.question(question.question_id) is None:
            await tell_question(question, config, live)
        idle = IDLE in config["configurable"][CONFIG_KEY_READ]([IDLE], False)
        return Command(goto=[Send(HUMAN, {"question": question_entry(question)})] if idle else HUB)


class _Sorting:
    """Held visits, sorted into those decided, those to ask about, and those to wait for."""

    def __init__(self, live: Live, config: RunnableConfig, *, idle: bool) -> None:
        self.visits = Gathered()
        self.closed: list[str] = []
        self._asks: list[Send] = []
        self._waits = False
        self._live, self._config, self._idle = live, config, idle

    def restart(self, entry: Entry) -> None:
        """Try a step again that failed in an earlier pass."""
        known = {name: entry[name] for name in ("arg", "ask", "key", "lineage")}
        self.visits.goes_on(str(entry["node"]), Ticket(kind="redo", **known))  # type: ignore[arg-type]

    async def take(self, name: str, entry: Entry, answer: object) -> None:
        """Sort one held visit."""
        node = str(entry["node"])
        if entry.get("away"):
            self.visits.waits(node)
        elif entry["question"] is None:
            self.visits.goes_on(node, commit_of(entry), held_as=name)
        else:
            await self._asked(name, entry, answer)

    async def _asked(self, question_id: str, entry: Entry, answer: object) -> None:
        node, question = str(entry["node"]), question_of(entry["question"])
        decision = decision_of(answer) if isinstance(answer, Mapping) else None
        decision = decision or await self._live.answer_to(question_id)
        if decision is not None:
            tell_answer(self._live, question, decision)
            self.visits.goes_on(node, ticket_for(entry, decision), held_as=question_id)
            self._live.answers.pop(question_id, None)
            self.closed.append(question_id)
            return
        self.visits.waits(node)
        if not entry.get("asked"):
            await tell_question(question, self._config, self._live)
            self.visits.held[question_id] = {**entry, "asked": True}
        if self._idle:
            self._asks.append(Send(HUMAN, {"question": entry["question"]}))
        self._waits = True

    def later(self) -> list[Send | str]:
        """Where to go for what is unanswered.

        To the person, if nothing else can run; else here again, once that is so.
        """
        if self._asks:
            return [*self._asks]
        return [HUB] if self._waits else []


async def _settled(live: Live, config: RunnableConfig) -> dict[str, Table]:
    """What has settled since a step last landed, to be written down."""
    if live.backlog is not None:
        await live.backlog.written()
    bets = live.bets(config["configurable"][CONFIG_KEY_CHECKPOINT_NS])
    closed: Table = {**bets.take_closed(config["metadata"]["langgraph_step"])}
    steps: Table = {path: entry_of(record) for path, record in live.records.gathered(HUB)}
    record: Table = {"steps": steps, "spent": live.till.entry()}
    return {**({BETS: closed} if closed else {}), **({RECORD: record} if steps else {})}


def _refuse_if_failed(live: Live, failed: Table) -> None:
    """Nothing, if all steps in `failed` failed in an earlier pass.

    Raises:
        RunFailed: a step has failed in this very pass.
    """
    for entry in map(_table, failed.values()):
        if entry["run"] == live.run_id:
            path, reason = str(entry["path"]), str(entry["reason"])
            live.stop("failed", reason)
            raise RunFailed(path, reason, live.record()) from live.causes.get(path)


def _table(value: object) -> Mapping[str, object]:
    assert isinstance(value, Mapping)
    return value

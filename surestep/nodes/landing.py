"""What a node writes when it ends: LangGraph's own writes if it goes on, ours if it cannot.

LangGraph's writers stay as they are, edges, routers and joins included; this one decides
whether they run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from langchain_core.runnables import Runnable, RunnableConfig
from langgraph._internal._constants import (
    CONFIG_KEY_CHECKPOINT_MAP,
    CONFIG_KEY_CHECKPOINT_NS,
    CONFIG_KEY_READ,
    CONFIG_KEY_SEND,
)
from langgraph.constants import START
from langgraph.pregel._write import ChannelWrite, ChannelWriteEntry

from surestep.nodes.backlog import Backlog
from surestep.nodes.bets.leftovers import lost_entries
from surestep.nodes.channels import BETS, FAILED, HELD, IDLE, LIVE, RECORD, SESSION, WAKE
from surestep.nodes.ends import Broken, Gone, Held, Settled, Unsettled, entry_of
from surestep.nodes.live import Live, live_of
from surestep.nodes.people.answered import waiting_entry
from surestep.nodes.shapes import Writer

Outcome = Settled | Unsettled | Held | Broken


class Landing(Writer):
    """Writes the end of a step's visit into the graph.

    Args:
        node: the node's name in its graph.
        native: the writers LangGraph made for it.
    """

    def __init__(self, node: str, native: Sequence[Runnable[Any, Any]]) -> None:
        self.node = node
        self.native = tuple(native)
        self._is_channel_writer = [*_drawn(self.native), (ChannelWriteEntry(IDLE, None), None)]

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """LangGraph's own writes: only its own commands and state updates come this way."""
        assert config is not None
        value = self._value(input, config)
        for writer in self.native:
            writer.invoke(value, config)
        return value

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """Write the end of a visit, or whatever else LangGraph has the node write."""
        assert config is not None
        if isinstance(input, Gone):
            _go(config)
            return None
        if isinstance(input, (Held, Broken)):
            self._stopped(input, config)
            return None
        if isinstance(input, (Settled, Unsettled)):
            backlog = live_of(config).backlog
            if backlog is not None:
                await _kept(input, config, backlog)
        value = self._value(input, config)
        try:
            for writer in self.native:
                if isinstance(writer, ChannelWrite):
                    # It neither blocks nor awaits; its own ainvoke would only look up a config.
                    writer._write(value, config)  # noqa: SLF001
                else:
                    await writer.ainvoke(value, config)
        except Exception:
            # A router may stumble over a state that a verdict is about to take back.
            if LIVE in config["configurable"] and await _lost(config):
                _go(config)
                return None
            raise
        return value

    def _value(self, given: object, config: RunnableConfig) -> object:
        """What the native writers get to write."""
        if isinstance(given, (Settled, Unsettled)):
            return self._landed(given, config)
        if LIVE not in config["configurable"]:
            self._overruled(config)
        return given

    def _overruled(self, config: RunnableConfig) -> None:
        """Drop what the step waits for: somebody has written its update by `update_state`."""
        tables = config["configurable"][CONFIG_KEY_READ]([HELD, FAILED], False)
        for key, table in tables.items():
            own = [name for name, entry in table.items() if entry["node"] == self.node]
            if own:
                _write(config, [(key, dict.fromkeys(own))])

    def _landed(self, end: Settled | Unsettled, config: RunnableConfig) -> object:
        live = live_of(config)
        note(live, end)
        writes = _record_writes(live, end)
        if live.speculative:
            bets = live.bets(config["configurable"][CONFIG_KEY_CHECKPOINT_NS])
            closed: dict[str, object] = {**bets.take_closed(config["metadata"]["langgraph_step"])}
            if isinstance(end, Unsettled):
                bets.landed(end.token)
                closed[end.token] = {**end.entry, "node": self.node}
                writes.append((IDLE, None))
            if closed:
                writes.append((BETS, closed))
        _write(config, writes)
        return end.value

    def _stopped(self, end: Held | Broken, config: RunnableConfig) -> None:
        live = live_of(config)
        note(live, end)
        writes = [*_record_writes(live, end), (WAKE, None)]
        if isinstance(end, Held):
            asked = end.question
            entry = {"node": self.node, **waiting_entry(end)}
            name = end.key if asked is None else asked.question_id
            # While it was under way again, its fan-out was kept waiting under its key.
            before = config["configurable"][CONFIG_KEY_READ]([HELD], False).get(HELD, {})
            away = {end.key: None} if end.key in before else {}
            writes.append((HELD, {**away, name: entry}))
        else:
            if end.cause is not None:
                live.causes[end.path] = end.cause
            failure = {
                "node": self.node,
                "path": end.path,
                "run": live.run_id,
                "reason": end.reason,
                "arg": end.arg,
                "ask": end.ask,
                "key": end.key,
                "lineage": end.lineage,
            }
            # Several arms of a fan-out may fail at once.
            writes.append((FAILED, {f"{end.path}{end.lineage}": failure}))
        _write(config, writes)


class Opening(Writer):
    """Written with every new input: the session's options, and an empty record.

    Args:
        native: the writers LangGraph made for the input; run from here, because LangGraph spares
            a node of one writer the making of a sequence.
    """

    def __init__(self, native: Sequence[Runnable[Any, Any]]) -> None:
        self.native = tuple(native)
        self._is_channel_writer = [*_drawn(self.native)]

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """Write them; an update from outside of any run has neither."""
        assert config is not None
        configurable = config["configurable"]
        if LIVE in configurable:
            live = live_of(config)
            prefix = live.path(START, configurable[CONFIG_KEY_CHECKPOINT_NS]).removesuffix(START)
            values = configurable[CONFIG_KEY_READ]([RECORD, HELD, FAILED], False)
            record = values.get(RECORD, {})
            session = live.records.base(prefix, record) if prefix else live.stored()
            if not prefix:
                live.number = int(record.get("number", 0)) + 1
            # As in LangGraph, new input on a thread drops what the thread was waiting for.
            dropped = [(key, dict.fromkeys(values[key])) for key in (HELD, FAILED) if key in values]
            new = {"run": live.run_id, "number": live.number}
            writes = [(SESSION, session), (RECORD, new), *dropped]
            _write(config, writes)
        for writer in self.native:
            writer.invoke(input, config)
        return input


class Gathering(Writer):
    """Written by a plain node: what its model calls cost, and the records of steps that cannot.

    Those are steps nested in it, and those it rescues.
    """

    def __init__(self, node: str) -> None:
        self.node = node

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """Write them, if there are any."""
        assert config is not None
        if LIVE not in config["configurable"]:
            return input
        live = live_of(config)
        if live.records.unwritten or live.till.unwritten:
            path = live.path(self.node, config["configurable"][CONFIG_KEY_CHECKPOINT_NS])
            steps = {name: entry_of(record) for name, record in live.records.gathered(path)}
            _write(config, [(RECORD, {"steps": steps, "spent": live.till.entry()})])
        return input


def note(live: Live, end: Outcome, *, landed: bool = True) -> None:
    """Take note of the end of a visit, and trace it.

    Args:
        live: the run.
        end: how the visit ended.
        landed: whether the step itself writes that into its graph.
    """
    live.records.settle(end.path, end.record, landed=landed)
    if live.tracer and end.record.outcome is not None:
        live.tracer.emit(
            "settled",
            step=end.path,
            visit=end.visit,
            outcome=end.record.outcome,
            reason=end.record.reason,
            update=end.value if isinstance(end, Settled) else None,
        )


def _record_writes(live: Live, end: Outcome) -> list[tuple[str, object]]:
    steps = {end.path: entry_of(end.record)}
    for path, record in live.records.gathered(end.path):
        steps[path] = entry_of(record)
    writes: list[tuple[str, object]] = [(RECORD, {"steps": steps, "spent": live.till.entry()})]
    if switched := live.switched():
        writes.append((SESSION, switched))
    return writes


async def _kept(end: Settled | Unsettled, config: RunnableConfig, backlog: Backlog) -> None:
    """Return once what is to be reviewed is in the database: bets that stand are closed here."""
    if backlog.writing:
        await backlog.written()
    if isinstance(end, Settled) and end.key:
        backlog.landed.add(end.key)
    if backlog.landed and not live_of(config).is_unsettled():
        await backlog.advance(config["configurable"][CONFIG_KEY_CHECKPOINT_MAP].get("", ""))


def _go(config: RunnableConfig) -> None:
    """Write nothing but what is lost, as a check that a crash has made again may not lose it."""
    bets = live_of(config).bets(config["configurable"][CONFIG_KEY_CHECKPOINT_NS])
    entries = config["configurable"][CONFIG_KEY_READ]([BETS], False).get(BETS, {})
    lost = lost_entries(bets, entries)
    _write(config, [(WAKE, None), *([(BETS, lost)] if lost else [])])


async def _lost(config: RunnableConfig) -> bool:
    """Whether a bet this node was built on turns out to be lost."""
    bets = live_of(config).bets(config["configurable"][CONFIG_KEY_CHECKPOINT_NS])
    await bets.settled()
    return bool(bets.lost)


def _write(config: RunnableConfig, writes: Sequence[tuple[str, object]]) -> None:
    config["configurable"][CONFIG_KEY_SEND](writes)


def _drawn(
    writers: Sequence[Runnable[Any, Any]],
) -> Iterator[tuple[ChannelWriteEntry, str | None]]:
    """The writes of LangGraph's writers that become edges in a drawing."""
    for writer in writers:
        if isinstance(writer, ChannelWrite):
            edges = (one for one in writer.writes if isinstance(one, ChannelWriteEntry))
            yield from ((edge, None) for edge in edges)
        for channel, value, label in ChannelWrite.get_static_writes(writer) or ():
            yield ChannelWriteEntry(channel, value), label

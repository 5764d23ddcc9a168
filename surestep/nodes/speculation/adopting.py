"""Taking over open bets that another process, or an earlier call, has left: checks start again.

After a crash, a cancellation or a stop, a bet is known by its entry in the graph's private
channels: its output, and the checkpoint its superstep started from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph._internal._constants import (
    CONFIG_KEY_CHECKPOINT_NS,
    CONFIG_KEY_READ,
    CONFIG_KEY_RUNTIME,
)
from langgraph._internal._typing import MISSING
from langgraph.checkpoint.base import CheckpointTuple

from surestep.errors import SurestepError
from surestep.nodes.bets.book import Bets
from surestep.nodes.bets.leftovers import refused_of, unsettled_of
from surestep.nodes.bets.restoring import Channels, is_restoring
from surestep.nodes.candidate import Candidate
from surestep.nodes.channels import BETS, Table
from surestep.nodes.draws.draw import over, tried
from surestep.nodes.ends import Entry, unpacked
from surestep.nodes.journal import keeper_of, loaded
from surestep.nodes.live import live_of
from surestep.nodes.people.beside import judged_before
from surestep.nodes.reviewing import informed
from surestep.nodes.speculation.placing import place
from surestep.nodes.stage import Stage
from surestep.values import Output


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphan:
    """A bet whose verdicts nobody waits for.

    Attributes:
        token: names the visit.
        entry: what was kept of it.
        before: the channels as its superstep found them.
    """

    token: str
    entry: Entry
    before: Channels


StageOf = Callable[[Orphan, RunnableConfig], Stage]


async def adopt(config: RunnableConfig, bets: Bets, steps: Mapping[str, StageOf]) -> None:
    """Start the checks of all open bets that are not under way.

    Every node calls this when it starts: it may hold a graph with effects, which have to wait for
    those checks. After a crash an orphan may turn up one superstep late, when LangGraph takes in
    what nodes of the interrupted superstep had written.

    Args:
        config: of any node of the graph.
        bets: the bets under way.
        steps: makes a stage for an orphan of each step.

    Raises:
        SurestepError: the checkpoint a bet started from is gone.
    """
    read = config["configurable"][CONFIG_KEY_READ]
    entries: Mapping[str, Any] = read([BETS], False).get(BETS, {})
    if all(bets.knows(token) for token, _, _ in unsettled_of(entries)):
        return
    told = await _told(config)
    bets.gone.update(token for token, entry in told.items() if token in entries and entry is None)
    for token, entry, lost in unsettled_of({**entries, **_lost(told)}):
        if bets.knows(token):
            continue
        checkpoint_id = str(entry["checkpoint_id"])
        before = await channels_at(config, checkpoint_id)
        loss = refused_of(lost) if lost else await _loss(config, token, checkpoint_id)
        # Nodes that start at once look for orphans at once.
        if bets.knows(token):
            continue
        orphan = Orphan(token=token, entry={**entry}, before=before)
        stage = steps[entry["node"]](orphan, config)
        await informed(stage)
        output = Output(unpacked(entry["value"]), confidence=entry.get("confidence"))
        found = loss or await judged_before(stage, output)
        known = None if found is None else await over(found)
        if bets.knows(token):
            continue
        attempt = stage.attempt(int(str(entry["number"])))
        place(stage, bets, known or tried(stage, attempt, output), orphan.entry, before)
        if loss is None:
            bets.landed(token)
        else:
            bets.lose(token)


async def _told(config: RunnableConfig) -> Table:
    """What nodes of this superstep had told of bets before a crash.

    LangGraph takes it in with what the rest of the superstep says, which is too late here: a
    check that has passed would be made again meanwhile, and might refuse what stands by then.
    """
    info = config["configurable"][CONFIG_KEY_RUNTIME].execution_info
    found = await checkpoint_at(config, str(info.checkpoint_id))
    writes = (found.pending_writes if found else None) or []
    tables = [value for _, name, value in writes if name == BETS and not is_restoring(value)]
    return {token: entry for table in tables for token, entry in table.items()}


def _lost(told: Table) -> Table:
    return {
        name: entry
        for name, entry in told.items()
        if isinstance(entry, Mapping) and entry["state"] == "lost"
    }


async def _loss(config: RunnableConfig, token: str, checkpoint_id: str) -> Candidate | None:
    """What a bet was refused for, if what was built on it has begun to be undone."""
    live, keeper = live_of(config), keeper_of(config["configurable"])
    if live.store is None or live.thread_id is None or keeper is None:
        return None
    entry = await live.store.loss(live.thread_id, token, checkpoint_id)
    return None if entry is None else refused_of(loaded(keeper, entry))


async def checkpoint_at(config: RunnableConfig, checkpoint_id: str) -> CheckpointTuple | None:
    """A checkpoint of the graph a node runs in; `None` if it is not kept."""
    configurable = config["configurable"]
    saver = keeper_of(configurable)
    namespace = str(configurable.get(CONFIG_KEY_CHECKPOINT_NS, "")).rpartition("|")[0]
    where: RunnableConfig = {
        "configurable": {
            "thread_id": configurable.get("thread_id"),
            CONFIG_KEY_CHECKPOINT_NS: namespace,
            "checkpoint_id": checkpoint_id,
        }
    }
    return await saver.aget_tuple(where) if saver is not None else None


async def channels_at(config: RunnableConfig, checkpoint_id: str) -> Channels:
    """The channels of a node's graph as a checkpoint has them.

    Raises:
        SurestepError: it is gone.
    """
    found = await checkpoint_at(config, checkpoint_id)
    if found is None:
        raise SurestepError(
            f"Checkpoint {checkpoint_id!r}, which an unsettled step started from, is gone.",
            remedy="Run with durability='sync', and keep checkpoints until their run has ended.",
        )
    values = found.checkpoint["channel_values"]
    channels: Channels = config["configurable"][CONFIG_KEY_READ].args[1]
    return {
        name: channel.from_checkpoint(values.get(name, MISSING))
        for name, channel in channels.items()
    }

"""Open bets of a thread that nobody in this process has placed: their checks are started again.

After a crash, a cancellation or a stop, a bet is known by its entry in the graph's private
state: what the output was, and the checkpoint its superstep started from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph._internal._constants import (
    CONFIG_KEY_CHECKPOINT_NS,
    CONFIG_KEY_CHECKPOINTER,
    CONFIG_KEY_READ,
)
from langgraph._internal._typing import MISSING
from langgraph.checkpoint.base import BaseCheckpointSaver

from surestep.errors import SurestepError
from surestep.nodes.bets import Bets
from surestep.nodes.channels import BETS
from surestep.nodes.draws.draw import tried
from surestep.nodes.ends import Entry, unpacked
from surestep.nodes.restoring import Channels
from surestep.nodes.speculate import place
from surestep.nodes.stage import Stage
from surestep.values import Output


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphan:
    """A bet without anybody who waits for its verdicts.

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

    Every node does so when it starts, as what it holds, such as a graph with effects, may have
    to wait for them. After a crash one may turn up as late as the next superstep, when what was
    done of the one that was cut off is taken in.

    Args:
        config: of any node of the graph.
        bets: the bets under way.
        steps: makes a stage for an orphan of each step.

    Raises:
        SurestepError: the checkpoint a bet started from is gone.
    """
    read = config["configurable"][CONFIG_KEY_READ]
    entries: Mapping[str, Any] = read([BETS], False).get(BETS, {})
    for token, entry in entries.items():
        if entry["state"] != "open" or bets.knows(token):
            continue
        before = await _channels_at(config, str(entry["checkpoint_id"]))
        # Nodes that start at once look for orphans at once.
        if bets.knows(token):
            continue
        orphan = Orphan(token=token, entry=entry, before=before)
        stage = steps[entry["node"]](orphan, config)
        output = Output(unpacked(entry["value"]), confidence=entry.get("confidence"))
        trial = tried(stage, stage.attempt(int(str(entry["number"]))), output)
        place(stage, bets, trial, entry, before)
        bets.landed(token)


async def _channels_at(config: RunnableConfig, checkpoint_id: str) -> Channels:
    configurable = config["configurable"]
    saver = configurable.get(CONFIG_KEY_CHECKPOINTER)
    namespace = str(configurable.get(CONFIG_KEY_CHECKPOINT_NS, "")).rpartition("|")[0]
    where: RunnableConfig = {
        "configurable": {
            "thread_id": configurable.get("thread_id"),
            CONFIG_KEY_CHECKPOINT_NS: namespace,
            "checkpoint_id": checkpoint_id,
        }
    }
    found = await saver.aget_tuple(where) if isinstance(saver, BaseCheckpointSaver) else None
    if found is None:
        raise SurestepError(
            f"Checkpoint {checkpoint_id!r}, which an unsettled step started from, is gone.",
            remedy="Run with durability='sync', and keep checkpoints until their run has ended.",
        )
    values = found.checkpoint["channel_values"]
    channels: Channels = configurable[CONFIG_KEY_READ].args[1]
    return {
        name: channel.from_checkpoint(values.get(name, MISSING))
        for name, channel in channels.items()
    }

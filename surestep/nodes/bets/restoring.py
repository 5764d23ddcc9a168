"""Channels that can be put back to what they held at an earlier superstep, exactly.

LangGraph can add to a channel, and overwrite some; it cannot un-set a value, take an arrival
out of a join or a packet out of the pending `Send`s. Each channel of a verified graph is
therefore given a class of its own that knows one more kind of write: the checkpoint of an
earlier state of that same channel. It wins over whatever else is written in its superstep.
Putting all channels back puts the run back, the nodes that were about to start included.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langgraph._internal._constants import CONFIG_KEY_READ
from langgraph._internal._typing import MISSING
from langgraph.channels.base import BaseChannel
from langgraph.channels.delta import DeltaChannel
from langgraph.channels.untracked_value import UntrackedValue

RESTORE = "surestep.restore"
RESTORABLE = "_surestep_restorable"

Channel = BaseChannel[Any, Any, Any]
Channels = Mapping[str, Channel]


@cache
def restorable(kind: type[Channel]) -> type[Channel]:
    """The class of channels that `kind` is, with one more kind of write."""
    if hasattr(kind, RESTORABLE):
        return kind

    def update(self: Channel, values: Sequence[Any]) -> bool:
        for value in values:
            if is_restoring(value):
                _put_back(self, value[RESTORE])
                return True
        return kind.update(self, values)

    return type(kind.__name__, (kind,), {"update": update, "__slots__": (), RESTORABLE: True})


def is_restoring(value: object) -> bool:
    """Whether a write is one that puts a channel back."""
    return type(value) is dict and RESTORE in value


def make_restorable(channels: Iterable[object]) -> bool:
    """Give channels the classes that can be put back, where all of them can be.

    Only runs that may have to go back pay for it: every write then looks for that one more kind.

    Returns:
        Whether all can; a `DeltaChannel` cannot, because its checkpoint does not hold all of it.
    """
    found = [one for one in channels if isinstance(one, BaseChannel)]
    if any(isinstance(channel, DeltaChannel) for channel in found):
        return False
    for channel in found:
        # A class of the same layout, so that the object stays what the graph was built with.
        channel.__class__ = restorable(type(channel))
    return True


def snapshot(config: RunnableConfig) -> dict[str, Channel]:
    """All channels as this superstep found them; by reference, but for what changes in place."""
    channels: Channels = config["configurable"][CONFIG_KEY_READ].args[1]
    return {name: channel.copy() for name, channel in channels.items()}


def restoring(channels: Channels) -> list[tuple[str, Any]]:
    """The writes that put channels back to a snapshot of them."""
    return [(name, {RESTORE: held(channel)}) for name, channel in channels.items()]


def held(channel: Channel) -> list[Any]:
    """What a channel holds, as a list of at most one value a checkpointer can keep."""
    if isinstance(channel, UntrackedValue):
        return [channel.get()] if channel.is_available() else []
    value = channel.checkpoint()
    return [] if value is MISSING else [value]


def _put_back(channel: Channel, content: list[Any]) -> None:
    source = channel.from_checkpoint(content[0] if content else MISSING)
    if isinstance(channel, UntrackedValue) and content:
        source.update(content)
    for slot in _slots(type(channel)):
        if hasattr(source, slot):
            setattr(channel, slot, getattr(source, slot))


@cache
def _slots(kind: type[Channel]) -> tuple[str, ...]:
    names = (getattr(cls, "__slots__", ()) for cls in kind.__mro__)
    return tuple(cast("str", name) for group in names for name in group)

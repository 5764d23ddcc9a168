"""What a fit asks of a graph."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol, runtime_checkable

from surestep.values import Effect


@runtime_checkable
class Shaped(Protocol):
    """A graph that says which steps come after which, and what they do to the world."""

    def shape(self) -> Mapping[str, Collection[str]]:
        """The steps each step directly follows, every step being a key."""
        ...

    def effects(self) -> Mapping[str, Effect]:
        """What each step does to the world; steps it leaves out are pure."""
        ...

"""What was read from a store, kept for some seconds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from surestep.clock import wall_s
from surestep.storage import Store

T = TypeVar("T")


class Remembered(Generic[T]):
    """Values by store and name, each read anew once it is too old.

    Args:
        for_s: how long a value holds, in seconds.
    """

    def __init__(self, for_s: float) -> None:
        self._for_s = for_s
        self._known: WeakKeyDictionary[Store, dict[str, tuple[float, T]]] = WeakKeyDictionary()

    async def get(self, store: Store, name: str, read: Callable[[], Awaitable[T]]) -> T:
        """The value of that name, as it was read some seconds ago at most."""
        # By store, because a name says nothing of which database it was read from.
        known = self._known.setdefault(store, {})
        if name in known:
            at, value = known[name]
            # A clock that was set back must not keep a value for ever.
            if 0.0 <= wall_s() - at < self._for_s:
                return value
        # Timed before it is read: what changes meanwhile must not count as known for longer.
        at, value = wall_s(), await read()
        known[name] = (at, value)
        return value

    def forget(self, store: Store, name: str) -> None:
        """Have the value read anew by whoever asks next."""
        self._known.get(store, {}).pop(name, None)

"""Recording what happens in a thread, to a store and to whoever listens."""

from __future__ import annotations

import logging
from collections.abc import Callable

from surestep.clock import wall_s
from surestep.storage import Event, EventKind, Store

Listener = Callable[[Event], None]

_log = logging.getLogger(__name__)


class Tracer:
    """Turns what happens in one thread into events.

    Falsy while nobody would get them, so `if tracer:` spares the cost of gathering an event's
    data. **Thread-safe**: synchronous nodes emit from threads of their own.

    Args:
        store: where events are kept; `None` keeps none.
        thread_id: the thread whose events these are.
    """

    def __init__(self, store: Store | None = None, thread_id: str = "") -> None:
        self.thread_id = thread_id
        self._store = store
        self._listeners: tuple[Listener, ...] = ()

    def __bool__(self) -> bool:
        return self._store is not None or bool(self._listeners)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """What ends the listening that starts now.

        Args:
            listener: called with each event as it happens, in the thread it happens in; it
                sees the data before redaction, as live objects, and must not change them.
        """
        self._listeners = (*self._listeners, listener)

        def stop() -> None:
            self._listeners = tuple(one for one in self._listeners if one is not listener)

        return stop

    def emit(
        self,
        kind: EventKind,
        /,
        *,
        step: str = "",
        visit: int = 0,
        attempt: int = 0,
        latency_s: float | None = None,
        cost_usd: float | None = None,
        **data: object,
    ) -> None:
        """Record that something has happened just now, without waiting for the disk.

        Args:
            kind: what happened.
            step: the step's path; `""` if it concerns the whole run.
            visit: which visit of the step, from 1; 0 where that says nothing.
            attempt: which attempt of the visit, from 1; 0 where that says nothing.
            latency_s: how long what has just ended took, in seconds; `None` for a moment.
            cost_usd: what it cost, in US dollars.
            data: the rest, whatever it is.

        Raises:
            StoreError: if the store is closed.
        """
        if not self:
            return
        event = Event(
            thread_id=self.thread_id,
            kind=kind,
            at=wall_s(),
            step=step,
            visit=visit,
            attempt=attempt,
            latency_s=latency_s,
            cost_usd=cost_usd,
            data=data,
        )
        if self._store is not None:
            self._store.emit(event)
        for listener in self._listeners:
            _tell(listener, event)


def _tell(listener: Listener, event: Event) -> None:
    try:
        listener(event)
    except Exception:  # noqa: BLE001 - whoever watches a run must not be able to break it
        _log.exception("A trace listener failed on a %r event.", event.kind)

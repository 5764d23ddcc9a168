"""Events: written in groups by a queue, read by thread, summed to what was spent."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from surestep.storage.dialect import Connection
from surestep.storage.encode import clean, from_json, to_json
from surestep.storage.rows import Event
from surestep.values import Spent, Usage

Redactor = Callable[[Mapping[str, object]], Mapping[str, object]]
Row = Mapping[str, object]


class EventQueue:
    """Events on their way to the disk, already redacted and encoded.

    **Thread-safe.** Encoding happens in the thread that adds, so that what is stored is what
    was true at that moment.
    """

    def __init__(self, redact: Redactor | None) -> None:
        self._redact = redact
        self._rows: deque[Row] = deque()
        self._drain_is_due = False
        self._draining = threading.Lock()

    def add(self, event: Event) -> bool:
        """Whether a drain must be arranged for; if not, one that will take `event` is."""
        self._rows.append(_row_of(event, self._redact))
        due, self._drain_is_due = self._drain_is_due, True
        return not due

    def drain(self, connection: Connection) -> None:
        """Commit all events that wait, in one transaction; on failure they go on waiting."""
        # One at a time, so that they are stored in order and all are there when it returns.
        with self._draining:
            # Lowered before the rows are taken: an event added meanwhile arranges its own drain.
            self._drain_is_due = False
            rows = [self._rows.popleft() for _ in range(len(self._rows))]
            if not rows:
                return
            try:
                with connection.transaction():
                    connection.run_all("add_event", rows)
            except BaseException:
                self._rows.extendleft(reversed(rows))
                raise


def events(
    connection: Connection, thread_id: str, after: int, kinds: Collection[str] | None
) -> tuple[Event, ...]:
    """The events of a thread behind `after`, in order; of some kinds only, if given."""
    wanted = None if kinds is None else to_json(sorted(kinds))
    values = {"thread_id": thread_id, "after": after, "kinds": wanted}
    rows = connection.run("events", values)
    return tuple(Event(**{**dict(row), "data": from_json(row["data"])}) for row in rows)


def spent(connection: Connection, thread_id: str) -> Spent:
    """What the model calls of a thread add up to, with the times its row has."""
    total = Spent()
    for row in connection.run("spent", {"thread_id": thread_id}):
        usage = Usage(
            calls=row["calls"],
            input_tokens=int(row["input_tokens"]),
            output_tokens=int(row["output_tokens"]),
            cost_usd=row["cost_usd"],
            estimated_usd=row["estimated_usd"],
            withheld_usd=row["withheld_usd"],
        )
        total = total.charged(usage, "checker" if row["checker"] else "worker")
    thread = connection.run("thread", {"thread_id": thread_id}).fetchone()
    if thread is None:
        return total
    return replace(total, machine_s=thread["machine_s"], human_s=thread["human_s"])


def _row_of(event: Event, redact: Redactor | None) -> Row:
    # Made plain here, where a wrong type meets its author, and not in the group that commits.
    return {
        "thread_id": clean(event.thread_id),
        "kind": event.kind,
        "at": float(event.at),
        "step": clean(event.step),
        "visit": int(event.visit),
        "attempt": int(event.attempt),
        "latency_s": None if event.latency_s is None else float(event.latency_s),
        "cost_usd": None if event.cost_usd is None else float(event.cost_usd),
        "data": redacted(to_json(event.data), redact),
    }


def redacted(text: str, redact: Redactor | None) -> str:
    """The JSON text after redaction; redactors see plain JSON values, whatever the state held."""
    if redact is None:
        return text
    try:
        return to_json(redact(json.loads(text)))
    except Exception as error:  # noqa: BLE001 - a redactor that breaks must neither leak nor stop a run
        return to_json({"redaction_failed": type(error).__name__})

"""Events for other programs: one JSON object a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from surestep.storage import Event
from surestep.storage.encode import columns, to_json


def jsonl(events: Iterable[Event]) -> Iterator[str]:
    """One line of JSON per event, without a line end, with all fields of `Event`."""
    return (to_json(columns(event)) for event in events)

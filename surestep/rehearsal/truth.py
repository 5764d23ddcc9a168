"""Which worker calls of a rehearsal were right: the simulated model knows what it said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from surestep.rehearsal.parts import FaultKind
from surestep.rehearsal.suite import Input, Suite
from surestep.rehearsal.tally import Requests
from surestep.storage import Event
from surestep.traces.calls import Call
from surestep.traces.runs import Truth

GARBLED: tuple[FaultKind, ...] = ("truncated", "schema_drift")
"""After these the client has an answer, and it is not the one the model meant."""


@dataclass(slots=True)
class Truths:
    """What is known of the worker calls of one rehearsal; it grows with what was answered.

    The suite's own opinion comes first. Else an output is right if every answer is that its
    worker got from the model server: right for what it was asked, so a step that was asked the
    wrong thing is not blamed for it.

    Attributes:
        suite: whose cases they are.
        requests: what the model server has answered.
    """

    suite: Suite
    requests: Requests
    _read: int = 0
    _known: dict[str, bool | None] = field(default_factory=dict)

    def of(self, given: Input) -> Truth:
        """What says of each worker call of the case with this input whether it was right."""
        new = self.requests.lookups[self._read :]
        self._read += len(new)
        for one in new:
            self._known[one.reply_id] = one.right and one.fault not in GARBLED
        return partial(self._right, given)

    def _right(self, given: Input, call: Call) -> bool | None:
        own = self.suite.is_step_right(given, call.step, call.output)
        if own is not None:
            return own
        said = [self._known.get(name) for event in call.replies for name in replies(event)]
        return None if not said or None in said else all(said)


def replies(event: Event) -> list[str]:
    """The ids of the completions a `model_call` event got; none of a call that failed."""
    output = event.data.get("output")
    messages: list[Any] = output if isinstance(output, list) else []
    found = (_metadata(message).get("id") for message in messages)
    return [str(name) for name in found if name]


def _metadata(message: Any) -> Mapping[str, object]:
    """What the provider says of a message, live or as the database keeps it."""
    if isinstance(message, Mapping):
        return message.get("response_metadata") or {}
    return getattr(message, "response_metadata", {})

"""A run as a timeline: spans, decisions, failures and totals, for people and for machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from surestep.storage import Event
from surestep.traces.failures import Failure, failures_of
from surestep.traces.scale import covered
from surestep.traces.spans import Span, running, spans_of, start_of, text, usage_of
from surestep.values import Role, Spent

_MARKS: Mapping[str, tuple[str, ...]] = {
    "plan": ("steps",),
    "switch": ("mode", "by", "why"),
    "decision": ("action", "why", "instead"),
    "change": ("by", "why"),
    "retry": ("why",),
    "degrade": ("policy", "why"),
    "fallback": ("why",),
    "escalate": ("queue", "reason"),
    "effect": ("phase", "key"),
    "resume": ("why",),
    "error": ("error",),
    "rollback": ("why",),
    "launch": ("why",),
}
"""The events that are decisions or happenings of a moment, with the data worth showing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something that happened at one moment: a decision, an error, an effect.

    Attributes:
        kind: the kind of its event.
        at_s: seconds since the start of the run.
        step: the step's path; `""` if it concerns the whole run.
        visit: which visit of the step, from 1; 0 where that says nothing.
        what: its reason or content, in a few words.
    """

    kind: str
    at_s: float
    step: str
    visit: int
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """What happened in a run, and when.

    Attributes:
        thread_id: the thread.
        started_at: when it started, in seconds since the epoch.
        end_s: how long after that the last event was, in seconds.
        outcome: how the run ended; `""` if it has not.
        reason: why, where the outcome alone does not say.
        spans: what took time: steps in order of their start, each followed by what it holds.
        marks: what happened at one moment, in order.
        failures: what failed, first seen when, settled when.
        totals: what it cost and took.
    """

    thread_id: str
    started_at: float
    end_s: float
    outcome: str
    reason: str
    spans: tuple[Span, ...]
    marks: tuple[Mark, ...]
    failures: tuple[Failure, ...]
    totals: Spent

    def as_dict(self) -> dict[str, object]:
        """The timeline as plain JSON values; the data of calls stays out, see `export`."""
        plain = asdict(replace(self, spans=tuple(replace(span, data={}) for span in self.spans)))
        for span in plain["spans"]:
            del span["data"]
        for failure, row in zip(self.failures, plain["failures"], strict=True):
            row["time_to_resolution_s"] = failure.time_to_resolution_s
        return plain


def timeline(events: Sequence[Event]) -> Timeline:
    """The timeline of a thread's events.

    Args:
        events: in order, as `Store.events` returns them.
    """
    origin = start_of(events)
    spans = spans_of(events)
    ending = next((event for event in reversed(events) if _is_edge(event)), None)
    ended = ending.data if ending is not None and ending.kind == "run_ended" else {}
    return Timeline(
        thread_id=events[0].thread_id if events else "",
        started_at=origin,
        end_s=max((event.at for event in events), default=origin) - origin,
        outcome=text(ended.get("outcome")),
        reason=text(ended.get("reason")),
        spans=spans,
        marks=tuple(_mark(event, origin) for event in events if event.kind in _MARKS),
        failures=failures_of(events),
        totals=_totals(events, spans, ended.get("spent")),
    )


def _is_edge(event: Event) -> bool:
    """Whether a run starts, goes on or ends here, so that only the last one counts."""
    return event.kind in ("run_started", "resume", "run_ended")


def _mark(event: Event, origin: float) -> Mark:
    said = (text(event.data.get(name)) for name in _MARKS[event.kind])
    return Mark(
        kind=event.kind,
        at_s=event.at - origin,
        step=event.step,
        visit=event.visit,
        what=" · ".join(part for part in said if part),
    )


def _totals(events: Sequence[Event], spans: Sequence[Span], said: object) -> Spent:
    """What the calls cost, and the times: those the run itself stated, else those of its spans."""
    people = [(span.start_s, span.end_s) for span in spans if span.kind == "person"]
    stated = said if isinstance(said, Mapping) else {}
    total = Spent(
        machine_s=float(stated.get("machine_s", covered(running(spans)))),
        human_s=float(stated.get("human_s", covered(people))),
    )
    for event in events:
        if event.kind == "model_call":
            role: Role = "checker" if event.data.get("role") == "checker" else "worker"
            total = total.charged(usage_of(event), role)
        elif event.kind == "rollback":
            lost = event.data.get("wasted_usd")
            lost_usd = float(lost) if isinstance(lost, (int, float)) else 0.0
            total = replace(total, wasted_usd=total.wasted_usd + lost_usd)
    return total

"""Events made into spans: what took time, who did it, inside of which step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from surestep.storage import Event
from surestep.traces.discarded import Loss, Visit, losses_of
from surestep.values import Usage

SpanKind = Literal["step", "worker", "check", "model", "tool", "person"]
# What shows that the work of an attempt announced without a latency is over.
_AFTER_WORK = frozenset({"attempt", "verdict", "retry", "question", "error", "settled"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Something that took time.

    Attributes:
        kind: what it was.
        name: who did it: step, verifier, model, tool, or `worker`.
        step: the step's path.
        visit: which visit of the step, from 1.
        attempt: which attempt of the visit, from 1; 0 where that says nothing.
        start_s: seconds since the start of the run.
        end_s: seconds since the start of the run; of what never ended, the last event's.
        status: how it came out: an outcome, a verdict, a decision, `ok`, `error` or `open`.
        detail: the reason or feedback that goes with the status.
        cost_usd: what it cost, in US dollars, all it holds included.
        depth: how deep it stands: 0 for a step, 1 inside of it, 2 for a call made by that.
        discarded: whether it was taken back, because an output it was built on was refused.
        data: the data of its event.
    """

    kind: SpanKind
    name: str
    step: str
    visit: int = 0
    attempt: int = 0
    start_s: float
    end_s: float
    status: str = "ok"
    detail: str = ""
    cost_usd: float = 0.0
    depth: int = 1
    discarded: bool = False
    data: Mapping[str, object] = field(default_factory=dict)


def spans_of(events: Sequence[Event]) -> tuple[Span, ...]:
    """The spans of some events: steps as they started, each followed by what it holds."""
    if not events:
        return ()
    origin, last = start_of(events), max(event.at for event in events)
    visits: dict[Visit, list[Event]] = defaultdict(list)
    for event in events:
        if event.step and event.visit:
            visits[event.step, event.visit].append(event)
    lost: dict[Visit, list[Loss]] = defaultdict(list)
    for loss in losses_of(events):
        lost[loss.visit].append(loss)
    blocks = [
        _marked(_block(inside, origin, last), lost[visit], origin)
        for visit, inside in visits.items()
    ]
    return tuple(span for block in sorted(blocks, key=_start) for span in block)


def start_of(events: Iterable[Event]) -> float:
    """When the first of some events began, in seconds since the epoch."""
    return min((began(event) for event in events), default=0.0)


def began(event: Event) -> float:
    """When what an event ends began, in seconds since the epoch."""
    return event.at - (event.latency_s or 0.0)


def running(spans: Sequence[Span]) -> list[tuple[float, float]]:
    """The intervals, in seconds, in which a machine was at work; overlaps are left as they are."""
    holds_nothing = [span.depth == 0 for span in spans[1:]] + [True]
    return [
        (span.start_s, span.end_s)
        for span, is_bare in zip(spans, holds_nothing, strict=bool(spans))
        if span.kind != "person" and (span.kind != "step" or is_bare)
    ]


def usage_of(event: Event) -> Usage:
    """What the call of a `model_call` event consumed."""
    return replace(usage_in(event.data), cost_usd=event.cost_usd or 0.0)


def usage_in(data: Mapping[str, object]) -> Usage:
    """What a call consumed, by the data of its event; the cost stands beside that."""
    usage = data.get("usage")
    tokens = usage if isinstance(usage, Mapping) else {}
    return Usage(
        calls=1,
        input_tokens=int(tokens.get("input_tokens") or 0),
        output_tokens=int(tokens.get("output_tokens") or 0),
        **{name: usd_in(data, name) for name in ("estimated_usd", "withheld_usd")},
    )


def usd_in(data: Mapping[str, object], name: str) -> float:
    """An amount in an event's data, in US dollars; 0 for an absent one."""
    value = data.get(name)
    return float(value) if isinstance(value, (int, float)) else 0.0


def text(value: object) -> str:
    """A field of an event's data as a text; empty for an absent one."""
    return "" if value is None else str(value)


def _start(block: Sequence[Span]) -> float:
    return block[0].start_s


def _block(events: Sequence[Event], origin: float, last: float) -> list[Span]:
    """One visit of a step, and everything in it, owners before what they own."""
    owners = [*_work(events, origin, last), *_people(events, origin, last)]
    calls = [_call(event, origin) for event in events if event.kind in ("model_call", "tool_call")]
    rows: list[Span] = []
    for owner in sorted(owners, key=lambda span: span.start_s):
        owned = [call for call in calls if _belongs(call, owner)]
        calls = [call for call in calls if call not in owned]
        cost_usd = sum(call.cost_usd for call in owned)
        rows += [replace(owner, cost_usd=cost_usd), *sorted(owned, key=lambda span: span.start_s)]
    rows += calls
    return [_step(events, rows, origin, last), *rows]


def _marked(block: list[Span], losses: Sequence[Loss], origin: float) -> list[Span]:
    """A block with what was taken back marked; all of it, if the visit never came again."""
    if not losses:
        return block
    step, *rows = (replace(span, discarded=_lost(span, losses, origin)) for span in block)
    end_s = losses[-1].until - origin
    if all(row.discarded for row in rows) and step.status == "open":
        step = replace(step, discarded=True, status="ok", end_s=end_s)
    return [step, *rows]


def _lost(span: Span, losses: Sequence[Loss], origin: float) -> bool:
    return span.depth > 0 and any(
        loss.since - origin <= span.start_s and span.end_s <= loss.until - origin for loss in losses
    )


def _step(events: Sequence[Event], rows: Sequence[Span], origin: float, last: float) -> Span:
    end = next((event for event in reversed(events) if event.kind == "settled"), None)
    return Span(
        kind="step",
        name=events[0].step,
        step=events[0].step,
        visit=events[0].visit,
        attempt=max(event.attempt for event in events),
        start_s=start_of(events) - origin,
        end_s=(end.at if end else last) - origin,
        status=text(end.data.get("outcome")) if end else "open",
        detail=text(end.data.get("reason")) if end else "",
        cost_usd=sum(row.cost_usd for row in rows if row.depth == 2),
        depth=0,
    )


def _work(events: Sequence[Event], origin: float, last: float) -> Iterable[Span]:
    for place, event in enumerate(events):
        if event.kind == "attempt":
            end = event.at
            if event.latency_s is None:
                later = (began(one) for one in events[place + 1 :] if one.kind in _AFTER_WORK)
                end = max(event.at, next(later, last))
            yield _span(event, "worker", "worker", origin, end=end)
        elif event.kind == "verdict":
            yield _span(
                event,
                "check",
                text(event.data.get("verifier")) or "check",
                origin,
                status=text(event.data.get("status")),
                detail=text(event.data.get("feedback")),
            )


def _people(events: Sequence[Event], origin: float, last: float) -> Iterable[Span]:
    answers = {event.data.get("question_id"): event for event in events if event.kind == "answer"}
    for event in events:
        if event.kind != "question":
            continue
        answer = answers.get(event.data.get("question_id"))
        actor = text(answer.data.get("actor")) if answer else ""
        yield _span(
            event,
            "person",
            actor or "person",
            origin,
            end=answer.at if answer else last,
            status=text(answer.data.get("kind")) if answer else "open",
            detail=text(event.data.get("reason")),
        )


def _call(event: Event, origin: float) -> Span:
    kind: SpanKind = "model" if event.kind == "model_call" else "tool"
    error = text(event.data.get("error"))
    name = text(event.data.get("model" if kind == "model" else "name")) or kind
    status = "error" if error else "ok"
    return _span(event, kind, name, origin, status=status, detail=error)


def _span(
    event: Event,
    kind: SpanKind,
    name: str,
    origin: float,
    *,
    end: float | None = None,
    status: str = "ok",
    detail: str = "",
) -> Span:
    return Span(
        kind=kind,
        name=name,
        step=event.step,
        visit=event.visit,
        attempt=event.attempt,
        start_s=began(event) - origin,
        end_s=(event.at if end is None else end) - origin,
        status=status,
        detail=detail,
        cost_usd=(event.cost_usd or 0.0) if kind in ("model", "tool") else 0.0,
        depth=2 if kind in ("model", "tool") else 1,
        data=event.data,
    )


def _belongs(call: Span, owner: Span) -> bool:
    verifier = text(call.data.get("verifier"))
    maker = ("check", verifier) if verifier else ("worker", "worker")
    return (owner.kind, owner.name) == maker and owner.attempt == call.attempt

"""Events as OpenTelemetry spans, for users who have configured an exporter.

The only file that touches `opentelemetry`, which is optional and imported on first use.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from threading import Lock
from typing import TYPE_CHECKING

from surestep.errors import InputError
from surestep.storage import Event
from surestep.storage.encode import to_json
from surestep.traces import otel_names as names
from surestep.traces.spans import Span, began, spans_of, start_of, text, usage_in

if TYPE_CHECKING:
    from opentelemetry import trace

_OPERATIONS = {"model": "chat", "tool": "execute_tool"}
_SCOPE = "surestep"


def export_spans(
    events: Sequence[Event],
    tracer_provider: trace.TracerProvider | None = None,
    *,
    content: bool = False,
) -> None:
    """Export a thread's events as one trace: the run, its steps, and what happened in each.

    Args:
        events: in order, as `Store.events` returns them.
        tracer_provider: where the spans go; `None` means the globally configured one.
        content: whether prompts, answers, feedback and errors go along. By default only
            names, figures and outcomes do.

    Raises:
        InputError: if opentelemetry is not installed.
    """
    if find_spec("opentelemetry") is None:
        raise InputError(
            "Package 'opentelemetry-api' is not installed.", remedy="pip install 'surestep[otel]'"
        )
    if not events:
        return
    run = _Run(events[0], tracer_provider, content=content)
    for event in events:
        run.note(event)
    run.end(max(event.at for event in events))


class OtelListener:
    """A trace listener that exports each step's spans when it settles.

    Give it to `Tracer.listen`; one may serve several threads. The run's own span ends with the
    run; a resumed run is a trace of its own with the same `gen_ai.conversation.id`. Prompts and
    answers never go along, for a listener sees them before redaction. Does nothing if
    opentelemetry is not installed.

    Args:
        tracer_provider: where the spans go; `None` means the globally configured one.
    """

    def __init__(self, tracer_provider: trace.TracerProvider | None = None) -> None:
        self._provider = tracer_provider
        self._installed = find_spec("opentelemetry") is not None
        self._runs: dict[str, _Run] = {}
        self._lock = Lock()

    def __call__(self, event: Event) -> None:
        """Take note of an event."""
        if not self._installed:
            return
        with self._lock:
            run = self._runs.get(event.thread_id)
            if run is None:
                run = self._runs[event.thread_id] = _Run(event, self._provider, content=False)
            run.note(event)
            if event.kind == "settled":
                run.settle(event)
            elif event.kind == "run_ended":
                self._runs.pop(event.thread_id).end(event.at)


class _Run:
    """The span of a run, and the events of its steps that are not exported yet."""

    def __init__(
        self, first: Event, provider: trace.TracerProvider | None, *, content: bool
    ) -> None:
        from opentelemetry import trace  # noqa: PLC0415 - optional, and slow to import

        self._trace = trace
        self._tracer = trace.get_tracer(_SCOPE, tracer_provider=provider)
        self._content = content
        self._thread_id = first.thread_id
        self._visits: dict[tuple[str, int], list[Event]] = {}
        self._root = self._start("invoke_agent surestep", began(first), None)
        self._root.set_attribute(names.OPERATION_NAME, "invoke_agent")

    def note(self, event: Event) -> None:
        """Keep an event until its step is exported."""
        if event.kind == "run_ended":
            self._finish(self._root, text(event.data.get("outcome")), "")
        elif event.step and event.visit:
            self._visits.setdefault((event.step, event.visit), []).append(event)

    def settle(self, event: Event) -> None:
        """Export the visit of a step that has settled."""
        self._export(self._visits.pop((event.step, event.visit), []))

    def end(self, at: float) -> None:
        """Export what is left, and the run itself."""
        for events in self._visits.values():
            self._export(events)
        self._root.end(_ns(at))

    def _export(self, events: Sequence[Event]) -> None:
        origin = start_of(events)
        step, *rest = spans_of(events)
        parent = self._one(step, origin, self._root)
        for span in rest:
            self._one(span, origin, parent).end(_ns(origin + span.end_s))
        parent.end(_ns(origin + step.end_s))

    def _one(self, span: Span, origin: float, parent: trace.Span) -> trace.Span:
        operation = _OPERATIONS.get(span.kind, "" if span.kind == "step" else span.kind)
        started = self._start(f"{operation} {span.name}".strip(), origin + span.start_s, parent)
        started.set_attributes({**_common(span), **_special(span)})
        if self._content:
            started.set_attributes(_contents(span))
        self._finish(started, span.status, span.detail)
        return started

    def _start(self, name: str, at: float, parent: trace.Span | None) -> trace.Span:
        context = None if parent is None else self._trace.set_span_in_context(parent)
        attributes = {names.CONVERSATION_ID: self._thread_id}
        return self._tracer.start_span(
            name, context=context, start_time=_ns(at), attributes=attributes
        )

    def _finish(self, span: trace.Span, status: str, detail: str) -> None:
        span.set_attribute(names.STATUS, status)
        # A rejected output is a verdict at work, a question no fault: neither is an error.
        if status in ("error", "failed"):
            span.set_status(self._trace.StatusCode.ERROR, detail if self._content else None)


def _common(span: Span) -> Mapping[str, str | int | float]:
    return {
        names.STEP: span.step,
        names.VISIT: span.visit,
        names.ATTEMPT: span.attempt,
        names.KIND: span.kind,
        names.COST_USD: span.cost_usd,
    }


def _special(span: Span) -> Mapping[str, str | int | float | bool]:
    """The attributes the conventions have for this kind of span."""
    data = span.data
    if span.kind == "check":
        score = data.get("score")
        label = {names.EVALUATION_NAME: span.name, names.EVALUATION_LABEL: span.status}
        return label | ({names.EVALUATION_SCORE: score} if isinstance(score, float) else {})
    if span.kind == "tool":
        return {names.OPERATION_NAME: _OPERATIONS["tool"], names.TOOL_NAME: span.name}
    if span.kind == "model":
        usage = usage_in(data)
        return {
            names.OPERATION_NAME: _OPERATIONS["model"],
            names.REQUEST_MODEL: span.name,
            names.PROVIDER_NAME: text(data.get("provider")),
            names.ROLE: text(data.get("role")),
            names.INPUT_TOKENS: usage.input_tokens,
            names.OUTPUT_TOKENS: usage.output_tokens,
            names.ESTIMATED: usage.estimated,
        }
    return {}


def _contents(span: Span) -> Mapping[str, str]:
    """The attributes that may hold what users or models wrote."""
    given, returned = to_json(span.data.get("input")), to_json(span.data.get("output"))
    if span.kind == "model":
        return {names.INPUT_MESSAGES: given, names.OUTPUT_MESSAGES: returned}
    if span.kind == "tool":
        return {names.TOOL_ARGUMENTS: given, names.TOOL_RESULT: returned}
    if span.kind == "check":
        return {names.EVALUATION_EXPLANATION: span.detail}
    return {names.DETAIL: span.detail}


def _ns(at: float) -> int:
    return round(at * 1e9)

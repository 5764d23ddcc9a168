"""What happened in a run: recorded as it happens, reported and exported afterwards."""

from surestep.traces.export import jsonl
from surestep.traces.failures import Failure
from surestep.traces.history import Mark
from surestep.traces.otel import OtelListener, export_spans
from surestep.traces.record import Listener, Tracer
from surestep.traces.redact import redact_all, redact_keys, redact_pattern
from surestep.traces.report import Timeline, render, timeline
from surestep.traces.spans import Span

__all__ = [
    "Failure",
    "Listener",
    "Mark",
    "OtelListener",
    "Span",
    "Timeline",
    "Tracer",
    "export_spans",
    "jsonl",
    "redact_all",
    "redact_keys",
    "redact_pattern",
    "render",
    "timeline",
]

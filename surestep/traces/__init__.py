"""What happened in a run: recorded as it happens, reported and exported afterwards."""

from surestep.traces.record import Listener, Tracer
from surestep.traces.redact import redact_all, redact_keys, redact_pattern

__all__ = [
    "Listener",
    "Tracer",
    "redact_all",
    "redact_keys",
    "redact_pattern",
]

"""The trace of a run as bars to draw: where each stands, and how wide it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from surestep.storage import Event
from surestep.traces import Span, timeline
from surestep.traces.scale import Scale
from surestep.traces.spans import running
from surestep.web import words

COLUMNS = 1000
"""How wide the drawing is, in units of its own."""
_MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One line of a waterfall.

    Attributes:
        label: who did it.
        kind: what it was, as `Span` has it.
        depth: how deep it stands: 0 for a step, 1 inside of it, 2 for a call made by that.
        x: where it begins, from 0 to `COLUMNS`.
        width: how wide it is; 2 at least, to be seen.
        took: how long it took, in words.
        note: how it came out.
        bad: whether it did not come out well.
        discarded: whether it was taken back.
    """

    label: str
    kind: str
    depth: int
    x: float
    width: float
    took: str
    note: str
    bad: bool
    discarded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Waterfall:
    """What happened in a run, and when.

    Attributes:
        bars: what took time; of very long runs, the last 200.
        left_out: how many bars before them are not shown.
        cost: what all of it cost.
        shortened: whether time in which nothing ran is drawn shorter.
    """

    bars: tuple[Bar, ...]
    left_out: int
    cost: str
    shortened: bool


def waterfall(events: Sequence[Event]) -> Waterfall:
    """The drawing of a thread's events."""
    found = timeline(events)
    scale = Scale(running(found.spans), found.end_s, COLUMNS)
    shown = found.spans[-_MOST:]
    return Waterfall(
        bars=tuple(_bar(span, scale) for span in shown),
        left_out=len(found.spans) - len(shown),
        cost=f"${found.totals.cost_usd:.4f}",
        shortened=scale.shortened,
    )


def _bar(span: Span, scale: Scale) -> Bar:
    start, end = scale.column(span.start_s), scale.column(span.end_s)
    x = min(start, COLUMNS - 2.0)
    again = f" {span.visit}" if span.depth == 0 and span.visit > 1 else ""
    note = span.status if not span.detail else f"{span.status}: {span.detail}"
    return Bar(
        label=f"{span.name}{again}",
        kind=span.kind,
        depth=span.depth,
        x=round(x, 1),
        width=round(max(2.0, end - x), 1),
        took=_took(span.end_s - span.start_s),
        note="" if note in ("ok", "pass") else note,
        bad=span.status in ("fail", "error", "failed", "rejected", "reject"),
        discarded=span.discarded,
    )


def _took(seconds: float) -> str:
    return (
        f"{1000.0 * seconds:.0f} ms"
        if seconds < 1.0
        else (f"{seconds:.1f} s" if seconds < 60.0 else words.span(seconds))
    )

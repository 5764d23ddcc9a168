"""The report of a run in plain text: a waterfall, its failures and its totals."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import pairwise

from surestep.traces.history import Mark, Timeline, timeline
from surestep.traces.scale import Scale
from surestep.traces.spans import Span, running

__all__ = ["Timeline", "render", "timeline"]

_GLYPHS = {"step": "─", "worker": "█", "check": "▓", "model": "▒", "tool": "▒", "person": "░"}
_DISCARDED = "┄"
_LEGEND = "─ step  █ worker  ▓ check  ▒ model or tool  ░ person  ◆ decision"
_LEGEND_DISCARDED = f"  {_DISCARDED} discarded"
_LATENCY_COLUMNS = 9
_SMALLEST = 60


def render(shown: Timeline, width: int = 100) -> str:
    """The timeline as text of at most `width` columns, but of 60 at least.

    One line per span, with a bar over the time it took, and one per decision; bars side by
    side in time stand side by side on the page, so overlapping checks show as such.
    """
    page = _Page(shown, max(width, _SMALLEST))
    lines = [*_heading(shown), *page.lines()]
    if page.scale.shortened:
        lines.append("Time in which nothing ran, or a person thought, is drawn shorter.")
    lines += [*_failures(shown), *_totals(shown)]
    return "\n".join(_cut(line, page.width) for line in lines) + "\n"


class _Page:
    """The columns of a waterfall: label, bar, latency, note."""

    def __init__(self, shown: Timeline, width: int) -> None:
        self._shown = shown
        self.width = width
        longest = max((len(_label(span)) for span in shown.spans), default=0)
        self._label_columns = min(max(longest, 12), width // 4)
        self._note_columns = width // 4
        bar = width - self._label_columns - self._note_columns - _LATENCY_COLUMNS - 3
        self.scale = Scale(running(shown.spans), shown.end_s, bar)

    def lines(self) -> Iterator[str]:
        """The rows, decisions among them: those of a visit in its block, others by their time."""
        blocks = list(_blocks(self._shown.spans))
        visits: dict[tuple[str, int], list[Mark]] = {_visit(block[0]): [] for block in blocks}
        others: list[Mark] = []
        for mark in self._shown.marks:
            visits.get(_visit(mark), others).append(mark)
        waiting = deque(others)
        for block in blocks:
            while waiting and waiting[0].at_s <= block[0].start_s:
                yield self._mark(waiting.popleft(), "")
            yield from self._block(block, visits[_visit(block[0])])
        yield from (self._mark(mark, "") for mark in waiting)

    def _block(self, block: Sequence[Span], marks: Sequence[Mark]) -> Iterator[str]:
        waiting = deque(marks)
        for span in block:
            # Between an owner and its calls no decision is shown, or it would seem theirs.
            while waiting and span.depth == 1 and waiting[0].at_s <= span.start_s:
                yield self._mark(waiting.popleft(), "  ")
            yield self._span(span)
        yield from (self._mark(mark, "  ") for mark in waiting)

    def _span(self, span: Span) -> str:
        label = _cut(_label(span), self._label_columns)
        glyph = _DISCARDED if span.discarded else _GLYPHS[span.kind]
        bar = self.scale.bar(span.start_s, span.end_s, glyph)
        latency = _seconds(span.end_s - span.start_s).rjust(_LATENCY_COLUMNS)
        note = _cut(_note(span), self._note_columns)
        return f"{label:<{self._label_columns}} {bar}{latency} {note}".rstrip()

    def _mark(self, mark: Mark, indent: str) -> str:
        place = f" {mark.step}" if mark.step and not indent else ""
        what = f": {_one_line(mark.what)}" if mark.what else ""
        return f"{indent}◆ {mark.kind}{place} at {_seconds(mark.at_s)}{what}"


def _heading(shown: Timeline) -> Iterator[str]:
    ended = shown.outcome or "not ended"
    yield f"Thread {shown.thread_id}: {ended}{f' ({shown.reason})' if shown.reason else ''}"
    if shown.spans:
        discarded = any(span.discarded for span in shown.spans)
        yield _LEGEND + (_LEGEND_DISCARDED if discarded else "")


def _failures(shown: Timeline) -> Iterator[str]:
    if shown.failures:
        yield "Failures"
    for failure in shown.failures:
        seen = _seconds(failure.first_seen_at - shown.started_at)
        took = failure.time_to_resolution_s
        end = "not settled" if took is None else f"{failure.outcome} {_seconds(took)} later"
        yield f"  {failure.step or 'run'}, first seen at {seen}, {end}: {_one_line(failure.what)}"


def _totals(shown: Timeline) -> Iterator[str]:
    total = shown.totals
    estimated = f"; {total.estimated_usd:.6f} of it estimated" if total.estimated else ""
    yield (
        f"Cost {total.cost_usd:.6f} USD (workers {total.worker_usd:.6f}, "
        f"checkers {total.checker_usd:.6f}{estimated})"
    )
    if total.wasted_usd:
        yield f"Thrown away with refused outputs {total.wasted_usd:.6f} USD of that"
    yield (
        f"Calls {total.calls}, tokens {total.input_tokens} in and {total.output_tokens} out; "
        f"machine {_seconds(total.machine_s)}, people {_seconds(total.human_s)}"
    )


def _blocks(spans: Sequence[Span]) -> Iterator[Sequence[Span]]:
    starts = [place for place, span in enumerate(spans) if span.depth == 0]
    for start, end in pairwise([*starts, len(spans)]):
        yield spans[start:end]


def _visit(one: Span | Mark) -> tuple[str, int]:
    return one.step, one.visit


def _label(span: Span) -> str:
    again = f" #{span.visit}" if span.depth == 0 and span.visit > 1 else ""
    attempt = f" {span.attempt}" if span.kind == "worker" and span.attempt else ""
    return f"{'  ' * span.depth}{span.name}{attempt}{again}"


def _note(span: Span) -> str:
    price = f"{span.cost_usd:.6f} USD" if span.cost_usd else ""
    status = "" if span.status == "ok" else span.status
    if span.discarded:
        status = f"discarded, {status}" if status else "discarded"
    said = ": ".join(part for part in (status, _one_line(span.detail)) if part)
    return "  ".join(part for part in (said, price) if part)


def _seconds(time_s: float) -> str:
    """A time as people read it, in ms, s, min or h."""
    if time_s < 0.9995:
        return f"{time_s * 1000:.0f} ms"
    if time_s < 120:
        return f"{time_s:.2f} s"
    return f"{time_s / 60:.1f} min" if time_s < 7200 else f"{time_s / 3600:.1f} h"


def _one_line(said: str) -> str:
    return " ".join(said.split())


def _cut(line: str, columns: int) -> str:
    return line if len(line) <= columns else line[: columns - 1] + "…"

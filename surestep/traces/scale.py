"""The time axis of a waterfall: where nothing runs for long, it is drawn shorter."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

Interval = tuple[float, float]

_LONGEST_GAP = 0.08
"""Share of the busy time above which a gap is shortened to it."""


class Scale:
    """Maps times to columns.

    Args:
        busy: the intervals in which something ran, in seconds; in any order, overlaps allowed.
        end_s: the last time there is to draw, in seconds.
        columns: how many columns there are.
    """

    def __init__(self, busy: Iterable[Interval], end_s: float, columns: int) -> None:
        merged = union(busy)
        longest_s = _LONGEST_GAP * covered(merged)
        self._columns = columns
        self._real = [0.0]
        self._drawn = [0.0]
        for start, end in [*merged, (end_s, end_s)]:
            self._advance(start, longest_s or end_s)
            self._advance(end, end_s)
        self.shortened = self._drawn[-1] < self._real[-1] - 1e-9
        """Whether any gap is drawn shorter than it was."""

    def column(self, at_s: float) -> float:
        """Where a time stands, from 0 to `columns`."""
        place = min(bisect_right(self._real, at_s), len(self._real) - 1)
        before, after = self._real[place - 1], self._real[place]
        share = (at_s - before) / (after - before) if after > before else 1.0
        drawn = self._drawn[place - 1] + share * (self._drawn[place] - self._drawn[place - 1])
        return max(0.0, min(1.0, drawn / (self._drawn[-1] or 1.0))) * self._columns

    def bar(self, start_s: float, end_s: float, glyph: str) -> str:
        """A line of `columns` characters with a bar over an interval, one character at least."""
        first = min(round(self.column(start_s)), self._columns - 1)
        width = max(1, round(self.column(end_s)) - first)
        return (" " * first + glyph * width).ljust(self._columns)

    def _advance(self, to_s: float, longest_s: float) -> None:
        step_s = to_s - self._real[-1]
        if step_s > 0:
            self._real.append(to_s)
            self._drawn.append(self._drawn[-1] + min(step_s, longest_s))


def covered(intervals: Iterable[Interval]) -> float:
    """How much time the intervals cover, in their unit; what overlaps counts once."""
    return sum(end - start for start, end in union(intervals))


def union(intervals: Iterable[Interval]) -> Sequence[Interval]:
    """The intervals with overlaps merged, in order."""
    merged: list[Interval] = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged

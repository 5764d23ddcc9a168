"""The order of steps in time: which come after which, and the longest way through them.

A step starts when the outputs it builds on are there; one that does something to the world, and
the end of the run, wait until every output before them is settled. So a run is as long as the
longest way on which each step counts with the time until its output is there, except that the
last one before such a barrier counts with the time until it is settled.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from surestep.budgets.planner.selection.table import Floats

Way = tuple[tuple[int, bool], ...]
"""Steps in their order, each with whether it counts until it is settled."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A graph of steps, numbered so that each comes after those it follows.

    Attributes:
        after: the steps that each directly follows.
        waited: the steps each waits for until they are settled; none unless it is a barrier.
    """

    after: tuple[tuple[int, ...], ...]
    waited: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, after: Mapping[str, Collection[str]], barriers: Collection[str]) -> Shape:
        """The shape of a graph whose keys stand after all that they follow."""
        place = {name: number for number, name in enumerate(after)}
        before = tuple(tuple(place[one] for one in names) for names in after.values())
        all_before: list[frozenset[int]] = []
        for names in before:
            all_before.append(frozenset(names).union(*(all_before[one] for one in names)))
        waited = tuple(
            tuple(sorted(all_before[place[name]])) if name in barriers else () for name in after
        )
        return cls(before, waited)

    @property
    def chain(self) -> bool:
        """Whether each step follows just the one before it."""
        return all(names == ((step - 1,) if step else ()) for step, names in enumerate(self.after))

    def longest(self, advance: Floats, settled: Floats) -> tuple[float, Way]:
        """The longest way through the graph, and its length.

        Args:
            advance: time of each step until its output is there.
            settled: time of each until that is settled, from the same start.
        """
        # Plain numbers: reading arrays one entry at a time takes several times as long.
        times, settled_times = advance.tolist(), settled.tolist()
        starts: list[float] = []
        come: list[tuple[int, bool] | None] = []
        for before, waited in zip(self.after, self.waited, strict=True):
            start, from_where = 0.0, None
            for one in before:
                if (end := starts[one] + times[one]) > start:
                    start, from_where = end, (one, False)
            for one in waited:
                if (end := starts[one] + settled_times[one]) > start:
                    start, from_where = end, (one, True)
            starts.append(start)
            come.append(from_where)
        ends_of_all = starts + settled
        last = int(ends_of_all.argmax())
        way: list[tuple[int, bool]] = []
        at: tuple[int, bool] | None = (last, True)
        while at is not None:
            way.append(at)
            at = come[at[0]]
        return float(ends_of_all[last]), tuple(reversed(way))


def row(way: Way, advance: Floats, settled: Floats) -> Floats:
    """What each option of each step adds to the length of a way, shape (steps, options)."""
    weights = np.zeros_like(advance)
    for step, until_settled in way:
        weights[step] = settled[step] if until_settled else advance[step]
    return weights

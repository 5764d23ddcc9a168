"""All attempts of all runs as columns, one entry per attempt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surestep.budgets.fitting.hierarchy import Floats
from surestep.budgets.fitting.records import Attempt, Run

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Key = tuple[str, str]
"""A step and one of its verifiers."""


def sums(place: Ints, values: Floats, size: int = 0) -> Floats:
    """The sum of the values at each place, from place 0 to `size` or the last one."""
    return np.asarray(np.bincount(place, values, size), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Table:
    """Recorded attempts in the order of their runs.

    Attributes:
        runs: the runs.
        attempts: every attempt of every run.
        steps: the steps' names, in the order in which they were first seen.
        verifiers: each step's verifiers, in the same way.
        run: which run each attempt belongs to.
        step: which step.
        task: which task.
        first: whether it is the first attempt of a visit.
        last: whether no other attempt of its visit followed.
        weight: how much it counts, 1 for a recent one.
    """

    runs: Sequence[Run]
    attempts: Sequence[Attempt]
    steps: Sequence[str]
    verifiers: Sequence[Key]
    run: Ints
    step: Ints
    task: Ints
    first: Flags
    last: Flags
    weight: Floats

    @classmethod
    def of(cls, runs: Sequence[Run], weights: Sequence[float]) -> Table:
        """The attempts of runs that count so much each."""
        attempts = [one for run in runs for one in run.attempts]
        steps = list(dict.fromkeys(one.step for one in attempts))
        places = {step: place for place, step in enumerate(steps)}
        tasks = {task: place for place, task in enumerate({run.task: None for run in runs})}
        counts = [len(run.attempts) for run in runs]
        first = np.array([one.attempt == 0 for one in attempts], dtype=bool)
        return cls(
            runs=runs,
            attempts=attempts,
            steps=steps,
            verifiers=list(dict.fromkeys((one.step, v) for one in attempts for v in one.verdicts)),
            run=np.repeat(np.arange(len(runs)), counts),
            step=np.array([places[one.step] for one in attempts], dtype=np.int64),
            task=np.repeat(np.array([tasks[run.task] for run in runs], dtype=np.int64), counts),
            first=first,
            last=_last(runs),
            weight=np.repeat(np.asarray(weights, dtype=float), counts),
        )

    def column(self, value: Callable[[Attempt], float | bool | None]) -> Floats:
        """What `value` says of each attempt; NaN where it says `None`."""
        said = [value(one) for one in self.attempts]
        return np.array([np.nan if one is None else float(one) for one in said], dtype=float)

    def accepted(self, verifier: str) -> Floats:
        """1 where the verifier accepted, 0 where it did not, NaN where it was not asked."""
        judged = (one.verdicts.get(verifier) for one in self.attempts)
        return np.array([np.nan if one is None else float(one.accepted) for one in judged])


def _last(runs: Sequence[Run]) -> Flags:
    last: list[bool] = []
    for run in runs:
        following: dict[str, int] = {}
        flags = []
        for one in reversed(run.attempts):
            flags.append(following.get(one.step, 0) == 0)
            following[one.step] = one.attempt
        last.extend(reversed(flags))
    return np.array(last, dtype=bool)

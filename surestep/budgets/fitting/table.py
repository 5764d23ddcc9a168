"""All attempts of all runs as columns, one entry per attempt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from surestep.budgets.fitting.hierarchy import Floats
from surestep.budgets.fitting.recorded import Attempt, Run

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
        visit: which visit of its step in its run, no two visits having one number.
        first: whether it is a first attempt of its visit.
        last: whether it is the output its visit settled with.
        weight: how much it counts, 1 for a recent one.
        run_weight: how much each run counts.
    """

    runs: Sequence[Run]
    attempts: Sequence[Attempt]
    steps: Sequence[str]
    verifiers: Sequence[Key]
    run: Ints
    step: Ints
    task: Ints
    visit: Ints
    first: Flags
    last: Flags
    weight: Floats
    run_weight: Floats

    @classmethod
    def of(cls, runs: Sequence[Run], weights: Sequence[float]) -> Table:
        """The attempts of runs that count so much each."""
        attempts = [one for run in runs for one in run.attempts]
        steps = list(dict.fromkeys(one.step for one in attempts))
        places = {step: place for place, step in enumerate(steps)}
        tasks = {task: place for place, task in enumerate({run.task: None for run in runs})}
        counts = [len(run.attempts) for run in runs]
        run_weight = np.asarray(weights, dtype=np.float64)
        # Runs may repeat an id, so a visit belongs to a place among the runs.
        names = [
            (place, one.step, one.visit) for place, run in enumerate(runs) for one in run.attempts
        ]
        visits = {name: place for place, name in enumerate(dict.fromkeys(names))}
        visit = np.array([visits[name] for name in names], dtype=np.int64)
        return cls(
            runs=runs,
            attempts=attempts,
            steps=steps,
            verifiers=list(dict.fromkeys((one.step, v) for one in attempts for v in one.verdicts)),
            run=np.repeat(np.arange(len(runs)), counts),
            step=np.array([places[one.step] for one in attempts], dtype=np.int64),
            task=np.repeat(np.array([tasks[run.task] for run in runs], dtype=np.int64), counts),
            visit=visit,
            first=np.array([one.attempt == 0 for one in attempts], dtype=bool),
            last=_last(attempts, visit),
            weight=np.repeat(run_weight, counts),
            run_weight=run_weight,
        )

    def places(self, step: str) -> Ints:
        """Where the attempts of a step are."""
        return np.flatnonzero(self.step == self.steps.index(step))

    def only(self, places: Ints) -> Table:
        """The attempts at some places."""
        return replace(
            self,
            attempts=[self.attempts[place] for place in places.tolist()],
            **{name: getattr(self, name)[places] for name in _COLUMNS},
        )

    def column(self, value: Callable[[Attempt], float | bool | None]) -> Floats:
        """What `value` says of each attempt; NaN where it says `None`."""
        said = [value(one) for one in self.attempts]
        return np.array([np.nan if one is None else float(one) for one in said], dtype=float)

    def accepted(self, verifier: str) -> Floats:
        """1 where the verifier accepted, 0 where it did not, NaN where it was not asked."""
        judged = (one.verdicts.get(verifier) for one in self.attempts)
        return np.array([np.nan if one is None else float(one.accepted) for one in judged])


_COLUMNS = ("run", "step", "task", "visit", "first", "last", "weight")


def _last(attempts: Sequence[Attempt], visit: Ints) -> Flags:
    """The output each visit is known to have settled with, or else its last."""
    chosen: dict[int, int] = {}
    for place, (one, number) in enumerate(zip(attempts, visit.tolist(), strict=True)):
        # Later outputs replace earlier ones, unless an earlier one is known to be the one.
        if one.settled or number not in chosen or not attempts[chosen[number]].settled:
            chosen[number] = place
    last = np.zeros(len(attempts), dtype=bool)
    last[list(chosen.values())] = True
    return last

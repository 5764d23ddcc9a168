"""One step's tables, laid out to be read in microseconds."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from surestep.budgets.planner.online.belief import GRID
from surestep.budgets.planner.online.judged import Judged, Rules
from surestep.budgets.planner.online.lattice import Lattice
from surestep.values import Verdict

# Plain lists and bytes throughout: reading one number off an array costs more than all the rest.
_MIDDLES = [float(one) for one in (GRID[1:] + GRID[:-1]) / 2]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a table says of a state.

    Attributes:
        best: the best action.
        second: the next best.
        margin: by how much the best is worth more.
    """

    best: int
    second: int
    margin: float


class Lookup:
    """The tables of one step.

    Args:
        step: the step.
        rules: what to do in each of its attempts.
        lattice: the time and money they tell apart.
    """

    def __init__(self, step: Judged, rules: Sequence[Rules], lattice: Lattice) -> None:
        self.names = step.names
        self.overrules = step.overrules
        self._step = step
        self._place = {name: place for place, name in enumerate(step.names)}
        self._soonest = int((step.worker.pmf > 0).argmax())
        self._width, self._height = lattice.ticks + 1, lattice.units + 1
        self._best = [one.best.tobytes() for one in rules]
        self._second = [one.second.tobytes() for one in rules]
        self._margin = [memoryview(one.margin.tobytes()).cast("f") for one in rules]
        self._said = [[one.said for one in tier] for tier in step.levels]
        self._right = [[one.right for one in tier] for tier in step.levels]
        self._mean = [sum(one.share * one.right for one in tier) for tier in step.levels]

    def belief(
        self, attempt: int, confidence: float | None, verdicts: Sequence[Verdict]
    ) -> tuple[float, int]:
        """P(an output is right), and who has been heard, a bit for each verifier.

        Args:
            attempt: which attempt made it, from 1.
            confidence: the worker's own; `None` if it gave none.
            verdicts: in the order they came in.
        """
        right = self._calibrated(min(attempt, len(self._said)) - 1, confidence)
        heard = 0
        for verdict in verdicts:
            place = self._place.get(verdict.verifier)
            if place is None or heard >> place & 1:
                continue
            turn = self._step.turns[heard, place]
            if verdict.status == "pass":
                good, bad = right * turn.accept_ok, (1 - right) * turn.accept_bad
                right = good / (good + bad) if good + bad else right
            elif verdict.status == "fail":
                good, bad = right * (1 - turn.accept_ok), (1 - right) * (1 - turn.accept_bad)
                right = good / (good + bad) if good + bad else right
            heard |= 1 << place
        return right, heard

    def answer(
        self,
        attempt: int,
        right: float,
        heard: int,
        left: tuple[int, int],
        *,
        last: bool = False,
    ) -> Answer:
        """What to do about an output.

        Args:
            attempt: which attempt made it, from 1.
            right: P(it is right).
            heard: who has judged it, a bit for each verifier.
            left: units of money and ticks of time that are left.
            last: whether what is refused now is refused for good.
        """
        tier = -1 if last else min(attempt, len(self._best)) - 1
        row = (heard * self._height + left[0]) * len(GRID) + bisect_left(_MIDDLES, right)
        place = row * self._width + left[1]
        return Answer(self._best[tier][place], self._second[tier][place], self._margin[tier][place])

    def foregone(self, left: tuple[int, int]) -> Answer | None:
        """What to do first about any output of a step about to start, by what is left before it.

        `None` if that depends on the confidence, even of an output that comes at the soonest.
        """
        then = left[0], max(0, left[1] - self._soonest)
        found = [self.answer(1, right, 0, then) for right in self._right[0]]
        if len({one.best for one in found}) > 1:
            return None
        return min(found, key=lambda one: one.margin)

    def _calibrated(self, tier: int, confidence: float | None) -> float:
        said, right = self._said[tier], self._right[tier]
        if confidence is None or len(said) == 1:
            return self._mean[tier]
        above = bisect_right(said, confidence)
        if above == 0:
            return right[0]
        if above == len(said):
            return right[-1]
        low, high = said[above - 1], said[above]
        part = (confidence - low) / (high - low)
        return right[above - 1] + part * (right[above] - right[above - 1])

"""One attempt of a step: the ways it can go, and how likely each is for each kind of task."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from surestep.budgets.algebra.checks import Panel
from surestep.budgets.algebra.law import Floats, Law, nothing


@dataclass(frozen=True, kw_only=True)
class Source:
    """What an attempt draws from.

    Attributes:
        success: P(an output is right), by what was refused before, and by class. One row means
            that this changes nothing; the last two are for a right and for a wrong output, and
            the first attempt has the first row.
        alike: P(two wrong samples are the same answer).
        worker: time of one worker call.
        right: time of one that gives a right output.
        wrong: time of one that gives a wrong output; the same object if that makes no difference.
        calls: mean number of worker calls it takes to get one output.
        panel: who judges it.
        stands: how far a refusal by the panel stands for another output alike in truth, right
            and wrong; unless 0 there are three rows.
        speculative: whether what follows starts before the verdict.
    """

    success: Floats
    alike: float
    worker: Law
    right: Law
    wrong: Law
    calls: float
    panel: Panel
    stands: tuple[float, float] = (0.0, 0.0)
    speculative: bool

    @cached_property
    def accept_ok(self) -> Floats:
        """P(the panel accepts a right output), by row, and by class if that matters."""
        return self.panel.accept_ok * self._fresh(-2, self.stands[0])

    @cached_property
    def accept_bad(self) -> Floats:
        """P(the panel accepts a wrong output), by row, and by class if that matters."""
        return self.panel.accept_bad * self._fresh(-1, self.stands[1])

    def _fresh(self, row: int, stands: float) -> Floats:
        fresh = np.ones((len(self.success), 1))
        if stands:
            fresh[row] -= stands
        return fresh

    @property
    def nothing(self) -> Law:
        """The law of what takes no time."""
        return nothing(self.worker.tick_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way an attempt can go; its probabilities have the rows and columns of `success`.

    Attributes:
        ok: P(it goes this way, with a right output).
        bad: P(it goes this way, with a wrong output).
        advance: time until what follows can start on the output accepted, or until the attempt
            is refused.
        confirm: time from then until the output is settled, independent of `advance`.
        settled: time of both; where they do depend on each other, this still is exact.
    """

    ok: Floats
    bad: Floats
    advance: Law
    confirm: Law
    settled: Law


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """The ways one attempt can go, whose probabilities add up to 1.

    Attributes:
        accepted: ways in which an output goes on.
        refused: ways that end in another attempt, if one is left.
        undecided: ways that end without an output to accept or refuse.
        worker_calls: mean worker calls.
        check_calls: mean verifier calls.
        check_cost_usd: mean price of those, in US dollars.
        vain: mean number of outputs the run went on with and gave up.
    """

    accepted: tuple[Way, ...]
    refused: tuple[Way, ...] = ()
    undecided: tuple[Way, ...] = ()
    worker_calls: Floats
    check_calls: Floats
    check_cost_usd: Floats
    vain: Floats

    @property
    def tick_s(self) -> float:
        """The tick of its laws, in seconds."""
        return (*self.accepted, *self.undecided)[0].advance.tick_s


def at_once(ok: Floats, bad: Floats, law: Law, none: Law) -> Way:
    """A way that leaves nothing to be settled."""
    return Way(ok=ok, bad=bad, advance=law, confirm=none, settled=law)

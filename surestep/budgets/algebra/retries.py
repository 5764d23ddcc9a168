"""Attempts one after another, until one is accepted or none is left.

All times are kept as transforms on a lattice of `size` ticks: the last axis of an array is a
transform whose first entry is a probability, so that products add times and sums mix them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from surestep.budgets.algebra.attempt import Attempt, Way
from surestep.budgets.algebra.law import Floats, Law, Spectrum


@dataclass(frozen=True, kw_only=True)
class Course:
    """What came of a series of attempts.

    Attributes:
        attempt: what each of them can come to.
        begun: attempts begun, first and later ones together, by row and class of a source's
            `success`.
        spent: outputs refused when no attempt was left, by row and class.
        size: ticks of the lattice.
    """

    attempt: Attempt
    begun: Spectrum
    spent: Spectrum
    size: int

    @cached_property
    def attempts(self) -> Floats:
        """Mean number of attempts begun, by row and class."""
        number: Floats = self.begun[..., 0].real
        return number

    @property
    def right(self) -> float:
        """P(an output is accepted, and right)."""
        return sum(float((self.attempts * way.ok).sum()) for way in self.attempt.accepted)

    @property
    def wrong(self) -> float:
        """P(an output is accepted, and wrong)."""
        return sum(float((self.attempts * way.bad).sum()) for way in self.attempt.accepted)

    @property
    def failed(self) -> Spectrum:
        """P(nothing is accepted), and the time until that is known."""
        ways = self.attempt.undecided
        undecided = self.after(ways, [way.advance for way in ways])
        failed: Spectrum = self.spent.sum(axis=(0, 1)) + undecided.sum(axis=0)
        return failed

    def after(self, ways: Sequence[Way], laws: Sequence[Law]) -> Spectrum:
        """P(an attempt goes each way), and the time from the start to the end of that law."""
        if not ways:
            return np.zeros((0, self.begun.shape[-1]), dtype=np.complex128)
        chances = np.array([(way.ok + way.bad).ravel() for way in ways])
        # Real by real: mixed types would go through a complex product, several times as slow.
        begun = np.ascontiguousarray(self.begun).view(np.float64).reshape(chances.shape[1], -1)
        reached: Spectrum = (chances @ begun).view(np.complex128)
        return reached * transforms(laws, self.size)

    def outputs(self) -> tuple[Spectrum, Spectrum]:
        """The outputs accepted, right and wrong, by class, with the time until then."""
        ok, bad = _chances(self.attempt.accepted, self.size)
        return (self.begun * ok).sum(axis=0), (self.begun * bad).sum(axis=0)


def course(attempt: Attempt, start: Spectrum, *, tries: int, size: int) -> Course:
    """What comes of up to `tries` attempts at a task.

    An absorbing chain over what was refused last, v_{j+1} = v_j R with R = P(refused), class by
    class, in the transform domain: there R holds the times as well, and powers of it are exact.

    Args:
        attempt: one attempt.
        start: where the first one starts from, by row and class.
        tries: how many may be made.
        size: ticks of the lattice.
    """
    if not attempt.refused:
        return Course(attempt=attempt, begun=start, spent=np.zeros_like(start), size=size)
    ok, bad = _chances(attempt.refused, size)
    begun, now = start, start
    for left in reversed(range(tries)):
        now = stacked((now * ok).sum(axis=0), (now * bad).sum(axis=0), rows=start.shape[0])
        begun = begun + now if left else begun
    return Course(attempt=attempt, begun=begun, spent=now, size=size)


def stacked(ok: Spectrum, bad: Spectrum, *, rows: int) -> Spectrum:
    """Where the next attempt starts from, after a right or a wrong output, by row and class."""
    if rows == 1:
        return (ok + bad)[None]
    # Two rows or three: nothing goes back to the row of first attempts.
    return np.stack((*(np.zeros_like(ok),) * (rows - 2), ok, bad))


def transforms(laws: Sequence[Law], size: int) -> Spectrum:
    """The transform of each law."""
    return np.array([law.spectrum(size) for law in laws])


def _chances(ways: Sequence[Way], size: int) -> tuple[Spectrum, Spectrum]:
    """P(an attempt goes one of these ways), right and wrong, by row and class, with its time."""
    if not ways:
        return np.zeros(1, dtype=np.complex128), np.zeros(1, dtype=np.complex128)
    laws = transforms([way.advance for way in ways], size)
    ok = np.array([way.ok for way in ways])
    bad = np.array([way.bad for way in ways])
    return np.tensordot(ok, laws, (0, 0)), np.tensordot(bad, laws, (0, 0))

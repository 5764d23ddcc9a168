"""How likely an output is to be right: a grid of probabilities, and how verdicts move along it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from surestep.budgets.algebra.checks import panel
from surestep.budgets.algebra.law import Floats
from surestep.budgets.profiled import StepProfile

GRID: Floats = 1 / (1 + np.exp(-np.linspace(-4.5, 10.0, 56)))
"""P(right), evenly spaced in log-odds: the sure ones differ by far less than the unsure."""

MOST_VERIFIERS = 3
"""Verifiers told apart in a table; each one more doubles it."""


@dataclass(frozen=True, slots=True)
class Level:
    """Outputs about which the worker is about equally sure.

    Attributes:
        said: the confidence the worker gives them.
        share: how many of all outputs they are.
        right: how many of them are right.
    """

    said: float
    share: float
    right: float


def levels(step: StepProfile, success: float) -> tuple[Level, ...]:
    """What a step's confidence says of an output; one level if it says nothing.

    The levels are moved alike, in log-odds, to where they add up to `success`.
    """
    known = [one for one in step.calibration if one.trials > 0] or list(step.calibration)
    if not known:
        return (Level(1.0, 1.0, success),)
    weights = np.array([one.trials or 1.0 for one in known])
    shares = weights / weights.sum()
    rights = moved_to(np.array([one.right for one in known]), shares, success)
    return tuple(
        Level(one.said, float(share), float(right))
        for one, share, right in zip(known, shares, rights, strict=True)
    )


def moved_to(rates: Floats, shares: Floats, mean: float) -> Floats:
    """Rates moved alike in log-odds until their mean is as given."""
    if mean in (0.0, 1.0) or len(rates) == 1:
        return np.full(rates.shape, mean)
    odds = logit(rates)
    low, high = -40.0, 40.0
    for _ in range(60):
        middle = (low + high) / 2
        if shares @ _rates(odds + middle) < mean:
            low = middle
        else:
            high = middle
    return _rates(odds + low)


def logit(rates: Floats) -> Floats:
    """Log-odds, those of 0 and 1 cut to what no evidence moves."""
    clipped = np.clip(rates, 1e-12, 1 - 1e-12)
    return np.log(clipped) - np.log1p(-clipped)


def _rates(odds: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-odds)))


def at(rates: Floats) -> Floats:
    """The matrix that reads values off the grid at these rates, linear in between."""
    place = np.clip(np.searchsorted(GRID, rates) - 1, 0, GRID.size - 2)
    part = np.clip((rates - GRID[place]) / (GRID[place + 1] - GRID[place]), 0.0, 1.0)
    found = np.zeros((len(rates), GRID.size))
    rows = np.arange(len(rates))
    found[rows, place] = 1 - part
    found[rows, place + 1] += part
    return found


@dataclass(frozen=True, slots=True)
class Turn:
    """What one more verifier says of an output that others have accepted.

    Attributes:
        accept_ok: P(it accepts, too | right).
        accept_bad: P(it accepts, too | wrong).
    """

    accept_ok: float
    accept_bad: float

    def accepting(self, right: Floats) -> tuple[Floats, Floats]:
        """P(it accepts), and P(right | it does), for outputs right with these probabilities."""
        return _turned(right, self.accept_ok, self.accept_bad)

    def refusing(self, right: Floats) -> tuple[Floats, Floats]:
        """P(it refuses), and P(right | it does), for outputs right with these probabilities."""
        return _turned(right, 1 - self.accept_ok, 1 - self.accept_bad)


def _turned(right: Floats, if_ok: float, if_bad: float) -> tuple[Floats, Floats]:
    chance = right * if_ok + (1 - right) * if_bad
    return chance, np.divide(right * if_ok, chance, out=right.copy(), where=chance > 0)


def turns(step: StepProfile, names: Sequence[str]) -> dict[tuple[int, int], Turn]:
    """What each verifier says, by who has accepted before (a bit for each name) and its place.

    Verifiers that share a blind spot, or vary together, say less after one another.
    """
    rates = {}
    for size in range(len(names) + 1):
        for chosen in combinations(range(len(names)), size):
            found = panel(step, [names[one] for one in chosen], None, tick_s=1.0)
            rates[sum(1 << one for one in chosen)] = found.accept_ok, found.accept_bad
    return {
        (before, one): Turn(
            _ratio(rates[before | 1 << one][0], rates[before][0]),
            _ratio(rates[before | 1 << one][1], rates[before][1]),
        )
        for before in rates
        for one in range(len(names))
        if not before >> one & 1
    }


def _ratio(both: float, before: float) -> float:
    return both / before if before > 0 else 1.0

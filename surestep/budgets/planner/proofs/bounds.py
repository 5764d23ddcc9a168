"""What counts of right and wrong prove: exact bounds, and how many runs they take.

Clopper and Pearson 1934 for runs; Lindstrom and Madden (in Lloyd and Lipow 1962) for a series of
steps tested apart. Confidences are one-sided: P(the bound lies above the truth) <= 1 - confidence.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from scipy.special import bdtr, betaincinv

from surestep.budgets import checked
from surestep.errors import PlanError

MOST_FAILURES = 5_000
"""Where the search for a number of runs gives up: the truth is too close to the target."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How often something was right or wrong.

    Attributes:
        trials: how often its truth is known.
        failures: how often it was wrong.

    Raises:
        PlanError: for a negative count, or more failures than trials.
    """

    trials: int
    failures: int = 0

    def __post_init__(self) -> None:
        checked.count("trials", self.trials, least=0)
        checked.count("failures", self.failures, least=0)
        if self.failures > self.trials:
            raise PlanError(
                f"failures is {self.failures}, above trials, which is {self.trials}.",
                remedy="Count each trial once, and its failure within it.",
            )


@dataclass(frozen=True, slots=True)
class Series:
    """Steps tested apart, as the runs that would say as much: all have to be right.

    Attributes:
        trials: of the step that was tested least.
        failures: how many of as many runs would be expected to fail; no whole number as a rule.
    """

    trials: int
    failures: float

    @classmethod
    def of(cls, steps: Collection[Counts]) -> Series:
        """The runs that steps amount to.

        Raises:
            PlanError: for no steps, or one that was never tested.
        """
        trials = min((step.trials for step in steps), default=0)
        if trials == 0:
            raise PlanError(
                "A step without a single labelled output proves nothing.",
                remedy="Label one of each step at least, or leave out what cannot fail.",
            )
        right = float(np.prod([1 - step.failures / step.trials for step in steps]))
        return cls(trials, trials * (1 - right))


def lower(trials: float, failures: float, *, confidence: float) -> float:
    """The success rate that counts prove: of runs by Clopper-Pearson, of a series by LM.

    It is the 1 - confidence quantile of Beta(trials - failures, failures + 1).
    """
    if failures >= trials:
        return 0.0
    return float(betaincinv(trials - failures, failures + 1, 1 - confidence))


def upper_error(tested: Counts, *, confidence: float) -> float:
    """The rate of failures that counts leave possible."""
    return 1 - lower(tested.trials, tested.failures, confidence=confidence)


def unseen_error(worker: Counts, missed: Counts, *, confidence: float) -> float:
    """The rate of errors that pass a step's checks, from its errors and from planted ones.

    Each factor takes half of 1 - confidence. Planted errors have to be drawn like real ones.

    Args:
        worker: the worker's outputs, and how many of them were wrong.
        missed: planted errors, and how many of them the checks let pass.
        confidence: of the product.
    """
    each = 1 - (1 - confidence) / 2
    return upper_error(worker, confidence=each) * upper_error(missed, confidence=each)


def fiducial(
    steps: Collection[Counts], *, confidence: float, draws: int = 20_000, seed: int = 0
) -> float:
    """A likely lower end of a series' success rate, to plan with; it proves nothing.

    Each step's rate is drawn from Beta(trials - failures, failures + 1 / number of steps), which
    adds one failure in total: sharper than the bound where steps were tested unequally often.
    """
    Series.of(steps)
    random = np.random.default_rng(seed)
    rates = np.ones(draws)
    for step in steps:
        right = step.trials - step.failures
        rates *= random.beta(right, step.failures + 1 / len(steps), draws) if right else 0.0
    return float(np.quantile(rates, 1 - confidence))


def runs_for(target: float, *, failures: int, confidence: float) -> int:
    """The fewest runs that prove `target` with so many failures among them."""
    low, high = failures, failures + 1
    while bdtr(failures, high, 1 - target) > 1 - confidence:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        proves = bdtr(failures, middle, 1 - target) <= 1 - confidence
        low, high = (low, middle) if proves else (middle, high)
    return high


@dataclass(frozen=True, slots=True)
class More:
    """Further runs that are likely to prove a target.

    Attributes:
        runs: how many, beside those there are.
        failures: how many of them may fail; `None` where the count may be looked at any time.
        truth: the success rate this supposes.
        power: P(they prove it | that rate); `None` for an estimate of the mean.
    """

    runs: int
    failures: int | None
    truth: float
    power: float | None


def more_runs(
    so_far: Counts, target: float, *, truth: float, confidence: float, power: float
) -> More | None:
    """The fewest further runs that prove `target` with probability `power`; `None` if none do.

    Their number has to be fixed before the first is looked at.

    Args:
        so_far: the runs there are.
        target: the success rate to be proven.
        truth: the success rate to suppose.
        confidence: of the proof.
        power: P(proof | truth).
    """
    if truth <= target:
        return None
    for failures in range(MOST_FAILURES):
        total = runs_for(target, failures=so_far.failures + failures, confidence=confidence)
        runs = max(total - so_far.trials, failures)
        # As in the tables: the bound for these failures proves it, and for fewer all the more.
        if bdtr(failures, runs, 1 - truth) >= power:
            return More(runs, failures, truth, power)
    return None

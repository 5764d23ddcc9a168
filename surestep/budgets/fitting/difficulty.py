"""How much the units of a count differ: tasks in difficulty, outputs in how they are judged.

A beta-binomial in its correlation form: with mean μ and correlation r between two trials of one
unit, unit rates follow Beta(μ(1 - r)/r, (1 - μ)(1 - r)/r) (Griffiths, Biometrics 29, 1973). The
alternative is two classes of units with a rate each. Counts may be fractions, because trials may
weigh less than one each.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import betaln, expit, xlog1py, xlogy
from scipy.stats import chi2

from surestep.budgets.fitting.hierarchy import Floats
from surestep.budgets.fitting.table import Ints, sums

SIGNIFICANT = 0.01
"""p-value below which records are said to contradict independence."""
UNKNOWN_SPREAD = 0.3
"""Correlation that is assumed, for two trials, where nothing tells.

Attempts of recorded agents at one task correlate by 0.1 to 0.97; 0 would promise most of retries
and votes, and make repeats of a few tasks look like evidence on many.
"""
PRIOR_TRIALS = 2.0
_LIMIT = 8.0
"""Correlations are searched for between expit(-8) = 0.0003 and expit(8) = 0.9997."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Classes:
    """Two classes of units: the share of the first, and the rate of each."""

    share: float
    first: float
    second: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Difficulty:
    """What repeated counts say.

    Attributes:
        rate: share of hits in all trials.
        trials: how many independent trials the counts are worth.
        spread: correlation between two trials of one unit; 0 if nothing tells.
        spread_trials: how many trials `spread` is worth; 0 if no unit was tried twice, or all
            trials came out alike.
        p_value: how likely counts at least as uneven were if trials were independent.
        classes: two classes, where they fit clearly better than the beta-binomial.
    """

    rate: float
    trials: float
    spread: float
    spread_trials: float
    p_value: float
    classes: Classes | None = None


def of_units(
    outcomes: Floats,
    weights: Floats,
    unit: Ints,
    *,
    mass: Floats | None = None,
    compare: bool = False,
) -> Difficulty:
    """What outcomes between 0 and 1 say of the units they belong to.

    Args:
        outcomes: each trial's share of a hit.
        weights: how much each trial is worth as evidence.
        unit: which unit each belongs to, as a number from 0.
        mass: how much each counts in the rate, more than nothing in total; `None` is its weight.
        compare: as in `fit`.
    """
    rate = float(np.average(outcomes, weights=weights if mass is None else mass))
    trials = sums(unit, weights)
    here = trials > 0.0
    return fit(sums(unit, weights * outcomes)[here], trials[here], rate=rate, compare=compare)


def fit(
    hits: Floats, trials: Floats, *, rate: float | None = None, compare: bool = False
) -> Difficulty:
    """What the hits among the trials of each unit say of all units.

    The test of independence is the likelihood ratio of the beta-binomial to the binomial, whose
    null is half a point mass at 0, because no correlation lies on the boundary. Two classes are
    better if their Bayesian information criterion is lower by 6 or more.

    Args:
        hits: hits of each unit, at most its trials.
        trials: trials of each unit, more than none in total unless the rate is given.
        rate: the rate of hits where it is known from elsewhere; `None` is their share.
        compare: whether to try two classes as well.
    """
    rate = float(hits.sum() / trials.sum()) if rate is None else rate
    pairs = float((trials * np.maximum(trials - 1.0, 0.0)).sum() / 2.0)
    # All alike is what independent trials of a sure thing and copies of one trial both give.
    if pairs <= 0.0 or not 0.0 < rate < 1.0:
        worth = _independent(trials, UNKNOWN_SPREAD)
        return Difficulty(rate=rate, trials=worth, spread=0.0, spread_trials=0.0, p_value=1.0)
    counts = _Counts.of(hits, trials)
    found = minimize_scalar(
        lambda x: -counts.likelihood(rate, float(expit(x))),
        bounds=(-_LIMIT, _LIMIT),
        method="bounded",
    )
    spread, uneven = float(expit(found.x)), -float(found.fun)
    gain = 2.0 * (uneven - counts.even(rate))
    # The search cannot reach 0 itself.
    if gain <= 0.0:
        spread = 0.0
    worth = _worth(rate, spread, pairs, counts)
    return Difficulty(
        rate=rate,
        trials=_independent(trials, believed(spread, worth)),
        spread=spread,
        spread_trials=worth,
        p_value=float(chi2.sf(gain, 1)) / 2.0 if gain > 0.0 else 1.0,
        classes=_two_classes(counts, uneven) if compare else None,
    )


def believed(spread: float, trials: float) -> float:
    """The spread to count on, when records that are worth so many trials show this one."""
    return (spread * trials + UNKNOWN_SPREAD * PRIOR_TRIALS) / (trials + PRIOR_TRIALS)


def _independent(trials: Floats, spread: float) -> float:
    """How many independent trials those of some units are worth, if they correlate so."""
    return float((trials / (1.0 + np.maximum(trials - 1.0, 0.0) * spread)).sum())


@dataclass(frozen=True, slots=True)
class _Counts:
    """Hits and trials of units, and how many units have both the same."""

    hits: Floats
    trials: Floats
    units: Floats

    @classmethod
    def of(cls, hits: Floats, trials: Floats) -> _Counts:
        # Most tasks have one of few pairs of counts, and likelihoods are costly.
        pairs, units = np.unique(np.column_stack([hits, trials]), axis=0, return_counts=True)
        return cls(pairs[:, 0], pairs[:, 1], units.astype(np.float64))

    def likelihood(self, rate: float, spread: float) -> float:
        """The log-likelihood of a beta-binomial."""
        total = (1.0 - spread) / spread
        a, b = rate * total, (1.0 - rate) * total
        each = betaln(a + self.hits, b + self.trials - self.hits) - betaln(a, b)
        return float(self.units @ each)

    def even(self, rate: float) -> float:
        """The log-likelihood of a binomial."""
        return float(self.units @ self.each(rate))

    def each(self, rate: float) -> Floats:
        """The binomial log-likelihood of each kind of unit."""
        chances: Floats = xlogy(self.hits, rate) + xlog1py(self.trials - self.hits, -rate)
        return chances


def _worth(rate: float, spread: float, pairs: float, counts: _Counts) -> float:
    """How many trials a rate as sharp as the spread would need, by the likelihood's curvature."""
    # At 0 the error of a correlation from n pairs is 1/sqrt(n), on the scale of the rate itself.
    fallback = math.sqrt(pairs)
    if spread <= 0.0:
        return fallback
    x, step = math.log(spread / (1.0 - spread)), 0.05
    sides = [counts.likelihood(rate, float(expit(x + d))) for d in (-step, 0.0, step)]
    curvature = -(sides[0] - 2.0 * sides[1] + sides[2]) / step**2
    # On the scale of logits a rate's variance is 1 / (r(1 - r) trials).
    return max(curvature / (spread * (1.0 - spread)), 1.0) if curvature > 0.0 else fallback


def _two_classes(counts: _Counts, uneven: float) -> Classes | None:
    """Two classes by expectation and maximisation, if they beat the likelihood `uneven`."""
    shares = counts.hits / counts.trials
    # A start that is symmetric in the classes would never part them.
    membership = (shares > np.average(shares, weights=counts.units * counts.trials)).astype(float)
    share = first = second = 0.5
    likelihood = -math.inf
    for _ in range(200):
        total = float(counts.units.sum())
        # A class that is empty could never be entered again.
        share = float(np.clip(counts.units @ membership / total, 1e-6, 1 - 1e-6))
        first, second = _share(counts, membership), _share(counts, 1.0 - membership)
        one = math.log(share) + counts.each(first)
        two = math.log1p(-share) + counts.each(second)
        membership = expit(one - two)
        before, likelihood = likelihood, float(counts.units @ np.logaddexp(one, two))
        if likelihood - before < 1e-9:
            break
    # One parameter more, whose price is the logarithm of the number of units.
    better = 2.0 * (likelihood - uneven) - math.log(counts.units.sum()) >= 6.0
    return Classes(share=share, first=first, second=second) if better else None


def _share(counts: _Counts, membership: Floats) -> float:
    weights = membership * counts.units
    total = float(weights @ counts.trials)
    return float(np.clip(weights @ counts.hits / max(total, 1e-12), 1e-6, 1 - 1e-6))

"""How many of all actions were wrong, from the reviewed ones; loads numpy and scipy.

Horvitz and Thompson 1952; Hájek 1971; prediction-powered: Angelopoulos et al., Science 382 (2023),
with the tuning of arXiv 2311.01453. An interval is drawn on the log-odds, so that it stays inside
(0, 1), and its variance is never smaller than the confidences imply: samples in which an error
happens to be missing would else look too sure of themselves.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import chdtri, ndtri, stdtrit

from surestep.budgets import checked
from surestep.budgets.fitting.hierarchy import Floats
from surestep.budgets.fitting.table import sums
from surestep.review.actions import Actions

Estimator = Literal["horvitz-thompson", "hajek", "prediction-powered"]
Of = Literal["actions", "agent"]
_ESTIMATORS = ("horvitz-thompson", "hajek", "prediction-powered")
_TINY = 1e-300


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """An error rate with its interval.

    Attributes:
        rate: the share that is wrong.
        low: lower end of the interval.
        high: upper end of the interval.
        confidence: P(the interval holds the truth).
        actions: how many actions it is about.
        reviewed: how many of them were reviewed.
        found: how many of those were wrong.
    """

    rate: float
    low: float
    high: float
    confidence: float
    actions: int
    reviewed: int
    found: int


@dataclass(frozen=True, slots=True)
class _Fit:
    """What an estimator makes of a sample.

    Attributes:
        rate: its estimate.
        guess: what it expects of each action without a review.
        size: how many actions it takes there to be.
    """

    rate: float
    guess: Floats
    size: float


def estimate(
    actions: Actions,
    *,
    estimator: Estimator = "prediction-powered",
    of: Of = "actions",
    confidence: float = 0.95,
) -> Estimate:
    """The share of actions that were wrong, reviewed or not.

    Args:
        actions: all of them.
        estimator: `"prediction-powered"` (the default) uses confidences as far as they are worth
            it; `"hajek"` only the chances; `"horvitz-thompson"` the same, and is unbiased to the
            letter where the others nearly are.
        of: `"actions"` (the default) asks about these actions, of which the others are then
            known up to what was drawn; `"agent"` about the agent behind them, so that actions of
            one run, wrong together or not at all, count as fewer.
        confidence: P(the interval holds the truth); 0.95 by default.

    Raises:
        PlanError: for an unknown estimator, or a confidence not strictly between 0 and 1.
    """
    checked.known(estimator, _ESTIMATORS, what="Estimator")
    level = 1.0 - checked.open_rate("confidence", confidence)
    fit = _fitted(actions, estimator)
    # Log-odds are infinite at 0 and 1, and a sample without an error has no variance.
    if not actions.wrong[actions.reviewed].any() or not 0.0 < fit.rate < 1.0:
        return _estimate(actions, *_gamma(actions, level), confidence=confidence)
    variance, freedom = _variance(actions, fit, of)
    quantile = -float(stdtrit(freedom, level / 2.0)) if freedom else -float(ndtri(level / 2.0))
    half = quantile * math.sqrt(variance) / (fit.rate * (1.0 - fit.rate))
    odds = math.log(fit.rate / (1.0 - fit.rate))
    low, high = (1.0 / (1.0 + math.exp(-end)) for end in (odds - half, odds + half))
    return _estimate(actions, fit.rate, low, high, confidence=confidence)


def guaranteed(actions: Actions, *, confidence: float = 0.95) -> Estimate:
    """Horvitz and Thompson's estimate with a wider interval that relies on no confidence.

    Fay and Feuer's gamma interval (Statistics in Medicine 16, 1997) with the mean weight of
    Tiwari, Clegg and Zou (2006): it covers at least as often as it says in all cases known.

    Raises:
        PlanError: for a confidence that is not strictly between 0 and 1.
    """
    level = 1.0 - checked.open_rate("confidence", confidence)
    return _estimate(actions, *_gamma(actions, level), confidence=confidence)


def _fitted(actions: Actions, estimator: Estimator) -> _Fit:
    seen, count = actions.reviewed, len(actions)
    weights, wrong = 1.0 / actions.chance[seen], actions.wrong[seen]
    if estimator == "hajek":
        size = float(weights.sum())
        rate = float(weights @ wrong) / size
        return _Fit(rate, np.full(count, rate), size)
    trust = 0.0
    if estimator == "prediction-powered":
        error = actions.error[seen]
        # By how much the confidences are to be believed, for the least variance: (1 - π) / π².
        each = weights * (weights - 1.0) * error
        trust = float(each @ wrong) / max(float(each @ error), _TINY)
    guess = np.asarray(trust * actions.error)
    rate = (float(guess.sum()) + float(weights @ (wrong - guess[seen]))) / count
    return _Fit(rate, guess, count)


def _variance(actions: Actions, fit: _Fit, of: Of) -> tuple[float, int]:
    """The variance, and its degrees of freedom; 0 for a normal law."""
    odds = 1.0 / actions.chance - 1.0
    # What the confidences imply, scaled to the rate that was found.
    p = np.minimum(actions.error * (fit.rate / max(float(actions.error.mean()), _TINY)), 1.0)
    implied = odds * (p * (1.0 - p) + (p - fit.guess) ** 2)
    off = np.where(actions.reviewed, actions.wrong - fit.guess, 0.0)
    if of == "actions":
        found = off**2 * odds / actions.chance
        return max(float(found.sum()), float(implied.sum())) / fit.size**2, 0
    runs = sums(actions.run, fit.guess + off / actions.chance - fit.rate)
    freedom = max(len(runs) - 1, 1)
    between = float(runs @ runs) * len(runs) / freedom
    least = float((implied + p * (1.0 - p)).sum())
    return max(between, least) / fit.size**2, freedom


def _gamma(actions: Actions, level: float) -> tuple[float, float, float]:
    """The rate and both ends of the gamma interval."""
    weights = 1.0 / (actions.chance[actions.reviewed] * len(actions))
    wrong = actions.wrong[actions.reviewed]
    # `more` stands for the error that may come next.
    rate, variance, more = float(weights @ wrong), float(weights**2 @ wrong), float(weights.mean())
    low = 0.0
    if rate > 0.0:
        low = variance / (2 * rate) * float(chdtri(2 * rate**2 / variance, 1 - level / 2))
    upper, spread = rate + more, variance + more**2
    high = spread / (2 * upper) * float(chdtri(2 * upper**2 / spread, level / 2))
    return min(rate, 1.0), min(low, 1.0), min(high, 1.0)


def _estimate(
    actions: Actions, rate: float, low: float, high: float, *, confidence: float
) -> Estimate:
    return Estimate(
        rate=rate,
        low=low,
        high=high,
        confidence=confidence,
        actions=len(actions),
        reviewed=int(actions.reviewed.sum()),
        found=int(actions.wrong[actions.reviewed].sum()),
    )

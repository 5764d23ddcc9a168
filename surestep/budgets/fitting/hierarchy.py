"""Rates of things alike, each with few trials, that lend each other strength.

Hierarchical beta-binomial model: rate_i ~ Beta(μκ, (1 - μ)κ), with μ uniform and 1/(κ - 2) uniform
on [0, 1] (after Gelman et al., Bayesian Data Analysis, 3rd ed., 2013, §5.3). The posterior of
(μ, κ) is taken on a grid, so nothing iterates. For several rates the grid has a few κ of 2 and less
too, which are for rates near 0 and near 1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln

Floats = NDArray[np.float64]

_MEANS = (np.arange(60) + 0.5) / 60
# Quantiles of the prior on κ. Below 3, a lone verifier never seen to miss would be trusted more
# than a Jeffreys prior trusts it.
_STRENGTHS = 2.0 + 20 / (np.arange(20) + 0.5)
# Several may be of opposite kinds: rules that see every error of a sort beside rules that see none.
_UNLIKE = np.array([2.0, 1.4, 1.0])


def rates(hits: Floats, trials: Floats, n: int, rng: np.random.Generator) -> Floats:
    """`n` joint draws of the rates, one row each; a single rate has almost a uniform prior.

    Args:
        hits: hits of each, fractions allowed.
        trials: trials of each, at least its hits.
        n: how many draws.
        rng: where the draws come from.
    """
    mean, strength = _shared(hits, trials, n, rng)
    a = mean * strength
    return rng.beta(a[:, None] + hits, (strength - a)[:, None] + (trials - hits))


def expected(hits: float, trials: float) -> tuple[float, float]:
    """The mean and the worth in trials of a new rate, given the hits of all that are known.

    It is weak on purpose: two trials at the pooled rate, half a hit and half a miss added.
    """
    return (hits + 0.5) / (trials + 1.0), 2.0


def _shared(
    hits: Floats, trials: Floats, n: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    strengths = np.concatenate([_STRENGTHS, _UNLIKE]) if len(hits) > 1 else _STRENGTHS
    a = (_MEANS[:, None] * strengths)[..., None]
    b = ((1.0 - _MEANS)[:, None] * strengths)[..., None]
    # Rates are integrated out, so two dimensions are left however many rates there are.
    likelihood = (betaln(a + hits, b + trials - hits) - betaln(a, b)).sum(axis=-1)
    # Relative to the best cell, because the likelihoods themselves underflow.
    weights = np.exp(likelihood - likelihood.max()).ravel()
    cells = rng.choice(weights.size, size=n, p=weights / weights.sum())
    row, column = np.divmod(cells, strengths.size)
    # Anywhere in its cell of the grid, so that few distinct means do not show in the draws.
    mean = _MEANS[row] + (rng.random(n) - 0.5) / _MEANS.size
    return mean, strengths[column]

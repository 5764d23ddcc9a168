"""Wrong outputs that a whole family of verifiers takes for right ones.

Of all wrong outputs a share is blind: every verdict of the family accepts it. On the rest, its
members accept independently, each at its own rate. The share follows by expectation and
maximisation over groups of verdicts that meet the same blindness: those on one output if the
family has several members, those on the repeats of one task if it has one, whose blindness then
is the one it shares with the worker.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import xlog1py, xlogy
from scipy.stats import chi2

from surestep.budgets.fitting.hierarchy import Floats
from surestep.budgets.fitting.table import Flags, Ints, sums

_SIGNIFICANT = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What the verifiers of one family have in common.

    Attributes:
        blind: share of all wrong outputs none of them can tell; 0 unless the records show it.
        p_value: how likely such records were without any blindness.
        spread: correlation of two members' verdicts on one output, blindness aside.
        spread_trials: how many trials `spread` is worth.
    """

    blind: float = 0.0
    p_value: float = 1.0
    spread: float = 0.0
    spread_trials: float = 0.0


def fit(said: Floats, ok: Floats, bad: Floats, task: Ints) -> Shared:
    """What a family has in common.

    Args:
        said: 1 or 0 by output and member, NaN where one was not asked.
        ok: how much each output counts as a right one.
        bad: how much as a wrong one.
        task: the task of each output.
    """
    several = said.shape[1] > 1
    # One verdict on one output cannot tell blindness from leniency; several that agree can.
    group = np.arange(len(said)) if several else task
    blind, seeing, p_value = _blind(said, bad, group)
    # A share that is never quite 0 would make every family look a little blind.
    if p_value >= _SIGNIFICANT:
        blind, seeing = 0.0, np.zeros(len(said))
    if not several:
        return Shared(blind=blind, p_value=p_value)
    spread, worth = _spread(said, ok, bad * (1.0 - seeing))
    return Shared(blind=blind, p_value=p_value, spread=spread, spread_trials=worth)


def _blind(said: Floats, bad: Floats, group: Ints) -> tuple[float, Floats, float]:
    """The blind share, P(blind) of each output, and the p-value of there being none."""
    asked = ~np.isnan(said) & (bad > 0.0)[:, None]
    size = int(group.max()) + 1
    accepts = _sums(np.where(asked, np.nan_to_num(said), 0.0) * bad[:, None], group, size)
    totals = _sums(asked * bad[:, None], group, size)
    weight = totals.mean(axis=1)
    judged = totals.sum(axis=1) > 0.0
    every = judged & np.isclose(accepts, totals).all(axis=1)
    # Without a group of several verdicts, blindness and a higher rate look the same.
    if not every.any() or not (totals.sum(axis=1)[every] > 1.0).any():
        return 0.0, np.zeros(len(said)), 1.0
    # Started from 0, the iteration would stay there.
    none, _ = _likelihood(0.0, _rates(accepts, totals, np.zeros(size)), accepts, totals, every)
    blind, blinded = 0.5 * float(weight[every].sum() / weight.sum()), np.zeros(size)
    likelihood = -math.inf
    for _ in range(300):
        rates = _rates(accepts, totals, blinded)
        before = likelihood
        likelihood, blinded = _likelihood(blind, rates, accepts, totals, every)
        blind = float((weight * blinded).sum() / weight.sum())
        if likelihood - before < 1e-9:
            break
    gain = max(0.0, 2.0 * (likelihood - none))
    return blind, blinded[group], float(chi2.sf(gain, 1)) / 2.0 if gain > 0.0 else 1.0


def _rates(accepts: Floats, totals: Floats, blinded: Floats) -> Floats:
    seen = (1.0 - blinded)[:, None]
    shares = (accepts * seen).sum(axis=0) / np.maximum((totals * seen).sum(axis=0), 1e-12)
    # A rate of 0 would make the first acceptance by a seeing member impossible for good.
    rates: Floats = np.clip(shares, 1e-9, 1.0 - 1e-9)
    return rates


def _likelihood(
    blind: float, rates: Floats, accepts: Floats, totals: Floats, every: Flags
) -> tuple[float, Floats]:
    """The log-likelihood, and P(blind) of each group."""
    seeing = (xlogy(accepts, rates) + xlog1py(totals - accepts, -rates)).sum(axis=1)
    # Groups nobody judged must not add to the likelihood, or more blindness looks worse.
    seeing += np.where(totals.sum(axis=1) > 0.0, math.log1p(-blind), 0.0)
    both = np.where(every, np.logaddexp(seeing, math.log(blind)) if blind else seeing, seeing)
    blinded = np.where(every, blind * np.exp(-both), 0.0)
    return float(both.sum()), blinded


def _sums(values: Floats, group: Ints, size: int) -> Floats:
    return np.column_stack([sums(group, column, size) for column in values.T])


def _spread(said: Floats, ok: Floats, bad: Floats) -> tuple[float, float]:
    """Correlation of two members' verdicts on outputs alike in truth, and its worth in trials."""
    excess = scale = outputs = 0.0
    asked = ~np.isnan(said)
    for weights in (ok, bad):
        totals = (asked * weights[:, None]).sum(axis=0)
        # A member that judged nothing of this kind has no rate to deviate from.
        if (totals <= 0.0).any():
            continue
        rates = (np.nan_to_num(said) * weights[:, None]).sum(axis=0) / totals
        off = np.where(asked, np.nan_to_num(said) - rates, 0.0)
        deviations = np.where(asked, np.sqrt(rates * (1.0 - rates)), 0.0)
        excess += float((weights * (off.sum(axis=1) ** 2 - (off**2).sum(axis=1))).sum())
        pairs = deviations.sum(axis=1) ** 2 - (deviations**2).sum(axis=1)
        scale += float((weights * pairs).sum())
        outputs += float((weights * (asked.sum(axis=1) > 1)).sum())
    if scale <= 0.0 or outputs <= 0.0:
        return 0.0, 0.0
    spread = min(max(excess / scale, 0.0), 1.0)
    # The error of a correlation of n pairs is about 1/sqrt(n), that of a rate r(1 - r)/trials.
    return spread, max(spread * (1.0 - spread) * outputs, math.sqrt(outputs))

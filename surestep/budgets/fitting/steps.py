"""What workers get right: once, again, after a refusal, and when they are sure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from scipy.optimize import isotonic_regression

from surestep.budgets.fitting import amounts, difficulty, retrying
from surestep.budgets.fitting.difficulty import (
    PRIOR_TRIALS,
    SIGNIFICANT,
    UNKNOWN_SPREAD,
    Difficulty,
)
from surestep.budgets.fitting.hierarchy import Floats
from surestep.budgets.fitting.table import Table, sums
from surestep.budgets.fitting.truth import Truth
from surestep.budgets.profiled import Confidence, StepProfile

_BINS = 10
# Share of right ones is then known to about a tenth.
_PER_BIN = 20.0


def fit(table: Table, truth: Truth, step: str) -> tuple[StepProfile, list[str]]:
    """One step without its verifiers, and what is to be said of it.

    Args:
        table: its attempts.
        truth: what is believed of each.
        step: its name.
    """
    weight, latency = table.weight, table.column(lambda one: one.latency_s)
    # Later attempts are made where the first was wrong, so they are no sample of outputs.
    counted, mass = weight * truth.worth, weight * truth.mass * table.first
    if mass.sum() > 0.0:
        evidence = counted * table.first
        tasks = difficulty.of_units(truth.right, evidence, table.task, mass=mass, compare=True)
        profile, notes = _worker(tasks), list(_unlike(step, tasks))
    else:
        profile, notes = StepProfile(success=0.5), []
    retry_success, retry_trials = retrying.fit(table, truth, profile)
    return replace(
        profile,
        retry_success=retry_success,
        retry_trials=retry_trials,
        latency_s=amounts.mean(latency, weight),
        latencies_s=amounts.points(latency, weight),
        latency_wrong=amounts.ratio(latency, counted, truth.right),
        cost_usd=amounts.mean(table.column(lambda one: one.cost_usd), weight),
        tokens_in=amounts.mean(table.column(lambda one: one.tokens_in), weight),
        tokens_out=amounts.mean(table.column(lambda one: one.tokens_out), weight),
        calls=amounts.count(latency, weight),
        # One output of each visit is its last.
        visits=float(weight[table.last].sum() / table.run_weight.sum()),
        alike=_alike(table, truth),
        calibration=calibration(table.column(lambda one: one.confidence), truth.right, counted),
    ), notes


def _worker(tasks: Difficulty) -> StepProfile:
    return StepProfile(
        success=tasks.rate,
        trials=tasks.trials,
        spread=difficulty.believed(tasks.spread, tasks.spread_trials),
        spread_trials=tasks.spread_trials + PRIOR_TRIALS,
    )


def _unlike(step: str, tasks: Difficulty) -> Iterator[str]:
    if not tasks.spread_trials:
        yield (
            f"{step}: no task was repeated, or all went alike, so how attempts at one task "
            f"correlate is unknown; {UNKNOWN_SPREAD} is assumed, and counts for little."
        )
    elif tasks.p_value < SIGNIFICANT:
        yield (
            f"{step}: attempts at one task are not independent (p = {tasks.p_value:.1g}): they "
            f"correlate by {tasks.spread:.2f}, and tasks differ in difficulty."
        )
    if tasks.classes is not None:
        it = tasks.classes
        yield (
            f"{step}: two classes of tasks fit better than a beta-binomial: {it.share:.0%} with "
            f"success {it.first:.2f}, the others with {it.second:.2f}."
        )


def _alike(table: Table, truth: Truth) -> float:
    """The share of pairs of wrong answers to one task that are the same; 1 if there are none."""
    tasks: dict[int, Counter[str]] = {}
    # A vote compares answers as they are, so a likely wrong one is counted as wrong.
    for place in np.flatnonzero(truth.right < 0.5).tolist():
        answer = table.attempts[place].answer
        if answer is not None:
            tasks.setdefault(int(table.task[place]), Counter())[answer] += 1
    same = sum(math.comb(n, 2) for answers in tasks.values() for n in answers.values())
    pairs = sum(math.comb(answers.total(), 2) for answers in tasks.values())
    return same / pairs if pairs else 1.0


def calibration(said: Floats, right: Floats, weights: Floats) -> tuple[Confidence, ...]:
    """How often outputs are right, from those a worker is least sure of to the surest.

    Bins hold equal numbers of outputs, 20 or more; a surer worker is never believed less
    (isotonic regression, Zadrozny and Elkan, KDD 2002).

    Args:
        said: the worker's probability that an output is right, NaN where it gave none.
        right: P(right).
        weights: how much each output counts.
    """
    known = ~np.isnan(said) & (weights > 0.0)
    total = float(weights[known].sum())
    size = min(_BINS, int(total // _PER_BIN))
    if size < 1:
        return ()
    order = np.flatnonzero(known)[np.argsort(said[known], kind="stable")]
    # Bins of equal numbers, because workers say 0.9 to almost everything.
    upto = np.cumsum(weights[order]) - weights[order] / 2.0
    # One that weighs much may fill several bins, of which all but one then do not exist.
    place = np.unique(np.minimum(upto / total * size, size - 1).astype(int), return_inverse=True)[1]
    trials = sums(place, weights[order])
    means = sums(place, weights[order] * said[order]) / trials
    shares = sums(place, weights[order] * right[order]) / trials
    monotone = isotonic_regression(shares, weights=trials).x
    return tuple(
        Confidence(said=float(a), right=float(np.clip(b, 0.0, 1.0)), trials=float(n))
        for a, b, n in zip(means, monotone, trials, strict=True)
    )

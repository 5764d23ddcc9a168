"""What becomes of refused wrong outputs when the worker tries again."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.optimize import minimize_scalar

from surestep.budgets.algebra.classes import difficulties, moved
from surestep.budgets.fitting import difficulty
from surestep.budgets.fitting.difficulty import PRIOR_TRIALS
from surestep.budgets.fitting.hierarchy import Floats
from surestep.budgets.fitting.table import Ints, Table
from surestep.budgets.fitting.truth import Truth
from surestep.budgets.profiled import StepProfile


def fit(table: Table, truth: Truth, step: StepProfile) -> tuple[float | None, float]:
    """P(right) of the attempt after a first wrong one was refused, and its worth in trials.

    It is the most likely value given everything that followed a wrong first attempt: later
    retries meet harder tasks, which the step's classes of difficulty account for, each class
    doing better or worse in proportion. Two trials are added at what the classes say alone.

    Args:
        table: the step's attempts.
        truth: what is believed of each.
        step: its success and spread.

    Returns:
        `None` and 0 if nothing that was wrong was ever tried again.
    """
    kinds = difficulties(step)
    success = np.array([kind.success for kind in kinds])
    wrong = np.array([kind.share for kind in kinds]) * (1.0 - success)
    visits = list(_visits(table))
    # A step that is always right never had a wrong output to try again.
    if not visits or wrong.sum() <= 0.0:
        return None, 0.0
    counts = np.array([_counts(truth, visit) for visit in visits])
    weight = np.array([table.weight[visit[0]] for visit in visits])
    tried = np.array([truth.worth[visit[:2]].prod() for visit in visits]) * weight
    tried *= np.array([1.0 - truth.right[visit[0]] for visit in visits])
    if tried.sum() <= 0.0:
        return None, 0.0
    usual = float(success @ wrong / wrong.sum())
    best = minimize_scalar(
        lambda rate: -_likelihood(moved(success, usual, rate), wrong, counts, weight),
        bounds=(1e-6, 1.0 - 1e-6),
        method="bounded",
    )
    # Only first retries count as evidence: later ones of a hopeless task repeat each other.
    second = np.array([visit[1] for visit in visits])
    trials = difficulty.of_units(truth.right[second], tried, table.task[second]).trials
    rate = (float(best.x) * trials + usual * PRIOR_TRIALS) / (trials + PRIOR_TRIALS)
    return rate, trials


def _visits(table: Table) -> Iterator[Ints]:
    """The places of the attempts of each visit that made several, one after another."""
    ordered = np.argsort(table.visit, kind="stable")
    starts = np.flatnonzero(np.diff(table.visit[ordered]))
    for visit in np.split(ordered, starts + 1):
        numbers = [table.attempts[place].attempt for place in visit.tolist()]
        # Samples side by side are no retries of each other.
        if len(visit) > 1 and numbers == list(range(len(visit))):
            yield visit


def _counts(truth: Truth, visit: Ints) -> tuple[float, float]:
    """Wrong and right retries of a visit, as far as all attempts before them were wrong."""
    right = truth.right[visit]
    # Where the truth is inferred, each attempt counts as far as those before it were wrong.
    reached = np.cumprod(1.0 - right)[:-1]
    return float((reached * (1.0 - right[1:])).sum()), float((reached * right[1:]).sum())


def _likelihood(rates: Floats, wrong: Floats, counts: Floats, weight: Floats) -> float:
    chances = np.clip(rates, 1e-12, 1.0 - 1e-12)
    by_class = counts @ np.log(np.stack([1.0 - chances, chances]))
    return float(weight @ np.log(np.exp(by_class) @ (wrong / wrong.sum())))

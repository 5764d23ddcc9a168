"""How far ahead a vote must be, and what becomes of that where tasks differ in difficulty.

MAKER (arXiv 2511.09030) takes samples of one task to be independent: a vote that is led by k
then is right with 1 / (1 + (q/p)^k), and a few more votes make any number of steps reliable.
Where some tasks are hard, their samples agree on wrong answers, and no lead mends that.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.special import betainc, expit

from surestep.budgets import checked
from surestep.budgets.algebra.classes import NODES, Class, difficulties
from surestep.budgets.profiled import StepProfile
from surestep.errors import PlanError

FLAT = 1e-9
"""Share of what is left to gain, below which one more vote is taken to gain nothing."""


def kmin(success: float, steps: int, target: float) -> int:
    """The least lead with which that many steps are all right with probability `target`.

    The least k with (1 + (q/p)^k)^-steps >= target: the table of k of MAKER.

    Args:
        success: P(a sample is right), above 0.5; q is its rest.
        steps: how many steps there are.
        target: P(all of them are right), in (0, 1).

    Raises:
        PlanError: for a value out of its range.
    """
    if checked.rate("success", success) <= 0.5:
        raise PlanError(
            f"success is {success}, of which no lead makes more.",
            remedy="Give a rate above 0.5: a vote amplifies the likelier answer.",
        )
    kinds, allowed = (Class(1.0, success),), _allowed(steps, target)
    if success == 1.0:
        return 1
    lead = max(1, round(math.log((1.0 - allowed) / allowed) / _log_odds(success)))
    # The logarithm is rounded, the definition decides.
    while lead > 1 and vote_failure(kinds, lead - 1) <= allowed:
        lead -= 1
    while vote_failure(kinds, lead) > allowed:
        lead += 1
    return lead


def kmin_of(classes: Sequence[Class], steps: int, target: float) -> int | None:
    """The same where tasks are of several kinds; `None` if no lead reaches the target.

    Args:
        classes: the kinds of tasks, each step's being drawn anew.
        steps: how many steps there are.
        target: P(all of them are right), in (0, 1).

    Raises:
        PlanError: for a value out of its range.
    """
    allowed = _allowed(steps, target)
    lead, known = 1, vote_failure(classes, 1)
    while known > allowed:
        lead, before = lead + 1, known
        known = vote_failure(classes, lead)
        if before - known < FLAT * known:
            return None
    return lead


def vote_failure(classes: Sequence[Class], ahead_by: int) -> float:
    """P(wrong) of a vote that goes on until one answer leads, all wrong samples being alike.

    Args:
        classes: the kinds of tasks.
        ahead_by: the lead it takes.
    """
    return math.fsum(one.share * _failure(one.success, ahead_by) for one in classes)


def vote_limit(step: StepProfile) -> float:
    """P(right) of a vote as its lead grows: P(a task is more often got right than not).

    Its tasks are those of a beta distribution, as `difficulties` says, but taken exactly.
    """
    kinds = difficulties(step)
    if len(kinds) < NODES:
        return math.fsum(one.share * float(np.heaviside(one.success - 0.5, 0.5)) for one in kinds)
    total = 1.0 / step.spread - 1.0
    return 1.0 - float(betainc(step.success * total, (1.0 - step.success) * total, 0.5))


def _allowed(steps: int, target: float) -> float:
    """P(wrong) that each step may have."""
    checked.count("steps", steps, least=1)
    return -math.expm1(math.log(checked.open_rate("target", target)) / steps)


def _failure(success: float, ahead_by: int) -> float:
    if success in {0.0, 1.0}:
        return 1.0 - success
    # From the log-odds, since the odds themselves overflow for a long lead.
    return float(expit(-ahead_by * _log_odds(success)))


def _log_odds(success: float) -> float:
    return math.log(success) - math.log1p(-success)

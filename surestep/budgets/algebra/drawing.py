"""What an attempt of a step draws from, by its profile."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from surestep.budgets.algebra.attempt import Source
from surestep.budgets.algebra.checks import panel, persistence
from surestep.budgets.algebra.classes import Class, moved
from surestep.budgets.algebra.explicit import judges
from surestep.budgets.algebra.law import Floats, Law, law_of
from surestep.budgets.algebra.spacing import hedged
from surestep.budgets.assurance import Assurance
from surestep.budgets.profiled import StepProfile


def drawn_from(
    step: StepProfile, how: Assurance, kinds: Sequence[Class], *, tick_s: float
) -> Source:
    """What attempts of a step draw from.

    Args:
        step: what is known of it.
        how: how it is treated, with nothing left open.
        kinds: the kinds of its tasks.
        tick_s: the tick of all laws, in seconds.

    Raises:
        PlanError: for a verifier the step does not know.
    """
    success = np.array([one.success for one in kinds])
    # What was refused before matters only where something is made again.
    rows, names, stands = [success], judges(step, how), (0.0, 0.0)
    if how.retries or how.human == "always":
        stands = persistence(step, names)
        if step.retry_success is not None:
            rows.append(_retry(success, np.array([one.share for one in kinds]), step.retry_success))
        if any(stands):
            rows = [success, success, rows[-1]]
    times = step.latencies_s or (step.latency_s,)
    right, wrong, worker = _workers(times, step.success, step.latency_wrong, tick_s)
    calls = 1.0
    # The samples of a vote are not hedged: its next wave does not wait for a second call.
    if how.hedge_after_s is not None and not how.vote:
        calls += 1.0 - worker.cdf(how.hedge_after_s)
        # Which of two calls was there first says too little of the output to be followed.
        right = wrong = worker = hedged(worker, how.hedge_after_s)
    return Source(
        success=np.stack(rows),
        alike=step.alike,
        worker=worker,
        right=right,
        wrong=wrong,
        calls=calls,
        panel=panel(step, names, how.quorum, tick_s=tick_s),
        stands=stands,
        speculative=how.mode == "speculative",
    )


def _retry(success: Floats, shares: Floats, target: float) -> Floats:
    """P(right) after a refused wrong output, by class: `target` over those who need it."""
    wrong = shares * (1.0 - success)
    if not wrong.any():
        return success
    return moved(success, float(success @ wrong / wrong.sum()), target)


@lru_cache(maxsize=1024)
def _workers(
    times_s: tuple[float, ...], success: float, slower: float, tick_s: float
) -> tuple[Law, Law, Law]:
    """The time of a call that goes right, of one that goes wrong, and of any.

    All times are stretched alike, so that those of wrong calls are `slower` times those of
    right ones, and the mean over both is that of `times_s`.
    """
    mean = success + (1.0 - success) * slower
    if slower == 1.0 or mean == 0.0:
        law = law_of(0.0, times_s, tick_s)
        return law, law, law
    right, wrong = (
        Law.of([time_s * stretch / mean for time_s in times_s], tick_s=tick_s)
        for stretch in (1.0, slower)
    )
    return right, wrong, Law.mixed([(success, right), (1.0 - success, wrong)])

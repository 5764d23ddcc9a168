"""Credible intervals of everything a profile says."""

from __future__ import annotations

from collections.abc import Mapping

from surestep.budgets import checked
from surestep.budgets.fitting import posterior
from surestep.budgets.fitting.difference import figures
from surestep.budgets.predicted import Estimate
from surestep.budgets.profiled import StepProfile


def intervals(
    steps: Mapping[str, StepProfile], *, confidence: float = 0.95, seed: int = 0
) -> dict[tuple[str, str, str], Estimate]:
    """The interval of every figure, by step, verifier (`""` for the step itself) and name.

    Args:
        steps: each step, by its path, as in `Profile.steps`.
        confidence: probability that each interval holds its figure.
        seed: the same seed gives the same intervals.

    Raises:
        PlanError: for a confidence that is not strictly between 0 and 1.
    """
    checked.open_rate("confidence", confidence)
    drawn = posterior.sampled(steps, 4000, seed=seed)
    return {
        (path, *key): posterior.interval(it.draws, it.value, confidence=confidence)
        for path, step in steps.items()
        for key, it in figures(step, drawn[path])
    }

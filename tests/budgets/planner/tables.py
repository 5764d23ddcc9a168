"""Random tables and profiles to plan for."""

from __future__ import annotations

import itertools

import numpy as np

from surestep.budgets import CheckProfile, Profile, StepProfile
from surestep.budgets.planner.selection.table import Choices, Table


def table(seed: int, *, steps: int = 6, options: int = 5, limits: int = 3) -> Table:
    """A small table whose limits may or may not be kept."""
    rng = np.random.default_rng(seed)
    counts = rng.integers(1, options + 1, size=int(rng.integers(1, steps + 1)))
    rows = int(rng.integers(0, limits + 1))
    values = [rng.random(count) for count in counts]
    weights = [rng.random((rows, count)) ** 2 for count in counts]
    if seed % 3 == 0:
        # Coarse weights make ties, and limits that are met exactly.
        weights = [np.round(one * 4.0) / 4.0 for one in weights]
    least = np.array([one.min(axis=1) for one in weights]).reshape(len(counts), rows).sum(axis=0)
    most = np.array([one.max(axis=1) for one in weights]).reshape(len(counts), rows).sum(axis=0)
    return Table.of(values, weights, least + rng.uniform(-0.05, 0.8, rows) * (most - least))


def every(it: Table) -> list[Choices]:
    """All selections of a table."""
    return [
        np.array(options)
        for options in itertools.product(*(np.flatnonzero(step) for step in it.live))
    ]


def brute(it: Table) -> float:
    """The least value of a selection that keeps all limits; infinite if none does."""
    return min((it.value(one) for one in every(it) if it.fits(one)), default=np.inf)


def profile(
    steps: int = 4,
    *,
    trials: float = 0.0,
    varied: bool = False,
    after: dict[str, list[str]] | None = None,
    seed: int = 0,
) -> Profile:
    """Steps of different quality with two verifiers each."""
    rng = np.random.default_rng(seed)
    known = {}
    for number in range(steps):
        latency_s = round(float(rng.uniform(0.5, 2.0)), 1)
        known[f"s{number}"] = StepProfile(
            success=float(rng.uniform(0.88, 0.99)),
            trials=trials,
            latency_s=latency_s,
            latencies_s=(0.5 * latency_s, latency_s, 1.5 * latency_s) if varied else (),
            cost_usd=float(rng.uniform(0.5, 2.0)),
            checks={
                "rule": check(0.9, 0.3, trials, latency_s=0.1, cost_usd=0.05),
                "judge": check(0.95, 0.1, trials, latency_s=0.5, cost_usd=0.4),
            },
        )
    return Profile.of(known, after=after)


def check(
    accept_ok: float, accept_bad: float, trials: float, *, latency_s: float, cost_usd: float
) -> CheckProfile:
    """A verifier seen on `trials` outputs, nine in ten of them right."""
    return CheckProfile(
        accept_ok=accept_ok,
        accept_bad=accept_bad,
        latency_s=latency_s,
        cost_usd=cost_usd,
        trials_ok=0.9 * trials,
        trials_bad=0.1 * trials,
    )

"""The planner: is it exact, are its bounds kept, and how fast is it beside general solvers?

Exactness is held against brute force: one option per step under up to three limits (up to eight
steps), and whole plans of small profiles, whose percentiles and graphs add up to nothing linear,
against the exact figures of every selection. On random graphs the proved gap is held against the
true distance from the optimum.

Speed is the median over random problems (least -ln P within a time and a cost) of our time over
that of the faster of `scipy.optimize.milp` (HiGHS) and CP-SAT (two workers; skipped by name where
OR-Tools is not installed), all to a proved gap of 1e-3, in one run. Both get the plainest form: a
binary per option, and on graphs a start per step. A 95th percentile enters all three by the same
tangent. A rival is stopped once it has taken three times as long as we have, and half a second
at least, and counted as done then, so that a ratio is at most too high.
"""

from __future__ import annotations

import itertools
import math
import statistics
import time
from collections.abc import Iterator

import numpy as np
from _choices import Instance, instance
from _report import Figure, main
from _rivals import cp_sat, highs

from surestep.budgets import SLO, CheckProfile, Profile, StepProfile
from surestep.budgets.planner.aims import Aims
from surestep.budgets.planner.figures import Figures
from surestep.budgets.planner.frontier import sweep
from surestep.budgets.planner.posing import posed
from surestep.budgets.planner.problem import Problem
from surestep.budgets.planner.selection.choose import choose
from surestep.budgets.planner.selection.chosen import Chosen
from surestep.budgets.planner.selection.table import Table
from surestep.budgets.planner.solve import solve

GAP = 1e-3
FORCED = {"retries": 1, "samples": 1, "quorum": 1, "human": "never"}
"""Leaves a step a handful of treatments, so that all plans can be listed."""


def measure(*, quick: bool) -> list[Figure]:
    """All figures."""
    return [
        *exactness(1000 if not quick else 200),
        *plans(60 if not quick else 8),
        *speed(quick=quick),
        *absolute(31 if not quick else 9),
    ]


def exactness(problems: int) -> Iterator[Figure]:
    """Choices against brute force."""
    wrong = 0
    for seed in range(problems):
        table = small(seed)
        best = brute(table)
        chosen = choose(table, gap=0.0)
        same = chosen.value == best or math.isclose(chosen.value, best, rel_tol=1e-9)
        kept = chosen.options is None or table.fits(chosen.options)
        wrong += not (same and kept and chosen.bound <= best * (1.0 + 1e-9))
    yield Figure("choices that differ from brute force", wrong, problems, at_most=0)


def small(seed: int) -> Table:
    """Up to eight steps of up to four options under up to three limits."""
    rng = np.random.default_rng(seed)
    steps, limits = int(rng.integers(2, 9)), int(rng.integers(1, 4))
    counts = rng.integers(1, 5, size=steps)
    weights = [rng.random((limits, count)) ** 2 for count in counts]
    low = sum(one.min(axis=1) for one in weights)
    high = sum(one.max(axis=1) for one in weights)
    room = low + rng.uniform(-0.02, 0.8, limits) * (high - low)
    return Table.of([rng.random(count) for count in counts], weights, room)


def brute(table: Table) -> float:
    """The least value within the limits, over all selections."""
    counts = table.live.sum(axis=1)
    every = np.stack(np.unravel_index(np.arange(counts.prod()), tuple(counts)), axis=1)
    steps = np.arange(len(counts))
    used = table.weights[:, steps, every].sum(axis=2)
    fits = np.all(used <= table.room[:, None], axis=0)
    return float(np.where(fits, table.values[steps, every].sum(axis=1), np.inf).min())


def plans(problems: int) -> Iterator[Figure]:
    """Whole plans against the exact figures of every selection."""
    worst, broken, gaps, asked = 0.0, 0, [], 0
    for seed in range(problems):
        problem = whole(seed)
        best = listed(problem)
        result = solve(problem)
        if math.isinf(best):
            broken += result.figures is not None
            continue
        asked += 1
        value = result.figures.objective if result.figures else math.inf
        worst = max(worst, value / best - 1.0)
        bound = solve(problem, refine=False)
        broken += bound.bound > best * (1.0 + 1e-9)
        gaps.append(min(1.0, bound.gap))
    yield Figure("worst small plan over the best of all, share", worst, asked, at_most=1e-3)
    yield Figure("bounds broken on chains and graphs", broken, problems, at_most=0)
    yield Figure("gap proved before closing, median", statistics.median(gaps), asked)


def whole(seed: int) -> Problem:
    """A profile of four steps, a chain or a graph, under a mean or a percentile."""
    rng = np.random.default_rng(seed)
    steps = {}
    for number in range(4):
        latency_s = float(rng.uniform(0.5, 2.0))
        checks = {
            "rule": CheckProfile(accept_ok=0.92, accept_bad=0.3, latency_s=0.1, cost_usd=0.05),
            "judge": CheckProfile(accept_ok=0.95, accept_bad=0.1, latency_s=0.5, cost_usd=0.4),
        }
        steps[f"s{number}"] = StepProfile(
            success=float(rng.uniform(0.85, 0.99)),
            latency_s=latency_s,
            latencies_s=(0.5 * latency_s, latency_s, 1.5 * latency_s),
            cost_usd=float(rng.uniform(0.5, 2.0)),
            checks=checks,
        )
    after = {
        late: [early for early in list(steps)[:place] if rng.random() < 0.5]
        for place, late in enumerate(steps)
    }
    profile = Profile.of(steps, after=after if seed % 2 else None)
    span = sum(step.latency_s for step in steps.values())
    limit_s = float(rng.uniform(0.8, 1.6)) * span
    slo = SLO(latency_p95_s=limit_s) if seed % 3 else SLO(latency_mean_s=limit_s, cost_usd=8.0)
    return posed(profile, Aims.of(slo), forced=dict.fromkeys(steps, FORCED))


def listed(problem: Problem) -> float:
    """The least objective of a selection that keeps all limits, each looked at exactly."""
    every = itertools.product(*(range(len(step)) for step in problem.options))
    found = sorted(
        (Figures(problem, np.array(options)) for options in every), key=lambda it: it.objective
    )
    return next((one.objective for one in found if one.keeps), math.inf)


def speed(*, quick: bool) -> Iterator[Figure]:
    """Ours over the faster of the others."""
    for steps, options, graph, p95 in itertools.product(
        (20, 64, 200, 1000), (8, 12), (False, True), (False, True)
    ):
        if quick and (options == 12 or (graph and steps > 64)):
            continue
        # Ratios of small problems differ most from one to the next.
        runs = 7 if steps == 20 or (steps == 64 and not (quick and graph)) else 3
        ratios, theirs = [], []
        for seed in range(runs):
            it = instance(steps, options, graph=graph, p95=p95, seed=seed)
            ours_s = timed(it, again=3 if steps <= 64 else 1)
            limit_s = max(0.5, 3.0 * ours_s)
            rivals = [highs(it, gap=GAP, limit_s=limit_s), cp_sat(it, gap=GAP, limit_s=limit_s)]
            fastest_s = min(one for one in rivals if one is not None)
            ratios.append(ours_s / fastest_s)
            theirs.append(rivals[1])
        shape, time_of = "graph" if graph else "chain", "p95" if p95 else "mean"
        beside = "HiGHS" if None in theirs else "the faster of HiGHS and CP-SAT"
        name = f"{steps} x {options}, {shape}, {time_of}: time over {beside}"
        yield Figure(name, statistics.median(ratios), runs, at_most=1.05)


def timed(it: Instance, *, again: int) -> float:
    """Seconds we take: the median, as the first time warms caches up."""
    times = []
    for _ in range(again):
        started = time.perf_counter()
        found = chosen(it)
        times.append(time.perf_counter() - started)
        if found.gap > GAP * (1.0 + 1e-6):
            return math.inf
    return statistics.median(times)


def chosen(it: Instance) -> Chosen:
    """Our answer."""
    return choose(it.table, [it.clock], it.shape, gap=GAP)


def absolute(runs: int) -> Iterator[Figure]:
    """Times on this machine."""
    tables = [instance(64, 8, graph=False, p95=False, seed=seed) for seed in range(runs)]
    times = [timed(it, again=1) * 1e3 for it in tables]
    yield Figure("64 x 8 with a mean limit, ms, median", statistics.median(times), runs, at_most=50)
    swept = []
    for seed in range(runs):
        it = instance(20, 8, graph=False, p95=False, seed=seed)
        started = time.perf_counter()
        sweep(it.table.values, it.clock.advance, it.table.weights[0], it.table.live)
        swept.append(time.perf_counter() - started)
    yield Figure("frontier of 20 x 8, s, median", statistics.median(swept), runs, at_most=0.3)


if __name__ == "__main__":
    main(__doc__, measure)

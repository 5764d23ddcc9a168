"""Whether promises made on few runs hold in those to come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from _report import Figure
from _small import planned
from _timed import Courses, Floats, courses, log_normal

from surestep.budgets.planner.proofs.promises import Promises, Tried, keep

STEPS = 8
CALIBRATIONS = 1000
RUNS = 1000
"""Runs of each calibration; every setting is tried on all of them."""
ALL = 60_000
"""Runs of each setting its true risks are counted over."""

Setting = tuple[float, int]
"""From which confidence on an output goes on unchecked, and how many checks the others get."""

SETTINGS: tuple[Setting, ...] = tuple(
    (least, checks)
    for checks in (1, 2, 3)
    for least in (0.7, 0.85, 0.93, 0.97, 0.985, 0.993, 0.998, 1.01)
)
PROMISES = Promises(silent_error=0.06, late=0.1, over_cost=0.1)
DEADLINE_S, LIMIT_USD = 19.0, 32.0


@dataclass(frozen=True, slots=True)
class Losses:
    """What went wrong in each run of one setting, and what it cost."""

    silent_error: Floats
    late: Floats
    over_cost: Floats
    cost_usd: Floats

    @classmethod
    def of(cls, found: Courses) -> Losses:
        """Those of runs; one that was refused for good is no silent error."""
        return cls(
            (found.ended & ~found.right).astype(float),
            (found.time_s > DEADLINE_S).astype(float),
            (found.cost_usd > LIMIT_USD).astype(float),
            found.cost_usd,
        )

    def tried(self, runs: slice | Floats) -> Tried:
        """Some of these runs, counted."""
        return Tried(
            runs=int(self.late[runs].size),
            silent_error=float(self.silent_error[runs].sum()),
            late=float(self.late[runs].sum()),
            over_cost=float(self.over_cost[runs].sum()),
            cost_usd=float(self.cost_usd[runs].mean()),
        )


def measure(*, quick: bool) -> list[Figure]:
    """All figures; with `quick` by fewer workflows."""
    return [*joint(), *planned(quick=quick)]


def joint() -> Iterator[Figure]:
    """Three promises at once, calibrated again and again, and whether they held."""
    losses = {setting: Losses.of(_courses(setting)) for setting in SETTINGS}
    truly = {setting: one.tried(slice(None)) for setting, one in losses.items()}
    keeping = {setting for setting, one in truly.items() if _keeps(one)}
    cheapest = min(truly[setting].cost_usd for setting in keeping)
    chance = np.random.default_rng(9)
    held = seen = found = 0
    costs = []
    for _ in range(CALIBRATIONS):
        runs = chance.integers(ALL, size=RUNS)
        tried = {setting: one.tried(runs) for setting, one in losses.items()}
        kept = keep(tried, PROMISES)
        held += keeping.issuperset(kept.settings)
        seen += _seemingly(tried) in keeping
        if kept.best is not None:
            found += 1
            costs.append(truly[kept.best].cost_usd / cheapest)
    made = CALIBRATIONS
    said = f"{len(PROMISES.limits)} promises at once on {RUNS} runs"
    yield Figure(f"{said}: share of calibrations that held", held / made, made, at_least=0.95)
    yield Figure(f"{said}: share that found a setting", found / made, made)
    yield Figure(f"{said}: cost over the cheapest that holds", float(np.mean(costs)), found)
    yield Figure(f"{said}: held, if chosen by the shares seen", seen / made, made)


def _courses(setting: Setting) -> Courses:
    least, checks = setting
    # The same draws for every setting, as settings are tried on the same runs.
    pool = log_normal(40_000, 6)
    return courses(
        pool, lambda _, sure: np.where(sure < least, checks, 0), runs=ALL, seed=8, steps=STEPS
    )


def _keeps(tried: Tried) -> bool:
    limits = PROMISES.limits
    return all(getattr(tried, name) <= limit * tried.runs for name, limit in limits.items())


def _seemingly(tried: Mapping[Setting, Tried]) -> Setting:
    """The cheapest setting that keeps all promises on the runs seen, else the nearest to it."""
    kept = [setting for setting, one in tried.items() if _keeps(one)]
    if kept:
        return min(kept, key=lambda setting: tried[setting].cost_usd)
    return min(tried, key=lambda setting: tried[setting].p_value(PROMISES))

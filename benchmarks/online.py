"""Deciding while a run goes, by its time and the worker's confidence, against plans made before it.

Chains of 20 steps under a deadline, some of whose outputs may be checked: a check takes as long as
the work and costs half of it; a wrong output is refused with probability 0.9, a right one with
0.05. The best static plan checks as many steps as serve it best, evenly spread; the best threshold
checks what its worker is less sure of. Either is chosen by simulation, out of all there are, and
the policy is made to cost as much on average. Profiles and choices come from one half of the draws,
runs through the engine from the other, on a clock on which waiting is free. A run succeeds if it
is right, and in time.

The published experiment is that of the design notes, 20 steps whose times are 3 to 6 ticks: it is
worked out from the tables, at the mean costs it states. Times of the planner itself are processor
time, which other work on the machine does not lengthen.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

import _recorded
import numpy as np
from _report import Figure, main
from _timed import Came, Pool, Rehearsed, log_normal, recorded, simulated

from surestep import SLO, Assurance, Plan, Profile
from surestep.budgets import CheckProfile, StepProfile
from surestep.budgets.planner import Finding
from surestep.budgets.planner.online.judged import Worth
from surestep.budgets.planner.online.lattice import Lattice
from surestep.budgets.planner.online.policy import Policy
from surestep.budgets.planner.online.tables import Course, tabled
from surestep.budgets.planner.online.threshold import Threshold
from surestep.budgets.profiled import Confidence
from surestep.values import RunRecord, Spent

STEPS = 20
SPARED = 0.98
"""What the policy may cost over what it is compared with: prices are found on coarse tables."""
SIMULATED = 5_000
"""Runs on which a plan or a threshold is chosen."""
TYPICAL, TIGHTNESS = 1.85, (1.65, 1.85, 2.05)
"""Deadlines, over the mean time of a run without checks; with all of them it takes over twice."""
PUBLISHED = {
    130: ((48.7, 0.827), (46.3, 0.783)),
    150: ((53.6, 0.897), (51.0, 0.870)),
    180: ((61.8, 0.955), (56.1, 0.925)),
    220: ((65.0, 0.969), (59.9, 0.951)),
}
"""P(right and in time) of the published policy at stated mean costs, by the ticks there are."""


def measure(*, quick: bool) -> list[Figure]:
    """All figures; with `quick` by fewer runs."""
    runs = 150 if quick else 300
    found = [*_speed(repeats=5 if quick else 20), _published()]
    worlds = {"log-normal": log_normal(40_000, 1)}
    if _recorded.DATA.is_dir():
        worlds["recorded"] = recorded(2)
    for name, pool in worlds.items():
        for tightness in (TYPICAL,) if quick else TIGHTNESS:
            found += _compared(name, pool, tightness, runs)
    return found


@dataclass(frozen=True, slots=True)
class Fixed:
    """The best of the ways that look at no clock, and what it comes to in simulation.

    Attributes:
        number: how many steps it checks; or from which confidence on it does not.
        came: what it comes to.
    """

    number: float
    came: Came


def _static(pool: Pool, deadline_s: float) -> Fixed:
    """The best number of steps to check, evenly spread."""

    def came(count: int) -> Came:
        checked = np.isin(range(STEPS), _spread(count))
        return simulated(
            pool,
            lambda place, sure: np.full(sure.size, bool(checked[place])),
            deadline_s,
            runs=SIMULATED,
            seed=3,
        )

    found = [Fixed(count, came(count)) for count in range(STEPS + 1)]
    return max(found, key=lambda one: one.came.right)


def _spread(count: int) -> list[int]:
    return [int((place + 0.5) * STEPS / count) for place in range(count)]


def _threshold(pool: Pool, deadline_s: float) -> Fixed:
    """The best confidence from which on nothing is checked."""

    def came(least: float) -> Came:
        return simulated(pool, lambda _, sure: sure < least, deadline_s, runs=SIMULATED, seed=3)

    tried = np.quantile(pool.sure, np.linspace(0.0, 1.0, 17)).tolist()
    return max((Fixed(least, came(least)) for least in tried), key=lambda one: one.came.right)


def _compared(name: str, pool: Pool, tightness: float, runs: int) -> Iterator[Figure]:
    known, new = pool.halves()
    deadline_s = tightness * STEPS * float(known.work_s.mean())
    slo, profile = SLO(latency_s=deadline_s), known.profile()
    chain, everything = Rehearsed(new), Plan.everything()
    static, threshold = _static(known, deadline_s), _threshold(known, deadline_s)

    def online(cost_usd: float) -> Policy:
        return Policy.of(profile, slo, everything, mean_usd=SPARED * cost_usd, wrong=0.0)

    checked = _spread(int(static.number))
    off = {f"step{at}": Assurance(mode="off") for at in range(STEPS) if at not in checked}
    at = f"{name}, deadline {tightness:g} x"
    rivals = (
        (f"best static plan ({len(checked)} checked)", Plan(off), None, static),
        ("best threshold", everything, Threshold(threshold.number), threshold),
    )
    for rival, plan, planner, fixed in rivals:
        before = chain.runs(runs, slo, plan, planner)
        after = chain.runs(runs, slo, everything, online(fixed.came.cost_usd))
        yield Figure(f"{at}: success, {rival}", before.right, runs)
        yield Figure(f"{at}: success, online, mean cost of {rival}", after.right, runs)
        cost = after.cost_usd / before.cost_usd
        static_rival = planner is None
        at_most = 1.03 if static_rival else None
        yield Figure(f"{at}: mean cost, online over {rival}", cost, runs, at_most=at_most)
        if static_rival:
            gain = after.right - before.right
            yield Figure(f"{at}: gained over the static plan", gain, runs, at_least=0.0)


def _speed(repeats: int) -> Iterator[Figure]:
    """How long a table takes to be made, and to be asked."""
    profile = _judged_twice()
    slo, plan = SLO(latency_s=30.0), Plan.everything()
    took_s = []
    for _ in range(repeats):
        started = time.process_time()
        policy = Policy.of(profile, slo, plan, mean_usd=0.25)
        took_s.append(time.process_time() - started)
    name = "policy table of 20 steps with 2 verifiers and its price, s"
    yield Figure(name, statistics.median(took_s), repeats, at_most=0.5)
    finding = Finding(
        step="step9",
        assurance=Assurance(),
        slo=slo,
        record=RunRecord(spent=Spent(machine_s=12.3)),
        attempt=1,
        last=False,
        confidence=0.83,
        verdicts=(),
        unasked=("a", "b"),
    )
    calls, took_s = 2000, []
    for _ in range(repeats):
        started = time.process_time()
        for _ in range(calls):
            policy.after(finding)
        took_s.append((time.process_time() - started) / calls)
    name = "decision on an output, microseconds"
    yield Figure(name, statistics.median(took_s) * 1e6, repeats * calls, at_most=20.0)


def _judged_twice() -> Profile:
    chance = np.random.default_rng(0)
    calibration = tuple(
        Confidence(said=said, right=right, trials=100.0)
        for said, right in ((0.5, 0.6), (0.7, 0.8), (0.8, 0.93), (0.9, 0.97), (0.99, 0.995))
    )
    checks = {
        name: CheckProfile(
            accept_ok=0.95,
            accept_bad=0.1,
            latencies_s=tuple(chance.lognormal(-0.2, 0.5, 100)),
            cost_usd=0.004,
        )
        for name in "ab"
    }
    steps = {
        f"step{place}": StepProfile(
            success=0.95,
            latencies_s=tuple(chance.lognormal(0.0, 0.5, 100)),
            cost_usd=0.01,
            calibration=calibration,
            checks=checks,
        )
        for place in range(STEPS)
    }
    return Profile.of(steps)


def _published() -> Figure:
    """How far the tables are from what was published of them, at equal mean costs."""
    pool = log_normal(200_000, 5)
    check = CheckProfile(accept_ok=0.95, accept_bad=0.1, latencies_s=(3.0, 5.0), cost_usd=1.0)
    # One check may be asked again and again, and a refusal outweighed by later verdicts.
    step = StepProfile(
        success=0.95,
        latencies_s=(3.0, 3.0, 4.0, 4.0, 6.0),
        cost_usd=2.0,
        calibration=tuple(
            Confidence(said=float(part.mean()), right=float(part.mean()), trials=1.0)
            for part in np.array_split(np.sort(pool.sure), 40)
        ),
        checks={f"check{number}": check for number in range(3)},
    )
    profile = Profile.of({f"step{place}": step for place in range(STEPS)})
    course = Course(profile, Plan(default=Assurance(retries=2)))
    lattice = Lattice(tick_s=1.0, ticks=220, unit_usd=1.0, units=0)
    prices = (2e-3, 6e-3, 1e-2, 1.6e-2, 4e-2)
    starts = np.stack(
        [
            tabled(course, lattice, Worth(wrong=0.0, per_usd=price), overrules=True).start
            for price in prices
        ]
    )[::-1]
    away = [
        abs(float(np.interp(cost, starts[:, 2, 0, ticks], starts[:, 0, 0, ticks])) - right)
        for ticks, points in PUBLISHED.items()
        for cost, right in points
    ]
    return Figure("published experiment, largest difference", max(away), len(away), at_most=0.01)


if __name__ == "__main__":
    main(__doc__, measure)

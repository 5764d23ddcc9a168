"""Chains of steps, and runs of them that do what tables say, without any engine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surestep.budgets import CheckProfile, Profile, StepProfile
from surestep.budgets.planner.online.judged import ACCEPT, REDO
from surestep.budgets.planner.online.lattice import Lattice
from surestep.budgets.planner.online.lookup import Lookup
from surestep.budgets.planner.online.tables import Tables
from surestep.budgets.profiled import Confidence
from surestep.values import Verdict

SURE = (
    Confidence(said=0.5, right=0.70, trials=20),
    Confidence(said=0.8, right=0.95, trials=40),
    Confidence(said=0.95, right=0.99, trials=40),
)


def chain(steps: int, **changes: object) -> Profile:
    """A chain of steps alike: they take 1, 2 or 3 ticks, their checks 1."""
    check = CheckProfile(accept_ok=0.95, accept_bad=0.1, latency_s=1.0, cost_usd=1.0)
    values: dict[str, object] = {
        "success": 0.92,
        "latencies_s": (1.0, 2.0, 3.0),
        "cost_usd": 2.0,
        "calibration": SURE,
        "checks": {"judge": check},
    }
    one = StepProfile(**{**values, **changes})
    return Profile.of({f"s{place}": one for place in range(steps)})


@dataclass
class Runs:
    """How simulated runs went.

    Attributes:
        right: share that was right, and in time.
        delivered: share that came to a result in time.
        cost_usd: mean cost.
        actions: how often each action was taken.
    """

    right: float
    delivered: float
    cost_usd: float
    actions: dict[int, int]


def simulated(
    profile: Profile, tables: Tables, lattice: Lattice, *, left: tuple[int, int], runs: int
) -> Runs:
    """Runs of a chain under its tables; times are whole ticks, and prices whole units."""
    random = np.random.default_rng(5)
    found = [_run(profile, tables, lattice, left, random) for _ in range(runs)]
    actions: dict[int, int] = {}
    for one in found:
        for action in one[3]:
            actions[action] = actions.get(action, 0) + 1
    return Runs(*(float(np.mean([one[place] for one in found])) for place in range(3)), actions)


def _run(profile, tables, lattice, left, random):
    units, ticks = left
    world = _World(random, units, ticks, lattice.unit_usd if lattice.units else 0.0)
    right = True
    for name, step in profile.steps.items():
        outcome = _step(step, tables.steps[name], lattice, world)
        if outcome is None or world.late:
            return 0.0, 0.0, world.cost_usd, world.actions
        right = right and (outcome or random.random() >= step.criticality)
    return float(right), 1.0, world.cost_usd, world.actions


class _World:
    def __init__(self, random, units, ticks, unit_usd):
        self.random, self.units, self.ticks, self.unit_usd = random, units, ticks, unit_usd
        self.cost_usd, self.actions = 0.0, []

    def pay(self, cost_usd, time_s):
        self.cost_usd += cost_usd
        self.ticks -= int(time_s)
        self.units -= int(cost_usd / self.unit_usd) if self.unit_usd else 0

    @property
    def late(self):
        return self.ticks < 0 or self.units < 0


def _step(step: StepProfile, table: Lookup, lattice: Lattice, world) -> bool | None:
    """Whether the output it goes on with is right; `None` if it fails, or there is no time."""
    tiers = table._step.levels
    shares = [level.share for level in tiers[0]]
    for attempt, tier in enumerate(tiers, 1):
        world.pay(step.cost_usd, world.random.choice(step.latencies_s or (step.latency_s,)))
        level = tier[world.random.choice(len(tier), p=shares)]
        truth = world.random.random() < level.right
        verdicts: list[Verdict] = []
        while not world.late:
            belief, heard = table.belief(attempt, level.said, verdicts)
            left = (min(world.units, lattice.units), min(world.ticks, lattice.ticks))
            best = table.answer(attempt, belief, heard, left).best
            world.actions.append(best)
            if best == ACCEPT:
                return truth
            if best == REDO:
                break
            name = table.names[best - 2]
            check = step.checks[name]
            world.pay(check.cost_usd, check.latency_s)
            passed = world.random.random() < (check.accept_ok if truth else check.accept_bad)
            verdicts.append(Verdict("pass" if passed else "fail", verifier=name))
            if not passed and not table.overrules:
                break
        if world.late:
            return None
    return None

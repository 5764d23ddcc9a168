"""Plans made from few labelled runs, and whether they reach what they were made for."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from _report import Figure

from surestep import SLO, Plan, Profile, plan
from surestep.budgets import CheckProfile, StepProfile
from surestep.budgets.algebra import treated
from surestep.budgets.planner.infeasible import Infeasible

LABELLED = 30
"""Labelled runs of every step."""
WORKFLOWS, IN_QUICK = 300, 24


@dataclass(frozen=True, slots=True)
class Case:
    """A workflow, the labelled runs it was seen in, and the reliability asked for."""

    truth: Profile
    seen: Profile
    target: float


def planned(*, quick: bool) -> Iterator[Figure]:
    """Plans from few labels, at the stated confidence and at rates taken as exact.

    Where no plan is proven to reach the target none is made, and so none misses it.
    """
    count = IN_QUICK if quick else WORKFLOWS
    cases = [_case(random.Random(number)) for number in range(count)]
    found = [_reached(case, case.seen) for case in cases]
    exact = [_reached(case, _as_exact(case.seen)) for case in cases]
    said = f"plans from {LABELLED} labelled runs"
    yield Figure(
        f"{said}: share of workflows that miss their reliability",
        found.count(False) / count,
        count,
        at_most=0.05,
    )
    yield Figure(f"{said}: share that reach it", found.count(True) / count, count)
    yield Figure(
        f"{said}, rates taken as exact: share that miss", exact.count(False) / count, count
    )
    yield Figure(
        f"{said}, rates taken as exact: share that reach", exact.count(True) / count, count
    )


def _reached(case: Case, known: Profile) -> bool | None:
    """Whether the plan made of what is known reaches the target; `None` if none is made."""
    try:
        found = plan(known, SLO(reliability=case.target))
    except Infeasible:
        return None
    return _success(case.truth, found) >= case.target


def _success(truth: Profile, found: Plan) -> float:
    product = 1.0
    for name, step in truth.steps.items():
        product *= treated(step, found.of(name), tick_s=1.0).right
    return product


def _case(chance: random.Random) -> Case:
    steps = {f"step{place}": _step(chance) for place in range(chance.randint(2, 5))}
    truth = Profile.of(steps)
    bare, full = (_success(truth, one) for one in (Plan.nothing(), Plan.everything()))
    target = bare + chance.uniform(-0.3, 0.5) * (full - bare)
    records = [_record(truth, chance) for _ in range(LABELLED)]
    return Case(truth, Profile.fit(records, after=truth.after), target)


def _step(chance: random.Random) -> StepProfile:
    checks = {
        f"check{number}": CheckProfile(
            accept_ok=chance.uniform(0.88, 0.98),
            accept_bad=chance.uniform(0.05, 0.4),
            latency_s=chance.uniform(0.3, 1.5),
            cost_usd=chance.uniform(0.001, 0.01),
        )
        for number in range(chance.randint(1, 2))
    }
    return StepProfile(
        success=chance.uniform(0.8, 0.97),
        latency_s=chance.uniform(0.5, 2.0),
        cost_usd=chance.uniform(0.002, 0.02),
        checks=checks,
    )


def _record(truth: Profile, chance: random.Random) -> Mapping[str, object]:
    return {"steps": [_entry(name, step, chance) for name, step in truth.steps.items()]}


def _entry(name: str, step: StepProfile, chance: random.Random) -> Mapping[str, object]:
    ok = chance.random() < step.success
    verdicts = {
        check: int(chance.random() < (one.accept_ok if ok else one.accept_bad))
        for check, one in step.checks.items()
    }
    took = {"latency_s": step.latency_s, "cost_usd": step.cost_usd}
    return {"step": name, "ok": int(ok), "verdicts": verdicts, **took}


def _as_exact(known: Profile) -> Profile:
    """The same rates, as if they were not estimates."""
    steps = {
        name: replace(
            step,
            trials=0.0,
            spread_trials=0.0,
            retry_trials=0.0,
            checks={
                check: replace(one, trials_ok=0.0, trials_bad=0.0)
                for check, one in step.checks.items()
            },
        )
        for name, step in known.steps.items()
    }
    return replace(known, steps=steps)

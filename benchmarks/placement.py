"""Where checking pays: the planner's placement of checkers against simpler ways, by true success.

Random workflows of four to eight steps, chains and graphs, with one to three checkers a step:
good, weak, useless and harmful ones, some of one family with shared blind spots, and tasks that
differ in difficulty, so that retries are correlated. Planner and baselines see only what 200
labelled runs say of the rates; every placement is then worked out exactly under the true ones.

Checker spending is what a placement costs beyond one unchecked call per step. At equal true
reliability it is that of the planner's cheapest plan, of a sweep of budgets, that is truly as
reliable as the baseline; at equal spending the planner gets what the baseline truly spends.
Verify-all runs every checker with two retries; topological (Sherlock) has half of that budget,
for the first checker of each step, or for the one that tells most for its price;
greedy takes the planner's options by gain per dollar; rollouts (MCPP) place one step at a time; a
better worker has errors that fall as the root of its price. The planner places a check
only if it pays on the profile as fitted, at the confidence of 95 %.
"""

from __future__ import annotations

import statistics
from dataclasses import replace

import numpy as np
from _placements import (
    Baseline,
    better_worker,
    choosing,
    everything,
    greedy,
    nothing,
    rollouts,
    topological,
    worth,
)
from _report import Figure, main

from surestep.budgets import SLO, CheckProfile, Profile, StepProfile
from surestep.budgets.planner.aims import Aims
from surestep.budgets.planner.posing import posed
from surestep.budgets.planner.problem import Problem
from surestep.budgets.planner.solve import solve

RUNS = 200
BUDGETS = np.concatenate([np.linspace(0.0, 0.3, 7), np.linspace(0.4, 1.0, 4)])
"""Shares of verify-all's spending that are swept."""
OWN = np.linspace(0.1, 1.0, 8)
"""Shares of each baseline's own spending that are tried besides."""
BASELINES: dict[str, Baseline] = {
    "verify-all": everything,
    "topological": topological,
    "topological, choosing": choosing,
    "greedy": greedy,
    "rollouts": rollouts,
}


def measure(*, quick: bool) -> list[Figure]:
    """All figures."""
    worlds = 20 if quick else 320
    rows: dict[str, list[float]] = {}
    for seed in range(worlds):
        for name, value in compared(seed).items():
            rows.setdefault(name, []).append(value)
    figures = []
    for name in BASELINES:
        spent = rows[f"{name}, spent"]
        ours = rows[f"{name}, ours"]
        target = 0.5 if name in {"verify-all", "topological"} else None
        ratio = sum(ours) / max(sum(spent), 1e-12)
        label = f"checker spending at equal true success over {name}'s"
        figures.append(Figure(label, ratio, len(spent), at_most=target))
    for name in (*BASELINES, "better worker", "no check"):
        gains = rows[f"{name}, gain"]
        label = f"true success at equal spending, above {name}, mean"
        figures.append(Figure(label, statistics.mean(gains), len(gains)))
    figures.append(worse(rows["planner, worse"], "planner", at_most=0.0))
    figures += [worse(rows[f"{name}, worse"], name) for name in BASELINES]
    return figures


def worse(cases: list[float], name: str, at_most: float | None = None) -> Figure:
    """The share of cases that come out below no check at all."""
    return Figure(
        f"share worse than no check, {name}", sum(cases) / len(cases), len(cases), at_most
    )


def compared(seed: int) -> dict[str, float]:
    """What each way of placing checkers comes to in one world."""
    rng = np.random.default_rng(seed)
    truth = world(rng)
    problem = posed(seen(truth, rng), Aims.of(SLO(cost_usd=1e9), "reliability"), draws=200)
    bare, base_usd = worth(truth, nothing(problem, 0.0))
    all_usd = worth(truth, everything(problem, 0.0))[1] - base_usd
    swept = [placed(problem, truth, base_usd + share * all_usd) for share in BUDGETS]
    found: dict[str, float] = {"planner, worse": float(any(one[0] < bare - 1e-9 for one in swept))}
    for name, baseline in BASELINES.items():
        budget = base_usd + (0.5 if name != "verify-all" else 1.0) * all_usd
        success, cost = worth(truth, baseline(problem, budget))
        mine, _ = placed(problem, truth, max(cost, base_usd))
        found[f"{name}, gain"] = mine - success
        found[f"{name}, worse"] = float(success < bare - 1e-9)
        budgets = base_usd + OWN * max(cost - base_usd, 0.0)
        own = [placed(problem, truth, float(budget)) for budget in budgets]
        enough = [
            spent
            for reached, spent in [*swept, *own, (bare, base_usd)]
            if reached >= success - 1e-9
        ]
        found[f"{name}, spent"] = cost - base_usd
        found[f"{name}, ours"] = min(enough, default=base_usd + all_usd) - base_usd
    middle = base_usd + 0.3 * all_usd
    mine, spent = placed(problem, truth, middle)
    found["better worker, gain"] = mine - better_worker(truth, spent)[0]
    found["no check, gain"] = mine - bare
    return found


def placed(problem: Problem, truth: Profile, budget_usd: float) -> tuple[float, float]:
    """True success and cost of the planner's plan for a budget; nothing placed if none fits."""
    aims = replace(problem.aims, cost_usd=budget_usd)
    figures = solve(replace(problem, aims=aims), gap=5e-3, refine=False).figures
    if figures is None:
        return worth(truth, {})
    pairs = zip(problem.names, figures.chosen, strict=True)
    return worth(truth, {name: one.assurance for name, one in pairs})


def world(rng: np.random.Generator) -> Profile:
    """A workflow with its true rates."""
    steps = {f"s{place}": _step(rng) for place in range(int(rng.integers(4, 9)))}
    names = list(steps)
    after = {
        late: [early for early in names[max(0, place - 3) : place] if rng.random() < 0.5]
        for place, late in enumerate(names)
    }
    return Profile.of(steps, after=after if rng.random() < 0.5 else None)


def _step(rng: np.random.Generator) -> StepProfile:
    price = float(rng.lognormal(0.0, 0.6))
    checks = {f"c{place}": _check(rng, price) for place in range(int(rng.integers(1, 4)))}
    return StepProfile(
        success=float(rng.choice([rng.uniform(0.97, 0.998), rng.uniform(0.75, 0.97)])),
        cost_usd=price,
        spread=float(rng.choice([0.0, rng.uniform(0.05, 0.5)])),
        checks=checks,
    )


def _check(rng: np.random.Generator, price: float) -> CheckProfile:
    """Half are good, the others weak, useless or harmful; a third share a family."""
    kind = rng.choice(["good", "weak", "useless", "harmful"], p=[0.5, 0.3, 0.1, 0.1])
    low, high, missing = {
        "good": (0.9, 0.99, (0.05, 0.3)),
        "weak": (0.8, 0.97, (0.3, 0.7)),
        "useless": (0.5, 0.95, (0.5, 0.95)),
        "harmful": (0.3, 0.7, (0.3, 0.7)),
    }[str(kind)]
    accept_bad = float(rng.uniform(*missing))
    shared = rng.random() < 1 / 3
    return CheckProfile(
        accept_ok=float(rng.uniform(low, high)),
        accept_bad=accept_bad,
        cost_usd=price * float(rng.uniform(0.05, 1.0)),
        family="judge" if shared else "",
        blind=float(rng.uniform(0.0, 0.8)) * accept_bad if shared else 0.0,
    )


def seen(truth: Profile, rng: np.random.Generator) -> Profile:
    """What 200 labelled runs say of the rates; families, difficulty and prices are known."""
    return truth.with_steps({name: _seen(step, rng) for name, step in truth.steps.items()})


def _seen(step: StepProfile, rng: np.random.Generator) -> StepProfile:
    right = int(rng.binomial(RUNS, step.success))
    checks = {name: _judged(check, right, rng) for name, check in step.checks.items()}
    return replace(step, success=(right + 0.5) / (RUNS + 1), trials=float(RUNS), checks=checks)


def _judged(check: CheckProfile, right: int, rng: np.random.Generator) -> CheckProfile:
    wrong = RUNS - right
    accept_bad = (rng.binomial(wrong, check.accept_bad) + 0.5) / (wrong + 1)
    return replace(
        check,
        accept_ok=(rng.binomial(right, check.accept_ok) + 0.5) / (right + 1),
        accept_bad=float(accept_bad),
        blind=min(check.blind, float(accept_bad)),
        trials_ok=float(right),
        trials_bad=float(wrong),
    )


if __name__ == "__main__":
    main(__doc__, measure)

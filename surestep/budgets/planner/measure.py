"""Which measurement would improve a plan most: of which step, by how many labelled runs."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from surestep.budgets.limits import SLO
from surestep.budgets.planner.aims import Aims
from surestep.budgets.planner.figures import Figures
from surestep.budgets.planner.planned import Given, forced_keys
from surestep.budgets.planner.posing import Forced, posed
from surestep.budgets.planner.solve import solve
from surestep.budgets.profile import Profile
from surestep.budgets.profiled import CheckProfile, StepProfile

RUNS = (100, 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """What labelling further runs of one step would be worth.

    Attributes:
        step: its path.
        runs: how many further runs to label.
        objective: what the plan is best at.
        before: that figure at the confidence asked for, now: a probability for the
            reliability, else seconds, US dollars or minutes; infinite if no plan meets the SLO.
        after: the same if the new labels come out as expected.
    """

    step: str
    runs: int
    objective: str
    before: float
    after: float

    @property
    def gain(self) -> float:
        """By how much the figure gets better; infinite if only then a plan meets the SLO."""
        if self.before == self.after:
            return 0.0
        higher = self.objective == "reliability"
        return self.after - self.before if higher else self.before - self.after


def measure_next(
    profile: Profile,
    slo: SLO,
    *,
    objective: str | None = None,
    forced: Given = None,
    runs: tuple[int, ...] = RUNS,
    steps: int | None = None,
) -> tuple[Measurement, ...]:
    """What further labelled runs of each step would be worth, the most valuable first.

    A plan made on uncertain rates has to allow for them; labels narrow them. Each figure is that
    of the best plan if the labels come out as the present rates say, which leaves out what
    surprises would teach.

    Args:
        profile: what is known of the steps; steps whose rates are stated gain nothing.
        slo: what a run must meet.
        objective: what to make as good as possible, as for `plan`.
        forced: choices already made, as for `plan`.
        runs: numbers of further runs to consider; those beyond the first are looked at only for
            steps that gain from it.
        steps: look at so many steps only, those that make the present plan's success least
            certain; `None` looks at all.

    Raises:
        PlanError: for an objective, step or key that is unknown.
    """
    aims, keys = Aims.of(slo, objective), forced_keys(forced)
    present = _best(profile, aims, keys)
    before = _figure(present, aims)
    found: list[Measurement] = []
    for name in _doubtful(profile, present)[:steps]:
        for count in runs:
            labelled = _with_labels(profile.steps[name], count)
            known = profile.with_steps({**profile.steps, name: labelled})
            after = _figure(_best(known, aims, keys), aims)
            one = Measurement(
                step=name, runs=count, objective=aims.objective, before=before, after=after
            )
            if one.gain <= 0.0:
                break
            found.append(one)
    return tuple(sorted(found, key=lambda one: (-one.gain, one.runs)))


def _doubtful(profile: Profile, present: Figures | None) -> list[str]:
    """The steps that are not stated, those first that leave most open how often runs succeed."""
    measured = [name for name, step in profile.steps.items() if step.trials > 0.0]
    if present is None or not present.problem.uncertain:
        return sorted(measured, key=lambda name: profile.steps[name].trials)
    problem = present.problem
    deviations = problem.losses[np.arange(len(problem.names)), present.options].std(axis=1)
    doubt = dict(zip(problem.names, deviations.tolist(), strict=True))
    return sorted(measured, key=lambda name: -doubt[name])


def _best(profile: Profile, aims: Aims, forced: Forced) -> Figures | None:
    return solve(posed(profile, aims, forced=forced), refine=False).figures


def _figure(figures: Figures | None, aims: Aims) -> float:
    reliability = aims.objective == "reliability"
    if figures is None:
        return -math.inf if reliability else math.inf
    return math.exp(-figures.objective) if reliability else figures.objective


def _with_labels(step: StepProfile, runs: int) -> StepProfile:
    """The step as it would be known after further labelled runs with the rates of today."""
    return replace(
        step,
        trials=step.trials + runs,
        checks={name: _checked(check, step, runs) for name, check in step.checks.items()},
    )


def _checked(check: CheckProfile, step: StepProfile, runs: int) -> CheckProfile:
    right = runs * step.success
    return replace(
        check,
        trials_ok=check.trials_ok + right if check.trials_ok else 0.0,
        trials_bad=check.trials_bad + runs - right if check.trials_bad else 0.0,
    )

"""Which measurement would improve a plan most: of which step, by how many labelled runs."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from surestep.budgets.limits import SLO
from surestep.budgets.planner.aims import Aims
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

    Raises:
        PlanError: for an objective, step or key that is unknown.
    """
    aims, keys = Aims.of(slo, objective), forced_keys(forced)
    before = _figure(profile, aims, keys)
    found: list[Measurement] = []
    for name, step in profile.steps.items():
        for count in runs if _measured(step) else ():
            known = profile.with_steps({**profile.steps, name: _with_labels(step, count)})
            after = _figure(known, aims, keys)
            one = Measurement(
                step=name, runs=count, objective=aims.objective, before=before, after=after
            )
            if one.gain <= 0.0:
                break
            found.append(one)
    return tuple(sorted(found, key=lambda one: (-one.gain, one.runs)))


def _measured(step: StepProfile) -> bool:
    return step.trials > 0.0


def _figure(profile: Profile, aims: Aims, forced: Forced) -> float:
    figures = solve(posed(profile, aims, forced=forced), refine=False).figures
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

"""Which measurement would improve a plan most: of which step, by how many labelled runs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from surestep.budgets.limits import SLO
from surestep.budgets.planner.aims import Aims
from surestep.budgets.planner.figures import Figures
from surestep.budgets.planner.labelling import labelled
from surestep.budgets.planner.planned import Given, forced_keys
from surestep.budgets.planner.posing import Forced, posed
from surestep.budgets.planner.solve import solve
from surestep.budgets.profile import Profile

RUNS = (100, 300)
_EVER_MORE = (100, 400, 1600, 6400, 25_600)
_MOST = _EVER_MORE[-1]


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
    of the best plan if the labels come out as expected, which leaves out what surprises would
    teach.

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
            after = _figure(_best(labelled(profile, count, {name}), aims, keys), aims)
            one = Measurement(
                step=name, runs=count, objective=aims.objective, before=before, after=after
            )
            if one.gain <= 0.0:
                break
            found.append(one)
    return tuple(sorted(found, key=lambda one: (-one.gain, one.runs)))


def runs_needed(
    profile: Profile, slo: SLO, *, objective: str | None = None, forced: Given = None
) -> int | None:
    """How many further labelled runs it takes, about, until a plan meets an SLO.

    In each of them every step is labelled that is not stated. They are taken to come out as
    expected; the number is found to within a factor of 1.5.

    Args:
        profile: what is known of the steps.
        slo: what a run must meet.
        objective: what to make as good as possible, as for `plan`.
        forced: choices already made, as for `plan`.

    Returns:
        0 if there is such a plan already; `None` if 25,600 runs would not do, so that it takes
        better workers or verifiers.

    Raises:
        PlanError: for an objective, step or key that is unknown.
    """
    aims, keys = Aims.of(slo, objective), forced_keys(forced)

    def suffices(runs: int) -> bool:
        known = labelled(profile, runs) if runs else profile
        return _best(known, aims, keys) is not None

    if suffices(0):
        return 0
    if not suffices(_MOST):
        return None
    enough = next(runs for runs in _EVER_MORE if suffices(runs))
    short = enough // 4
    for _ in range(2):
        between = round(math.sqrt(short * enough))
        short, enough = (short, between) if suffices(between) else (between, enough)
    return enough


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

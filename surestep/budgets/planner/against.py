"""What a new profile does to end-to-end success, against an older one or people's own work."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from surestep.budgets import checked
from surestep.budgets.assurance import Assurance
from surestep.budgets.fitting.changes import Change
from surestep.budgets.fitting.difference import Figure, change
from surestep.budgets.fitting.posterior import expected, sampled
from surestep.budgets.plan import Plan
from surestep.budgets.planner.elasticity import spread
from surestep.budgets.planner.options import option
from surestep.budgets.profile import Profile
from surestep.budgets.profiled import StepProfile

_DRAWS = 4000
# Rates do not depend on the tick of the laws of time, and a long one makes them short.
_COARSE_S = 1e6

Verdict = Literal["better", "worse", "undecided"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """P(right result) of two profiles.

    Attributes:
        unchecked: without any check.
        planned: under one plan, as far as the older profile has its steps and verifiers.
        confidence: what P(better) has to reach for the newer one to be called better.
    """

    unchecked: Change
    planned: Change
    confidence: float

    @property
    def verdict(self) -> Verdict:
        """Whether the newer one is better under the plan, worse, or neither can be said."""
        if self.planned.rise >= self.confidence:
            return "better"
        return "worse" if 1.0 - self.planned.rise >= self.confidence else "undecided"


def compared(
    new: Profile, old: Profile, plan: Plan, *, confidence: float = 0.95, seed: int = 0
) -> Comparison:
    """The end-to-end success of a new profile against that of an old one.

    They need not have a step in common: people who do the work by hand are a profile, too.

    Args:
        new: as things are now.
        old: as they were; what it lacks of the plan is left out.
        plan: how steps are treated; those it does not name as its default says.
        confidence: probability that each interval holds, and that a verdict does.
        seed: the same seed gives the same intervals.

    Raises:
        PlanError: for a confidence that is not strictly between 0 and 1, or a plan that the new
            profile knows nothing of.
    """
    checked.open_rate("confidence", confidence)
    changes = [
        change(
            "",
            ("", "success"),
            _success(old, {name: _known(old, name, how) for name in old.steps}, seed),
            # Evidence for one says nothing of the other, so their draws must not move together.
            _success(new, {name: how.of(name) for name in new.steps}, seed + 1),
            confidence,
        )
        for how in (Plan.nothing(), plan)
    ]
    return Comparison(unchecked=changes[0], planned=changes[1], confidence=confidence)


def _success(profile: Profile, assurances: dict[str, Assurance], seed: int) -> Figure:
    drawn = sampled(profile.steps, _DRAWS, seed=seed)
    loss, draws = 0.0, np.ones(_DRAWS)
    for name, step in expected(profile, drawn).steps.items():
        person = step.person or profile.person
        one = option(step, assurances[name], person=person, tick_s=_COARSE_S)
        loss += one.loss
        found = spread(step, one.assurance, drawn[name], person=person)
        harmless = 1.0 - found.stopped - step.criticality * found.wrong
        draws *= np.maximum(harmless, 0.0) ** step.visits
    return Figure(math.exp(-loss), draws)


def _known(profile: Profile, name: str, plan: Plan) -> Assurance:
    """How a plan treats a step, without the verifiers and people its profile has not."""
    step, how = profile.steps[name], plan.of(name)
    if step.person is None and profile.person is None:
        how = replace(how, human="never")
    if how.verifiers is not None:
        how = replace(how, verifiers=tuple(one for one in how.verifiers if one in step.checks))
        how = replace(how, quorum=_reachable(how))
    return how if _comparable(step, how) else replace(how, vote=False, tally=None)


def _reachable(how: Assurance) -> int | None:
    several = len(how.verifiers or ())
    return min(how.quorum, several) if how.quorum is not None and several else None


def _comparable(step: StepProfile, how: Assurance) -> bool:
    return how.tally is None and (how.vote in (None, False) or bool(step.vote))

"""The tables of a graph: what to do with every output, by the time and the money left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import TopologicalSorter

import numpy as np

from surestep.budgets.algebra.explicit import RETRIES, explicit
from surestep.budgets.algebra.law import law_of
from surestep.budgets.algebra.treated import Treated, treated
from surestep.budgets.assurance import Assurance
from surestep.budgets.plan import Plan
from surestep.budgets.planner.online.belief import MOST_VERIFIERS, levels, turns
from surestep.budgets.planner.online.judged import Judged, Worth, solve
from surestep.budgets.planner.online.lattice import Lattice, Value
from surestep.budgets.planner.online.lookup import Lookup
from surestep.budgets.profile import Profile
from surestep.budgets.profiled import StepProfile
from surestep.values import Effect

MOST_ATTEMPTS = 4
"""Attempts told apart in a table; later ones are treated like the last of them."""


@dataclass(frozen=True, eq=False)
class Course:
    """A graph under a plan, as the tables see it: each step, and the way on from it.

    Attributes:
        profile: what is known of its steps.
        plan: how they are treated where no table decides.
        usd_per_minute: what a minute of a person's time is worth.
    """

    profile: Profile
    plan: Plan
    usd_per_minute: float = 0.0
    # Tables are made of one course several times over, while a price is searched for.
    _fixed: dict[tuple[str, float], Treated] = field(default_factory=dict, repr=False)
    _judged: dict[tuple[str, float, bool], Judged | None] = field(default_factory=dict, repr=False)

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The steps, each after those it follows."""
        return tuple(TopologicalSorter(self.profile.after).static_order())

    @cached_property
    def following(self) -> Mapping[str, tuple[str, ...]]:
        """The steps that directly follow each; those that start the graph follow `""`."""
        found: dict[str, list[str]] = {step: [] for step in ("", *self.order)}
        for step in self.order:
            for before in self.profile.after[step] or ("",):
                found[before].append(step)
        return {step: tuple(names) for step, names in found.items()}

    @cached_property
    def beyond(self) -> Mapping[str, frozenset[str]]:
        """All steps that come after each, directly or not."""
        found: dict[str, frozenset[str]] = {}
        for step in (*reversed(self.order), ""):
            names = self.following[step]
            found[step] = frozenset(names).union(*(found[name] for name in names))
        return found

    @cached_property
    def way(self) -> Mapping[str, str]:
        """The next step on the longest way on from each, by mean times; the ends have none."""
        left: dict[str, float] = {}
        found: dict[str, str] = {}
        for step in (*reversed(self.order), ""):
            names = self.following[step]
            if names:
                found[step] = max(names, key=left.__getitem__)
            left[step] = max((left[name] for name in names), default=0.0)
            if step:
                left[step] += _mean_s(self.profile.steps[step])
        return found

    def beside(self, step: str) -> frozenset[str]:
        """The steps after this one that are not on the way on from it, nor after its next step."""
        if step not in self.way:
            return frozenset()
        return self.beyond[step] - {self.way[step]} - self.beyond[self.way[step]]

    def fixed(self, step: str, tick_s: float) -> Treated:
        """A step as its plan treats it."""
        if (step, tick_s) not in self._fixed:
            profile, how = self.profile.steps[step], self.plan.of(step)
            person = self.profile.person
            self._fixed[step, tick_s] = treated(profile, how, person=person, tick_s=tick_s)
        return self._fixed[step, tick_s]

    def judged(self, step: str, tick_s: float, *, overrules: bool = False) -> Judged | None:
        """A step whose outputs a table can decide on; `None` if only its plan can.

        A table decides where one output is judged at a time and nothing is done to the world.
        """
        key = step, tick_s, overrules
        if key not in self._judged:
            self._judged[key] = self._judge(step, tick_s, overrules=overrules)
        return self._judged[key]

    def _judge(self, step: str, tick_s: float, *, overrules: bool) -> Judged | None:
        profile = self.profile.steps[step]
        how = explicit(profile, self.plan.of(step))
        alone = how.samples == 1 and not how.vote and how.tally is None
        together = how.quorum is None or how.quorum == len(how.verifiers or ())
        if not alone or not together or how.human == "always" or profile.effect is not Effect.PURE:
            return None
        names = _chosen(profile, how)
        asks = how.human == "on_failure"
        person = (profile.person or self.profile.person) if asks else None
        tries = 1 + (RETRIES if how.mode == "off" else how.retries or 0)
        checks = [profile.checks[name] for name in names]
        return Judged(
            names=names,
            levels=tuple(
                levels(profile, _after(profile, failed))
                for failed in range(min(tries, MOST_ATTEMPTS))
            ),
            worker=law_of(profile.latency_s, profile.latencies_s, tick_s),
            worker_usd=profile.cost_usd,
            turns=turns(profile, names),
            checks=tuple(law_of(one.latency_s, one.latencies_s, tick_s) for one in checks),
            checks_usd=tuple(one.cost_usd for one in checks),
            speculative=how.mode == "speculative",
            criticality=profile.criticality,
            overrules=overrules,
            fix=person.fix if person else None,
            fix_usd=person.minutes * self.usd_per_minute if person else 0.0,
        )


@dataclass(frozen=True, slots=True)
class Tables:
    """What to do with every output of a graph.

    Attributes:
        steps: the table of each step that has one.
        start: the value of the whole run.
    """

    steps: Mapping[str, Lookup]
    start: Value


def tabled(course: Course, lattice: Lattice, worth: Worth, *, overrules: bool = False) -> Tables:
    """The tables of a graph, from its ends to its start.

    Exact on chains, but for time and probabilities being rounded to their grids. On other graphs
    time is that of the longest way on, by mean times; the steps beside it count as planned. A
    step visited several times counts as visited once.

    Args:
        course: the graph under its plan.
        lattice: the time and money that are told apart.
        worth: what is maximised.
        overrules: whether an output may go on that a verifier has refused.
    """
    ahead: dict[str, Value] = {}
    steps: dict[str, Lookup] = {}
    for step in reversed(course.order):
        value = _ahead(course, step, ahead, lattice)
        found = course.judged(step, lattice.tick_s, overrules=overrules)
        if found is None:
            ahead[step] = _as_planned(course.fixed(step, lattice.tick_s), value, lattice)
        else:
            ahead[step], rules = solve(found, value, lattice, worth)
            steps[step] = Lookup(found, rules, lattice)
    return Tables(steps, _ahead(course, "", ahead, lattice))


def _ahead(course: Course, step: str, values: Mapping[str, Value], lattice: Lattice) -> Value:
    value = values[course.way[step]] if step in course.way else lattice.done
    for name in course.beside(step):
        found = course.fixed(name, lattice.tick_s)
        share = found.right / (found.right + found.wrong or 1.0)
        value = value * _each(share, 1.0, 1.0)
        value[:2] *= 1 - found.stopped
        value[2] += found.cost_usd
    return value


def _each(*factors: float) -> Value:
    return np.array(factors, np.float32)[:, None, None]


def _as_planned(found: Treated, ahead: Value, lattice: Lattice) -> Value:
    # A criticality below 1 is not charged here: few planned draws have one, and it errs safely.
    value = (
        ahead * np.array([found.right, found.right + found.wrong, 1 - found.stopped])[:, None, None]
    )
    return lattice.paying(value @ lattice.passing(found.advance), found.cost_usd)


def _chosen(profile: StepProfile, how: Assurance) -> tuple[str, ...]:
    """The verifiers a table knows: those planned, then those that tell most."""
    planned = how.verifiers or ()
    others = sorted(
        set(profile.checks) - set(planned),
        key=lambda name: profile.checks[name].accept_bad - profile.checks[name].accept_ok,
    )
    return (*planned, *others)[:MOST_VERIFIERS]


def _after(profile: StepProfile, failed: int) -> float:
    """P(right) of an attempt after so many that were refused, taken to have been wrong."""
    if failed and profile.retry_success is not None:
        return profile.retry_success
    # The mean of a beta-binomial after so many failures; total is the sum of its parameters.
    total = 1 / profile.spread - 1 if profile.spread else float("inf")
    return profile.success / (1 + failed / total) if total else profile.success * (not failed)


def _mean_s(profile: StepProfile) -> float:
    return float(np.mean(profile.latencies_s)) if profile.latencies_s else profile.latency_s

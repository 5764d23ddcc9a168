"""The treatments of one step that are worth choosing among, with what each comes to."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from surestep.budgets.algebra.treated import Treated, treated
from surestep.budgets.assurance import Assurance
from surestep.budgets.planner import candidates
from surestep.budgets.planner.selection.table import Floats
from surestep.budgets.planner.visits import visited
from surestep.budgets.profiled import PersonProfile, StepProfile
from surestep.errors import PlanError


@dataclass(frozen=True, slots=True, eq=False)
class Option:
    """One treatment of a step, and what it comes to over all visits of a run.

    Attributes:
        assurance: the treatment, with nothing left to the step.
        treated: its rates for one visit, its times and amounts for all.
        loss: -ln P(the step does not spoil the run): it neither stops, nor is wrong where that
            matters. Expected visits are charged in full each, which is on the safe side (Jensen).
        cost_usd: mean price of a run, in US dollars.
        human_minutes: mean minutes of people's time per run.
    """

    assurance: Assurance
    treated: Treated
    loss: float
    cost_usd: float
    human_minutes: float


def options(
    name: str,
    step: StepProfile,
    *,
    person: PersonProfile | None,
    tick_s: float,
    forced: Mapping[str, object] | None = None,
) -> tuple[Option, ...]:
    """The treatments no other one beats in everything that can count, the barest first.

    Args:
        name: the step's path, for errors.
        step: what is known of it.
        person: who is asked about it, if anybody.
        tick_s: the tick of all laws, in seconds.
        forced: keys of its assurance that are given.

    Raises:
        PlanError: for a forced key or value that does not fit; it names the step.
    """
    if forced is None:
        return _free(step, person, tick_s)
    return _undominated(_served(step, _forced(name, step, person, forced), person, tick_s))


def option(
    step: StepProfile, assurance: Assurance, *, person: PersonProfile | None, tick_s: float
) -> Option:
    """What one treatment of a step comes to.

    Raises:
        PlanError: if the step cannot be treated like that.
    """
    it = visited(treated(step, assurance, person=person, tick_s=tick_s), step.visits)
    harmless = it.right + (1.0 - step.criticality) * it.wrong
    loss = -step.visits * math.log(max(1e-300, harmless))
    return Option(assurance, it, loss, it.cost_usd, it.human_minutes)


@lru_cache(maxsize=512)
def _free(step: StepProfile, person: PersonProfile | None, tick_s: float) -> tuple[Option, ...]:
    """The same step is often met again: across a graph, and from plan to plan."""
    waiting = _served(step, candidates.serial(step, person=person is not None), person, tick_s)
    best = _undominated(waiting)
    return _undominated([*best, *_served(step, _going_on(step, best), person, tick_s)])


def _going_on(step: StepProfile, best: Sequence[Option]) -> list[Assurance]:
    quick = [candidates.speculative(step, one.assurance) for one in best]
    return [one for one in quick if one is not None]


def _forced(
    name: str, step: StepProfile, person: PersonProfile | None, keys: Mapping[str, object]
) -> list[Assurance]:
    """All candidates with the given keys set, each once."""
    given = Assurance().changed(name, keys)
    if given.mode == "off" and "mode" in keys:
        return [candidates.NOTHING.changed(name, keys)]
    waiting = list(candidates.serial(step, person=person is not None))
    quick = [it for one in waiting if (it := candidates.speculative(step, one)) is not None]
    found: list[Assurance] = []
    for one in (*waiting, *quick):
        changed = _changed(one, name, keys)
        if changed is not None and changed not in found:
            found.append(changed)
    return found or [given]


def _changed(one: Assurance, name: str, keys: Mapping[str, object]) -> Assurance | None:
    try:
        return one.changed(name, keys)
    except PlanError:
        # The keys fit by themselves; with this candidate's, such as samples by a vote, they do not.
        return None


def _served(
    step: StepProfile,
    assurances: Iterable[Assurance],
    person: PersonProfile | None,
    tick_s: float,
) -> list[Option]:
    return [option(step, one, person=person, tick_s=tick_s) for one in assurances]


def late(one: Option, size: int) -> Floats:
    """P(time > i ticks), by i up to `size`, of both of its times one after the other."""
    both = np.zeros((2, size))
    for row, law in zip(both, (one.treated.advance, one.treated.settled), strict=True):
        row[: law.pmf.size] = 1.0 - np.cumsum(law.pmf)
    return both.ravel()


def _undominated(found: Sequence[Option]) -> tuple[Option, ...]:
    """Those that no other one beats in loss, cost, minutes and every quantile of both times."""
    ranked = sorted(found, key=lambda one: (one.loss, one.cost_usd, one.human_minutes))
    size = max(one.treated.settled.pmf.size for one in ranked)
    kept: list[Option] = []
    rows: list[Floats] = []
    for one in ranked:
        row = np.array([one.loss, one.cost_usd, one.human_minutes, *late(one, size)])
        if not rows or not np.any(np.all(np.array(rows) <= row + 1e-12, axis=1)):
            kept.append(one)
            rows.append(row)
    return tuple(sorted(kept, key=lambda one: (one.cost_usd, one.loss)))

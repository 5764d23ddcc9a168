"""From recorded runs to what is known of each step."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from surestep.budgets import checked
from surestep.budgets.fitting import hierarchy, people, records, steps, together, truth, verifiers
from surestep.budgets.fitting.difficulty import UNKNOWN_SPREAD
from surestep.budgets.fitting.recorded import Run
from surestep.budgets.fitting.records import Records
from surestep.budgets.fitting.shaped import Shaped
from surestep.budgets.fitting.table import Table
from surestep.budgets.profiled import PersonProfile, StepProfile
from surestep.errors import PlanError

SECONDS_PER_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Fitted:
    """What records say: each step, which follows which, who is asked, and what to bear in mind."""

    steps: Mapping[str, StepProfile]
    after: Mapping[str, Collection[str]] | None
    person: PersonProfile | None
    notes: tuple[str, ...]


def fit(
    given: Records,
    graph: Shaped | Mapping[str, Collection[str]] | None,
    *,
    after: Mapping[str, Collection[str]] | None,
    families: Mapping[str, str] | None,
    half_life_runs: float | None,
    half_life_days: float | None,
) -> Fitted:
    """What recorded runs say of the steps of a graph; `Profile.fit` says what is what.

    Raises:
        PlanError: for a record that does not fit, no attempts at all, or a half-life that is not
            positive or cannot be applied.
    """
    runs = records.read(given)
    table = Table.of(runs, _weights(runs, half_life_runs, half_life_days))
    if not table.attempts:
        raise PlanError("The records hold no step.", remedy="Give runs with steps in them.")
    believed = truth.inferred(table)
    # The truth comes first: success and verifiers both are counted against it.
    checks, check_notes = verifiers.fit(table, believed, families or {})
    fitted: dict[str, StepProfile] = {}
    notes = [*believed.notes]
    for step in table.steps:
        places = table.places(step)
        profile, said = steps.fit(table.only(places), believed.only(places), step)
        own = {name: check for (path, name), check in checks.items() if path == step}
        fitted[step] = replace(profile, checks=own)
        notes += said
    notes += [*check_notes, *together.notes(table, believed)]
    shape = graph.shape() if isinstance(graph, Shaped) else graph
    effects = graph.effects() if isinstance(graph, Shaped) else {}
    # A stated shape may leave out steps that only some records have; they start the graph.
    following = after if after is not None else shape
    named = _completed(fitted, following, notes)
    return Fitted(
        {step: replace(it, effect=effects.get(step, it.effect)) for step, it in named.items()},
        following,
        people.fit(table),
        tuple(notes),
    )


def _weights(
    runs: Sequence[Run], half_life_runs: float | None, half_life_days: float | None
) -> list[float]:
    """How much each run counts: half for each half-life it is older than the last."""
    if half_life_runs is not None and half_life_days is not None:
        raise PlanError(
            f"half_life_runs is {half_life_runs} and half_life_days is {half_life_days}.",
            remedy="Give one of them.",
        )
    if half_life_runs is not None:
        half = checked.positive("half_life_runs", half_life_runs, unit="runs")
        return [0.5 ** ((len(runs) - 1 - place) / half) for place in range(len(runs))]
    if half_life_days is None:
        return [1.0] * len(runs)
    half = checked.positive("half_life_days", half_life_days, unit="days") * SECONDS_PER_DAY
    ended: list[float] = []
    for run in runs:
        if run.ended_at is None:
            raise PlanError(
                f"Run {run.run_id!r} has no ended_at, so its age is unknown.",
                remedy="Give ended_at in seconds since the epoch, or half_life_runs instead.",
            )
        ended.append(run.ended_at)
    # Age is counted from the records and not from now: the same file gives the same profile.
    newest = max(ended, default=0.0)
    return [0.5 ** ((newest - at) / half) for at in ended]


def _completed(
    fitted: dict[str, StepProfile],
    after: Mapping[str, Collection[str]] | None,
    notes: list[str],
) -> dict[str, StepProfile]:
    """The steps, those without evidence given what is usual for the others."""
    before = [name for names in (after or {}).values() for name in names]
    # A predecessor nobody lists as a step of its own is one all the same.
    every = dict.fromkeys([*(after or {}), *before, *fitted])
    seen = [it for it in fitted.values() if it.trials]
    hits = sum(it.success * it.trials for it in seen)
    success, worth = hierarchy.expected(hits, sum(it.trials for it in seen))
    completed = {}
    for step in every:
        it = fitted.get(step, StepProfile(success=success))
        if not it.trials:
            it = replace(
                it,
                success=success,
                trials=worth,
                spread=UNKNOWN_SPREAD,
                spread_trials=worth,
            )
            notes.append(
                f"{step}: no output of it was ever judged, so its success, {success:.2f}, is "
                f"pooled over the other steps and counts for {worth:g} trials."
            )
        completed[step] = it
    return completed

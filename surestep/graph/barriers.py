"""Where a run waits for verdicts before its end, and why: what cannot be undone waits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from langgraph.channels.delta import DeltaChannel

from surestep.budgets.plan import Plan
from surestep.graph.definition import Definition
from surestep.nodes.spec import StepSpec
from surestep.nodes.treatment import Treatment, treatment
from surestep.values import Effect

Place = Literal["before", "after"]

IRREVERSIBLE = "its effect cannot be undone"
PRIVATE = "it is declared speculate=False"
UNJOURNALED = "without a database a crash would forget what there is to undo"
NESTED = "effects in a nested graph are not undone from the graph around it"
SEVERAL = "one attempt may have several effects under one key"
CACHED = "its node is cached, and a cache outlives what is taken back"
ASKS = "it asks a person, and without a database the answer cannot come by while the run goes on"
ASKS_NESTED = "it asks a person from a nested graph"
DELTA = "the graph holds a DeltaChannel, which cannot be put back"
STOPS = "the graph interrupts before or after nodes, whatever is unsettled then"


@dataclass(frozen=True, slots=True)
class Barrier:
    """One place where a run waits.

    Attributes:
        step: the step's path.
        place: `before` waits for all verdicts before the step starts; `after` for the step's
            own before the run goes on, though its plan is speculative.
        reason: why.
    """

    step: str
    place: Place
    reason: str

    def __str__(self) -> str:
        wait = "starts once all verdicts are in" if self.place == "before" else "is waited for"
        return f"{self.step} {wait}: {self.reason}"


def barriers(
    definition: Definition, plan: Plan, *, database: bool, interrupts: bool = False
) -> tuple[Barrier, ...]:
    """Where runs of a graph wait earlier than at their end, under a plan.

    What only a run shows is not told: a worker woken by an answer to its own `interrupt()`
    is waited for, and so are visits of a `Send` fan-out that may ask a person.

    Args:
        definition: the graph.
        plan: how its steps are treated.
        database: whether there is one.
        interrupts: whether LangGraph is told to interrupt before or after nodes.
    """
    speculates = any(plan.of(path).mode == "speculative" for path in definition.specs)
    whole = _whole(definition, interrupts=interrupts)
    found = []
    for path, spec in definition.specs.items():
        how = treatment(spec, plan.of(path))
        where = _Where(nested="/" in path, cached=_cached(definition, path), database=database)
        starts = [*_before(spec, how, where)]
        if starts and (speculates or spec.effect is Effect.IRREVERSIBLE):
            found.append(Barrier(path, "before", starts[0]))
        wished = plan.of(path).mode == "speculative" and plan.of(path).speculate is not False
        if wished and (how.checked or how.asks_anyway):
            why = [*whole, *(one for one in starts if one != PRIVATE), *_after(how, where)]
            found += [Barrier(path, "after", reason) for reason in why[:1]]
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Where:
    """What a step stands in."""

    nested: bool
    cached: bool
    database: bool


def _before(spec: StepSpec, how: Treatment, where: _Where) -> Iterator[str]:
    """Why a step starts on nothing unsettled, the weightiest reason first."""
    if spec.effect is Effect.IRREVERSIBLE:
        yield IRREVERSIBLE
    elif spec.effect is Effect.REVERSIBLE:
        if where.nested:
            yield NESTED
        if where.cached:
            yield CACHED
        if how.several or how.hedge_after_s is not None:
            yield SEVERAL
        if not where.database:
            yield UNJOURNALED
    if not spec.speculate:
        yield PRIVATE


def _after(how: Treatment, where: _Where) -> Iterator[str]:
    """Why the verdicts of a step are waited for, though it may start at any time."""
    if where.cached:
        yield CACHED
    if how.asks_anyway and where.nested:
        yield ASKS_NESTED
    if how.asks_anyway and not where.database:
        yield ASKS


def _whole(definition: Definition, *, interrupts: bool) -> list[str]:
    """Why nothing in the graph can be put back."""
    inside = [definition, *definition.nested.values()]
    channels = [channel for one in inside for channel in one.graph.channels.values()]
    delta = any(isinstance(channel, DeltaChannel) for channel in channels)
    return [DELTA] * delta + [STOPS] * interrupts


def _cached(definition: Definition, path: str) -> bool:
    node, _, inner = path.partition("/")
    if inner and node in definition.nested:
        return _cached(definition.nested[node], inner)
    found = definition.graph.nodes.get(path)
    return found is not None and found.cache_policy is not None

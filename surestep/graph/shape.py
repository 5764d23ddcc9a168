"""Which steps of a graph come after which, as a profile wants to know it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from copy import copy

from langgraph.constants import END, START
from langgraph.graph import StateGraph

from surestep.graph.definition import Definition
from surestep.values import Effect

Edge = tuple[str, str]


def shape_of(definition: Definition) -> dict[str, tuple[str, ...]]:
    """The steps each step directly follows, by path; plain nodes between them are passed over.

    Every branch of a conditional edge counts as a way on. The way back of a loop is left out:
    expected visits stand for it.
    """
    onward: dict[str, list[str]] = defaultdict(list)
    for here, there in _edges(definition, ""):
        onward[here].append(there)
    back: dict[str, list[str]] = defaultdict(list)
    for here, there in _forward(onward):
        back[there].append(here)
    steps = definition.specs
    return {step: tuple(_nearest(step, back, steps)) for step in steps}


def effects_of(definition: Definition) -> dict[str, Effect]:
    """What each step does to the world, by path."""
    return {path: spec.effect for path, spec in definition.specs.items()}


def _edges(definition: Definition, prefix: str) -> Iterator[Edge]:
    """All edges; a nested graph stands between its own start and end."""
    nested = definition.nested
    for edge in StateGraph.compile(copy(definition.graph)).get_graph().edges:
        here, there = edge.source, edge.target
        yield (
            prefix + (f"{here}/{END}" if here in nested else here),
            prefix + (f"{there}/{START}" if there in nested else there),
        )
    for node, inner in nested.items():
        yield from _edges(inner, f"{prefix}{node}/")


def _forward(onward: Mapping[str, list[str]]) -> list[Edge]:
    """The edges that do not lead back to where they were reached from."""
    found: list[Edge] = []
    done: set[str] = set()
    path: dict[str, Iterator[str]] = {START: iter(onward.get(START, ()))}
    while path:
        here = next(reversed(path))
        there = next(path[here], None)
        if there is None:
            path.popitem()
            done.add(here)
        elif there not in path:
            found.append((here, there))
            if there not in done:
                path[there] = iter(onward.get(there, ()))
    return found


def _nearest(step: str, back: Mapping[str, list[str]], steps: Mapping[str, object]) -> list[str]:
    """The steps a step is reached from without another in between."""
    found: dict[str, None] = {}
    seen: set[str] = set()
    waiting = list(back.get(step, ()))
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        if node in steps:
            found[node] = None
        else:
            waiting += back.get(node, ())
    return [name for name in steps if name in found]

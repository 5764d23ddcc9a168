"""The machine time of any graph, by sampling the lineages of its accepted outputs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from surestep.budgets.algebra.law import Floats, Law
from surestep.budgets.algebra.treated import Treated


def sampled(
    steps: Mapping[str, Treated],
    before: Mapping[str, Collection[str]],
    order: Sequence[str],
    barriers: frozenset[str],
    *,
    draws: int,
    seed: int,
) -> Law:
    """The machine time of a graph in so many runs; see `makespan` for what is drawn."""
    none = np.zeros(draws)
    ready: dict[str, Floats] = {}
    settled: dict[str, Floats] = {}
    for place, name in enumerate(order):
        # One generator per step keeps its numbers when another step is treated differently.
        chances = np.random.default_rng((seed, place)).random((3, draws))
        advance, confirm = times(steps[name], chances)
        # Of all ancestors: a step's `settled` counts everything before it.
        known = _latest([settled[early] for early in before[name]], none)
        start = (
            known if name in barriers else _latest([ready[early] for early in before[name]], none)
        )
        ready[name] = start + advance
        settled[name] = np.maximum(known, ready[name] + confirm)
    ticks = _latest(list(settled.values()), none).astype(np.intp)
    return Law.weighted(np.bincount(ticks), next(iter(steps.values())).advance.tick_s)


def times(one: Treated, chances: Floats) -> tuple[Floats, Floats]:
    """Ticks of `advance` and of `confirm` drawn together.

    Args:
        one: the step, as treated.
        chances: three rows of uniform random numbers; the first decides `advance` alone, so
            that like numbers give like times under any treatment.
    """
    advance = _drawn(one.advance, chances[0])
    confirm = np.zeros_like(chances[0])
    if one.confirm.longest == 0:
        return advance.astype(np.float64), confirm
    # Which branch it is, given `advance`, by Bayes.
    weights = np.zeros((len(one.branches), one.advance.pmf.size))
    for row, branch in zip(weights, one.branches, strict=True):
        row[: branch.advance.pmf.size] = branch.share * branch.advance.pmf[: row.size]
    below = np.cumsum(weights, axis=0)[:, advance]
    which = (chances[1] * below[-1] >= below[:-1]).sum(axis=0)
    for place, branch in enumerate(one.branches):
        here = which == place
        confirm[here] = _drawn(branch.confirm, chances[2][here])
    return advance.astype(np.float64), confirm


def _drawn(law: Law, chances: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.intp]]:
    places = np.searchsorted(np.cumsum(law.pmf), chances, side="right")
    return np.minimum(places, law.longest)


def _latest(times: Sequence[Floats], none: Floats) -> Floats:
    latest: Floats = np.maximum.reduce(times) if times else none
    return latest

"""The machine time of series-parallel graphs."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

from surestep.budgets.algebra.law import Law, slowest_of, total
from surestep.budgets.algebra.treated import Treated

END = ""
"""Follows every step that nothing else does; no step has this name."""


def reduced(
    steps: Mapping[str, Treated],
    before: Mapping[str, Collection[str]],
    order: Sequence[str],
    barriers: frozenset[str],
) -> Law | None:
    """The machine time of a graph, exactly; `None` if this way does not lead there.

    Steps between the same neighbours become their maximum, and neighbours in a row their sum,
    until one is left: Valdes, Tarjan and Lawler, The recognition of series parallel digraphs,
    SIAM J. Comput. 11 (1982). A step's time is its `advance`, or `settled` where only a barrier
    or the end follows; other verdicts must surely be in before anything waits for them.

    Args:
        steps: the steps, as treated.
        before: the steps that each directly follows.
        order: the steps, each after those.
        barriers: steps that start only when everything before them is settled.
    """
    following = _following(before)
    waited = {name for name in steps if following[name] <= {END, *barriers}}
    laws = {name: one.settled if name in waited else one.advance for name, one in steps.items()}
    least = {name: law.shortest for name, law in laws.items()}
    for target in (END, *barriers):
        lags = _lags(least, following, order, barriers, target)
        if any(steps[name].confirm.longest > lags[name] for name in lags.keys() - waited):
            return None
    return _one(laws, {name: set(names) for name, names in before.items()})


def _following(before: Mapping[str, Collection[str]]) -> dict[str, set[str]]:
    following: dict[str, set[str]] = {name: set() for name in before}
    for name, names in before.items():
        for early in names:
            following[early].add(name)
    return {name: names or {END} for name, names in following.items()}


def _lags(
    least: Mapping[str, int],
    following: Mapping[str, set[str]],
    order: Sequence[str],
    barriers: Collection[str],
    target: str,
) -> dict[str, float]:
    """How long, at least, `target` starts after each step before it has gone on, in ticks."""
    lags: dict[str, float] = {target: 0.0}
    for name in reversed(order):
        known = following[name] & lags.keys()
        if name != target and known:
            lags[name] = max(
                0.0
                if late == target
                else math.inf  # a barrier in between has waited for it already
                if late in barriers
                else lags[late] + least[late]
                for late in known
            )
    del lags[target]
    return lags


def _one(laws: Mapping[str, Law], before: dict[str, set[str]]) -> Law | None:
    """The law of the whole graph, if it can be reduced to one step."""
    # Sums are left open until a maximum asks for them, and then made at once.
    parts = {name: [law] for name, law in laws.items()}
    while len(parts) > 1:
        if not (_in_parallel(parts, before) or _in_series(parts, before)):
            return None
    (rest,) = parts.values()
    return total(rest)


def _in_parallel(parts: dict[str, list[Law]], before: dict[str, set[str]]) -> bool:
    following = _following(before)
    alike: dict[tuple[frozenset[str], frozenset[str]], list[str]] = {}
    for name in parts:
        alike.setdefault((frozenset(before[name]), frozenset(following[name])), []).append(name)
    for kept, *others in alike.values():
        if others:
            parts[kept] = [slowest_of([total(parts[name]) for name in (kept, *others)])]
        for gone in others:
            del parts[gone], before[gone]
            for names in before.values():
                names.discard(gone)
    return len(parts) < len(following)


def _in_series(parts: dict[str, list[Law]], before: dict[str, set[str]]) -> bool:
    following, joined = _following(before), False
    for name in list(parts):
        if len(before[name]) != 1:
            continue
        (early,) = before[name]
        if following[early] == {name}:
            parts[name] = parts.pop(early) + parts[name]
            before[name] = before.pop(early)
            joined = True
    return joined

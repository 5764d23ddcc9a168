"""The machine time of a whole graph of steps, from the laws of each.

Once the accepted outputs of everything before a step are there, nothing disturbs it again. So
with calls unlimited it starts at the latest `advance` before it, and the run ends when the last
output is settled: T_i = max over predecessors T + advance_i, V_i = T_i + confirm_i. A step
behind a barrier starts at the latest V of its ancestors, and so does the end.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from graphlib import TopologicalSorter
from itertools import pairwise

from surestep.budgets.algebra.law import Law
from surestep.budgets.algebra.lineages import sampled
from surestep.budgets.algebra.parallel import reduced
from surestep.budgets.algebra.segments import chain
from surestep.budgets.algebra.treated import Treated

DRAWS = 4096


def makespan(
    steps: Mapping[str, Treated],
    after: Mapping[str, Collection[str]],
    *,
    barriers: Collection[str] = (),
    draws: int = DRAWS,
    seed: int = 0,
) -> Law:
    """The machine time of a run.

    It is exact for chains, and for series-parallel graphs in which nothing but the end or a
    barrier can wait for a verdict; other graphs are sampled.

    Args:
        steps: the steps, as treated.
        after: the steps that each directly follows; a step that is no key starts the graph.
        barriers: steps that start only when everything before them is settled.
        draws: runs to sample; a probability p then has the standard error
            sqrt(p(1 - p) / draws).
        seed: of the sampling; a step keeps its random numbers whatever its treatment.
    """
    before = {name: tuple(after.get(name, ())) for name in steps}
    order = tuple(TopologicalSorter(before).static_order())
    # In a chain every step follows the one before it in the only possible order.
    if all(set(before[late]) == {early} for early, late in pairwise(order)):
        places = [place for place, name in enumerate(order) if name in barriers]
        return chain([steps[name] for name in order], barriers=places)
    exact = reduced(steps, before, order, frozenset(barriers))
    if exact is not None:
        return exact
    return sampled(steps, before, order, frozenset(barriers), draws=draws, seed=seed)

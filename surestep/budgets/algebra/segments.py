"""The machine time of steps one after another."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise

from surestep.budgets.algebra.law import Law, slowest_of, total
from surestep.budgets.algebra.treated import Treated


def chain(steps: Sequence[Treated], *, barriers: Collection[int] = ()) -> Law:
    """The machine time of a chain, exactly.

    Args:
        steps: the steps, as treated, in order.
        barriers: places of steps that start only when everything before them is settled.
    """
    cuts = sorted({0, len(steps), *barriers})
    laws = [part for start, end in pairwise(cuts) for part in _segment(steps[start:end])]
    return total(laws)


def _segment(steps: Sequence[Treated]) -> list[Law]:
    """Independent parts of the time of a chain without barriers.

    From step i on it takes Y_i = advance_i + max(confirm_i, Y_{i+1}). Where what follows surely
    takes longer than any verdict before it, the rest is a sum.
    """
    # Nothing follows the last step, so its own law, dependence and all, is what counts.
    law, rest = steps[-1].settled, list(steps[:-1])
    while rest and max(one.confirm.longest for one in rest) > law.shortest:
        last = rest.pop()
        law = Law.mixed(
            [
                (branch.share, total([branch.advance, slowest_of([branch.confirm, law])]))
                for branch in last.branches
            ]
        )
    return [*(one.advance for one in rest), law]

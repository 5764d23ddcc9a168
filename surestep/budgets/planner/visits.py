"""A step over all its visits in a run."""

from __future__ import annotations

import math
from dataclasses import replace

from surestep.budgets.algebra.law import Law, nothing
from surestep.budgets.algebra.treated import Branch, Treated


def visited(it: Treated, visits: float) -> Treated:
    """A step that is visited `visits` times on average, with the times and amounts of all visits.

    A whole number of visits and perhaps one more follow each other; only the last may be settled
    beside what comes after. Rates stay those of one visit.
    """
    if visits == 1.0:
        return it
    most = math.floor(visits)
    ways = ((most, most + 1 - visits), (most + 1, visits - most))
    branches = tuple(
        branch for count, share in ways if share > 0.0 for branch in _times(it, count, share)
    )
    return replace(
        it,
        asked=min(1.0, it.asked * visits),
        cost_usd=it.cost_usd * visits,
        human_minutes=it.human_minutes * visits,
        person_wait_s=it.person_wait_s * visits,
        worker_calls=it.worker_calls * visits,
        check_calls=it.check_calls * visits,
        rejected=it.rejected * visits,
        advance=Law.mixed([(one.share, one.advance) for one in branches]),
        confirm=Law.mixed([(one.share, one.confirm) for one in branches]),
        settled=Law.mixed([(one.share, one.advance.then(one.confirm)) for one in branches]),
        branches=branches,
    )


def _times(it: Treated, count: int, share: float) -> tuple[Branch, ...]:
    none = nothing(it.advance.tick_s)
    if count == 0:
        return (Branch(share, none, none),)
    before = it.settled.power(count - 1)
    return tuple(
        Branch(share * one.share, before.then(one.advance), one.confirm) for one in it.branches
    )

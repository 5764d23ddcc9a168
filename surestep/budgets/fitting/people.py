"""What people who were asked do: how often they are right, and how long it takes."""

from __future__ import annotations

import numpy as np

from surestep.budgets.fitting import amounts, hierarchy
from surestep.budgets.fitting.hierarchy import Floats
from surestep.budgets.fitting.recorded import Asked
from surestep.budgets.fitting.table import Table
from surestep.budgets.profiled import PersonProfile


def fit(table: Table) -> PersonProfile | None:
    """Who was asked in the recorded runs; `None` if nobody was.

    Rates come from outputs that have a label of their own next to the person's decision; without
    any, a person is taken to be always right, as a stated one is.
    """
    asked = [(one.human, one.ok, w) for one, w in zip(table.attempts, table.weight, strict=True)]
    decided = [(human, ok, float(w)) for human, ok, w in asked if human is not None]
    # A person made up here would let plans rely on somebody who does not exist.
    if not decided:
        return None
    weights = np.array([w for _, _, w in decided])
    return PersonProfile(
        minutes=amounts.mean(_column([human.minutes for human, _, _ in decided]), weights),
        wait_s=amounts.mean(_column([human.wait_s for human, _, _ in decided]), weights),
        accept_ok=_accepted(decided, right=True, unknown=1.0),
        accept_bad=_accepted(decided, right=False, unknown=0.0),
    )


def _column(values: list[float | None]) -> Floats:
    return np.array([amounts.number(value) for value in values])


def _accepted(
    decided: list[tuple[Asked, bool | None, float]], *, right: bool, unknown: float
) -> float:
    judged = [(it.approved, w) for it, ok, w in decided if ok is right and it.approved is not None]
    # Decisions cannot be held against labels that were taken from those decisions.
    if not judged:
        return unknown
    return hierarchy.expected(sum(w for yes, w in judged if yes), sum(w for _, w in judged))[0]

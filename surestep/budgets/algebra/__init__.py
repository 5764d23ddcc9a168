"""What an assurance of a step comes to, exactly: reliability, times, money, people's minutes."""

from __future__ import annotations

from surestep.budgets.algebra.classes import Class, difficulties
from surestep.budgets.algebra.law import Law
from surestep.budgets.algebra.maker import kmin, kmin_of, vote_failure, vote_limit
from surestep.budgets.algebra.makespan import makespan
from surestep.budgets.algebra.segments import chain
from surestep.budgets.algebra.treated import Branch, Treated, treated

__all__ = [
    "Branch",
    "Class",
    "Law",
    "Treated",
    "chain",
    "difficulties",
    "kmin",
    "kmin_of",
    "makespan",
    "treated",
    "vote_failure",
    "vote_limit",
]

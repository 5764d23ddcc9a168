"""What a planner is asked while a run goes, and what it may answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from surestep.budgets.assurance import Assurance
from surestep.budgets.limits import SLO
from surestep.values import RunRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A run just before one of its steps starts.

    Attributes:
        step: path of the step about to start.
        assurance: how the plan would treat it.
        slo: what the run must meet.
        record: the run so far, what it has spent included.
    """

    step: str
    assurance: Assurance
    slo: SLO
    record: RunRecord


Planner: TypeAlias = Callable[[Moment], Assurance | None]
"""Decides how to treat the step about to start; `None` leaves it to the plan.

It must be quick and pure: it is called before every step, on the event loop.
"""

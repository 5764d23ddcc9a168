"""What a search for the best selection found, and why it ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from surestep.budgets.planner.selection.table import Choices


class Stop(StrEnum):
    """Why a search ended."""

    PROVED = "proved"
    """The gap asked for is proved."""
    INFEASIBLE = "infeasible"
    """It is proved that no selection keeps all limits."""
    LIMIT = "limit"
    """Its allowance ran out; the gap it names is proved all the same."""


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """What a search found.

    Attributes:
        options: the option of each step; `None` if no selection is known that keeps the limits.
        value: its objective; infinite if there is none.
        bound: no selection that keeps the limits has a lower objective.
        stop: why the search ended.
        solved: how many relaxed problems that took.
    """

    options: Choices | None
    value: float
    bound: float
    stop: Stop
    solved: int = 0

    @property
    def gap(self) -> float:
        """How far from optimal the selection can be, as a share of its own value."""
        if self.options is None:
            return np.inf
        distance = max(0.0, self.value - self.bound)
        return distance / abs(self.value) if distance > 1e-12 else 0.0

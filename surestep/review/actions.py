"""Actions that were taken, some of them reviewed, as arrays; loads numpy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from surestep.budgets import checked
from surestep.budgets.fitting.hierarchy import Floats
from surestep.budgets.fitting.table import Flags, Ints
from surestep.errors import PlanError


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One action nobody was asked about.

    Attributes:
        confidence: the calibrated probability that it was right.
        chance: the probability with which it was to be reviewed, as stored with it.
        wrong: what the review said; `None` if it was not reviewed.
        run: the run it belongs to; actions of one run may be wrong together. By default it is
            alone.

    Raises:
        PlanError: for a confidence outside [0, 1], or a chance outside (0, 1].
    """

    confidence: float
    chance: float
    wrong: bool | None = None
    run: str | None = None

    def __post_init__(self) -> None:
        checked.rates(self, "confidence", "chance")
        if self.chance == 0.0:
            raise PlanError(
                "chance is 0.0: such an action could never be reviewed.",
                remedy="Draw with a floor, as Design does.",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Actions:
    """All actions that were to be sampled from, the reviewed and the others.

    Attributes:
        error: 1 - the confidence of each.
        chance: the probability with which each was to be reviewed.
        reviewed: whether it was.
        wrong: 1.0 for what the review found wrong, else 0.0.
        run: the number of its run, counted from 0.
    """

    error: Floats
    chance: Floats
    reviewed: Flags
    wrong: Floats
    run: Ints

    @classmethod
    def of(cls, actions: Sequence[Action]) -> Actions:
        """The actions as arrays.

        Raises:
            PlanError: if there are none, or none was reviewed.
        """
        reviewed = np.array([one.wrong is not None for one in actions], dtype=bool)
        if not reviewed.any():
            raise PlanError(
                f"None of {len(actions)} actions was reviewed.",
                remedy="Review those that were drawn first.",
            )
        # Places and names of runs cannot be mistaken for each other: one is a number.
        names = [place if one.run is None else one.run for place, one in enumerate(actions)]
        numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
        return cls(
            error=np.array([1.0 - one.confidence for one in actions]),
            chance=np.array([one.chance for one in actions]),
            reviewed=reviewed,
            wrong=np.array([float(one.wrong or False) for one in actions]),
            run=np.array([numbers[name] for name in names]),
        )

    def __len__(self) -> int:
        """How many there are."""
        return len(self.error)

"""Actions whose truth is known, some drawn for review."""

from __future__ import annotations

import numpy as np

from surestep.budgets.fitting.hierarchy import Floats
from surestep.review.actions import Actions
from surestep.review.sampling import Design


def doubts(count: int, *, middle: float = -5.593, seed: int = 0) -> Floats:
    """Error probabilities with log-odds from N(middle, 2²); by default 2 % of actions are wrong."""
    random = np.random.default_rng(seed)
    return np.asarray(1.0 / (1.0 + np.exp(-middle - 2.0 * random.standard_normal(count))))


def design(error: Floats, budget: float) -> tuple[Design, Floats]:
    """The design for these actions, and the chance of each."""
    found = Design.of({str(n): 1.0 - e for n, e in enumerate(error)}, budget=budget)
    return found, np.array([found.chance(1.0 - e) for e in error])


def drawn(
    error: Floats, chance: Floats, random: np.random.Generator, *, truth: Floats | None = None
) -> tuple[Actions, float]:
    """Actions of which some are reviewed, and the share that is wrong of all of them."""
    wrong = (random.random(len(error)) < (error if truth is None else truth)).astype(float)
    reviewed = random.random(len(error)) < chance
    actions = Actions(
        error=error,
        chance=chance,
        reviewed=reviewed,
        wrong=wrong * reviewed,
        run=np.arange(len(error)),
    )
    return actions, float(wrong.mean())

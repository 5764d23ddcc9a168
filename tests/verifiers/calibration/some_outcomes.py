"""Outcomes with a known relation of score and truth."""

from __future__ import annotations

import numpy as np

from surestep.verifiers.calibration import Labelled

FLAT = tuple(Labelled(0.5, place % 5 > 0) for place in range(100))
"""A worker that is always equally sure, and right 4 times of 5."""


def overconfident(count: int, *, seed: int = 0, digits: int = 2) -> list[Labelled]:
    """A worker whose outputs are right with the square of its confidence."""
    random = np.random.default_rng(seed)
    said = random.random(count).round(digits)
    right = random.random(count) < said**2
    return [Labelled(float(a), bool(b)) for a, b in zip(said, right, strict=True)]


def weighted(count: int, *, seed: int = 0) -> list[Labelled]:
    """The same worker, its sure outputs judged less often than the others."""
    random = np.random.default_rng(seed + 1)
    known = overconfident(4 * count, seed=seed)
    chances = [1.0 - 0.9 * one.score for one in known]
    kept = random.random(len(known)) < chances
    return [
        Labelled(one.score, one.right, chance)
        for one, chance, keep in zip(known, chances, kept, strict=True)
        if keep
    ][:count]

"""Evidence for a success rate that may be looked at after every run, and stopped at any time.

The e-process is a mean of likelihood ratios against the target; Ville's inequality keeps the
chance that it ever reaches 1 / (1 - confidence), if the target is not met, below 1 - confidence.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CLOSER = np.array([0.2, 0.4, 0.6, 0.8, 0.95, 1.0])
"""The alternatives, as shares of the way from the target to a rate of 1."""

HALVINGS = 40
LOOKS_AT_ONCE = 50_000


def log_evidence(right: Floats, wrong: Floats, target: Floats) -> Floats:
    """The logarithm of the evidence that the success rate is above `target`.

    Each alternative a multiplies it by a / target for what was right, and by
    (1 - a) / (1 - target), which is 1 minus its share of the way, for what was wrong.
    """
    gain = np.log1p(np.multiply.outer((1 - target) / target, CLOSER))
    with np.errstate(divide="ignore", invalid="ignore"):
        loss = np.where(wrong[..., None] > 0, wrong[..., None] * np.log1p(-CLOSER), 0.0)
    logs = right[..., None] * gain + loss
    highest = logs.max(axis=-1, keepdims=True)
    return np.asarray(highest[..., 0] + np.log(np.exp(logs - highest).mean(axis=-1)))


def reached(outcomes: Sequence[bool], *, target: float, confidence: float) -> int | None:
    """After how many runs the target was proven first; `None` if it has not been yet."""
    right, wrong = _counts(outcomes)
    enough = log_evidence(right, wrong, np.full(right.shape, target)) >= -np.log(1 - confidence)
    return int(np.argmax(enough)) + 1 if enough.any() else None


def proven(outcomes: Sequence[bool], *, confidence: float) -> float:
    """The highest rate that was proven after any of the runs; 0 if none was.

    The evidence falls as the target rises, so the rates proven at a time end where it has
    fallen to 1 / (1 - confidence).
    """
    right, wrong = _counts(outcomes)
    best = 0.0
    for start in range(0, len(right), LOOKS_AT_ONCE):
        part = slice(start, start + LOOKS_AT_ONCE)
        low = np.zeros(right[part].shape)
        high = np.ones_like(low)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            holds = log_evidence(right[part], wrong[part], middle) >= -np.log(1 - confidence)
            low, high = np.where(holds, middle, low), np.where(holds, high, middle)
        best = max(best, float(low.max()))
    return best


def more_looks(
    outcomes: Sequence[bool], *, target: float, truth: float, confidence: float, most: int
) -> int | None:
    """About how many further runs will prove the target, if `truth` is the success rate.

    It follows the mean course of the counts; `None` if that takes more than `most`.
    """
    right = sum(outcomes)
    wrong = len(outcomes) - right

    def proves(runs: int) -> bool:
        counts = np.array([right + runs * truth]), np.array([wrong + runs * (1 - truth)])
        found = log_evidence(*counts, np.array([target]))
        return bool(found[0] >= -np.log(1 - confidence))

    if truth <= target or not proves(most):
        return None
    low, high = -1, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if proves(middle) else (middle, high)
    return high


def _counts(outcomes: Sequence[bool]) -> tuple[Floats, Floats]:
    right = np.cumsum(np.asarray(outcomes, dtype=float))
    return right, np.arange(1, len(right) + 1) - right

"""How far confidence is from the truth: before calibrating and after; loads numpy and scipy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from surestep.budgets import checked
from surestep.budgets.fitting.hierarchy import Floats
from surestep.budgets.fitting.table import Ints, sums
from surestep.budgets.profiled import Confidence
from surestep.errors import TooFewOutcomes
from surestep.verifiers.calibration.calibrator import Method
from surestep.verifiers.calibration.fit import fit
from surestep.verifiers.calibration.labelled import Labelled

_CERTAIN = 1e-6
"""Probabilities are kept this far off 0 and 1 in the log loss, which is infinite there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """What confidences were worth: the points of a reliability diagram, and its figures.

    Attributes:
        bins: from the least sure outputs to the surest, about equally many in each: the mean
            confidence, the share that was right, and how many outcomes that is worth.
        error: the expected calibration error: the mean distance of the two, by weight.
        error_by_chance: what `error` would be about if the confidences were exactly calibrated;
            it is above 0 because shares of few outcomes scatter.
        brier: the mean squared distance of confidence from outcome.
        log_loss: the mean of -ln of the probability given to what happened, in nats.
        outcomes: how many outcomes there are.
    """

    bins: tuple[Confidence, ...]
    error: float
    error_by_chance: float
    brier: float
    log_loss: float
    outcomes: int

    def as_dict(self) -> dict[str, object]:
        """The figures as plain JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """Confidences before and after calibrating, on outcomes the calibrator had not seen.

    Attributes:
        method: how it was fitted.
        before: of the raw confidences.
        after: of the calibrated ones.
    """

    method: Method
    before: Reliability
    after: Reliability

    def as_dict(self) -> dict[str, object]:
        """The figures as plain JSON values."""
        return asdict(self)


def reliability(
    labelled: Sequence[Labelled],
    calibrator: Callable[[float], float] | None = None,
    *,
    bins: int = 15,
) -> Reliability:
    """How far confidences are from the truth.

    Args:
        labelled: outputs whose truth is known.
        calibrator: makes probabilities of their scores; default: they are probabilities.
        bins: how many there are at most; equal scores are never parted.

    Raises:
        PlanError: for a score that is no probability, without a calibrator; or no bins.
        TooFewOutcomes: for no outcomes at all.
    """
    said = [
        checked.rate("score", one.score) if calibrator is None else calibrator(one.score)
        for one in labelled
    ]
    return _measured(np.array(said), labelled, checked.count("bins", bins, least=1))


def held_out(
    labelled: Sequence[Labelled], *, method: Method = "venn-abers", bins: int = 15, seed: int = 0
) -> HeldOut:
    """What calibrating does: each half is measured with the calibrator of the other.

    Args:
        labelled: one entry for each output, scores being probabilities.
        method: how calibrators are fitted.
        bins: of the reliability diagrams.
        seed: of the split.

    Raises:
        PlanError: for a score that is no probability, or an unknown method.
        TooFewOutcomes: if a half is too small, or too one-sided, to fit on.
    """
    before = reliability(labelled, bins=bins)
    order = np.random.default_rng(seed).permutation(len(labelled))
    calibrated = np.empty(len(labelled))
    for known, unseen in ((order[::2], order[1::2]), (order[1::2], order[::2])):
        calibrator = fit([labelled[place] for place in known], method=method)
        calibrated[unseen] = [calibrator(labelled[place].score) for place in unseen]
    return HeldOut(method=method, before=before, after=_measured(calibrated, labelled, bins))


def _measured(said: Floats, labelled: Sequence[Labelled], bins: int) -> Reliability:
    if not labelled:
        raise TooFewOutcomes(0, 0, worth=0.0, least=1, least_of_each=0)
    right = np.array([one.right for one in labelled], dtype=float)
    weights = np.array([1.0 / one.chance for one in labelled])
    weights /= weights.sum()
    place = _bins(said, weights, bins)
    mass, means, shares = (
        sums(place, weights * column) for column in (np.ones_like(said), said, right)
    )
    # The mean of |N(0, v)| is √(2v/π); v is the variance of the bin's share, were it calibrated.
    scatter = np.sqrt(2.0 / np.pi * sums(place, weights**2 * said * (1.0 - said)))
    kept = said.clip(_CERTAIN, 1.0 - _CERTAIN)
    worth = mass**2 / sums(place, weights**2)
    return Reliability(
        bins=tuple(map(_bin, means / mass, shares / mass, worth)),
        error=float(np.abs(means - shares).sum()),
        error_by_chance=float(scatter.sum()),
        brier=float(weights @ (said - right) ** 2),
        log_loss=float(-weights @ np.log(np.where(right > 0.0, kept, 1.0 - kept))),
        outcomes=len(labelled),
    )


def _bins(said: Floats, weights: Floats, bins: int) -> Ints:
    """The bin of each, counted from 0 without gaps; bins hold about equal weights."""
    place = np.unique(said, return_inverse=True)[1]
    mass = sums(place, weights)
    middle = np.cumsum(mass) - mass / 2.0
    chosen = np.minimum((middle * bins).astype(int), bins - 1)
    return np.unique(chosen, return_inverse=True)[1][place]


def _bin(said: float, right: float, worth: float) -> Confidence:
    # Sums of weights leave rounding errors beyond 0 and 1.
    inside = [min(max(float(share), 0.0), 1.0) for share in (said, right)]
    return Confidence(said=inside[0], right=inside[1], trials=float(worth))

"""Fits a calibrator to outcomes; loads numpy and scipy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from surestep.verifiers.calibration import isotonic, platt, venn_abers
from surestep.verifiers.calibration.calibrator import Calibrator, Method, known_method
from surestep.verifiers.calibration.curves import Curve
from surestep.verifiers.calibration.labelled import Labelled
from surestep.verifiers.calibration.outcomes import Outcomes

_FITS: Mapping[Method, Callable[[Outcomes], Curve]] = {
    "isotonic": isotonic.fit,
    "platt": platt.fit,
    "venn-abers": venn_abers.fit,
}


def fit(labelled: Sequence[Labelled], *, method: Method = "venn-abers") -> Calibrator:
    """A calibrator of one step, from its outputs whose truth is known.

    Args:
        labelled: the outputs, each with the probability it was chosen for review with.
        method: `"venn-abers"` (the default) follows any shape and stays off 0 and 1 by as much
            as the outcomes are few; `"isotonic"` is the same without that care; `"platt"` is
            smooth, and right only if the shape is a sigmoid.

    Raises:
        TooFewOutcomes: for fewer than 50, counted by their worth, fewer than 5 right ones, or
            fewer than 5 wrong ones.
        PlanError: for an unknown method.
    """
    chosen = known_method(method)
    outcomes = Outcomes.of(labelled)
    return Calibrator(
        method=chosen,
        curve=_FITS[chosen](outcomes),
        outcomes=outcomes.count,
        wrong=outcomes.wrong,
        worth=outcomes.worth,
    )

"""Calibration error of real services' confidence, before and after calibrating.

Twelve services that classify speech and reviews gave a confidence with each answer (FrugalML, see
NOTICE.md beside the data). Items are split into random halves; a calibrator is fitted to one half
and measured on the other, and the other way round. The calibration error is that of 15 bins of
equal weight. It is biased upwards, since shares of few outcomes scatter: what an exactly
calibrated confidence would show, with as many outcomes, stands beside it. Figures are means over
services unless they say worst.

The last one has few labels: 5 % of a half, drawn for review by the raw confidence.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Sequence
from typing import get_args

import _recorded
from _report import Figure, main

from surestep.review.sampling import draw_all
from surestep.verifiers.calibration import Labelled, Method
from surestep.verifiers.calibration.fit import fit
from surestep.verifiers.calibration.measure import HeldOut, Reliability, held_out, reliability

SEED = 11
BUDGET = 0.05


def measure(*, quick: bool) -> list[Figure]:
    """All figures; with `quick` from one split instead of ten."""
    services = {
        name: [Labelled(sure, right) for sure, right in rows]
        for name, rows in _recorded.services().items()
    }
    seeds = range(SEED, SEED + (1 if quick else 10))
    figures = []
    for method in get_args(Method):
        found = [
            held_out(known, method=method, seed=seed)
            for known in services.values()
            for seed in seeds
        ]
        figures += _figures(method, found)
    few = [
        _few(known, seed) for known in services.values() if len(known) > 10_000 for seed in seeds
    ]
    figures.append(_mean(f"{BUDGET:.0%} of labels, venn-abers: error", few))
    return figures


def _figures(method: Method, found: Sequence[HeldOut]) -> list[Figure]:
    before, after = [it.before for it in found], [it.after for it in found]
    held = method == "venn-abers"
    return [
        _mean(f"{method}: error before", before),
        _mean(f"{method}: error after", after, at_most=0.02 if held else None),
        Figure(
            f"{method}: error after, worst service",
            max(it.error for it in after),
            len(found),
            at_most=0.05 if held else None,
        ),
        Figure(
            f"{method}: error of exact confidences",
            statistics.fmean(it.error_by_chance for it in after),
            len(found),
        ),
        *(
            Figure(
                f"{method}: {name} {when}",
                statistics.fmean(getattr(it, key) for it in its),
                len(found),
            )
            for name, key in (("Brier score", "brier"), ("log loss", "log_loss"))
            for when, its in (("before", before), ("after", after))
        ),
    ]


def _mean(name: str, found: Sequence[Reliability], at_most: float | None = None) -> Figure:
    return Figure(name, statistics.fmean(it.error for it in found), len(found), at_most=at_most)


def _few(known: Sequence[Labelled], seed: int) -> Reliability:
    mixed = random.Random(seed).sample(known, len(known))
    half = {str(place): one for place, one in enumerate(mixed[::2])}
    confidences = {name: one.score for name, one in half.items()}
    draws = draw_all(confidences, budget=BUDGET * len(half), seed=seed)
    labels = [
        Labelled(one.confidence, half[one.item].right, one.chance) for one in draws if one.drawn
    ]
    return reliability(mixed[1::2], fit(labels))


if __name__ == "__main__":
    main(__doc__, measure)

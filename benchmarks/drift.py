"""Alarms about a step that got worse: how long they take, and how often they are false.

Simulated streams: 2 % wrong is fine, 5 % is the change, which comes after 500 items (for the test,
at the first). The detector and the CUSUM promise 2,000 items between false alarms, the test a
false alarm in 5 % of streams, ever (10,000 items are looked at). Sampled: 5 % of actions are
reviewed, drawn by a confidence that is exact (log-odds of an error from N(-5.6, 2²)) or uniformly;
items count reviewed or not; the promise is 20,000 actions.

Real: GPT-4 of March 2023, then of June, asked whether numbers are prime (Chen et al. 2023): 16 %
wrong, then 49 %. Questions are shuffled anew for each stream: 500 answers of March, then those of
June; 20 % is called fine, or one answer in five is reviewed. Without labels, the length of the
answer in tokens: 300 answers of March as the reference, 200 more, then June's. The promise is one
false alarm in 2,000 answers. False alarms are those raised on answers of March, or at 2 %; what
promises A items between them raises one within n items in n / A of streams at most.
"""

from __future__ import annotations

import math
import random as std
import statistics
from collections.abc import Callable, Iterable, Sequence

import _recorded
import numpy as np
from _report import Figure, main

from surestep.budgets.fitting.hierarchy import Floats
from surestep.review.cusum import Cusum
from surestep.review.drift import Watch
from surestep.review.sampling import Design
from surestep.review.shift import Shift

FINE, WORSE = 0.02, 0.05
BETWEEN = 2_000
LATE = 500
STREAMS = 1_000
Draw = Callable[[float, np.random.Generator], Floats]


def measure(*, quick: bool) -> list[Figure]:
    """All figures; with `quick` by fewer streams of actions and of answers."""
    return [*_simulated(), *_sampled(200 if quick else STREAMS), *_real(200 if quick else STREAMS)]


def _simulated() -> list[Figure]:
    def labels(rate: float, random: np.random.Generator) -> Floats:
        return (random.random(STREAMS) < rate).astype(float)

    watch = Watch.detector(FINE, items_between_false_alarms=BETWEEN)
    test = Watch.test(FINE, false_alarm=0.05)
    cusum = Cusum.of(FINE, WORSE, items_between_false_alarms=BETWEEN)
    false = _first(watch, labels, FINE, items=12 * BETWEEN)
    ever = _first(test, labels, FINE, items=10_000)
    sums, exact = _cusum(cusum, FINE), cusum.run_length(FINE)
    return [
        _mean("detector: items between false alarms", false, at_least=BETWEEN),
        _mean("detector: delay", _first(watch, labels, WORSE, items=10_000, late=LATE)),
        Figure("CUSUM: items between false alarms, exact", exact, 1, at_least=BETWEEN),
        Figure("CUSUM: simulated over exact", statistics.fmean(sums) / exact, STREAMS),
        Figure("CUSUM: delay, exact", cusum.delay(WORSE, limit=FINE), 1),
        Figure(
            "test: streams with a false alarm",
            float(np.isfinite(ever).mean()),
            STREAMS,
            at_most=0.05,
        ),
        _mean("test: delay from the start", _first(test, labels, WORSE, items=10_000)),
    ]


def _sampled(streams: int) -> list[Figure]:
    share, between = 0.05, 20_000
    error = 1.0 / (1.0 + np.exp(5.593 - 2.0 * np.random.default_rng(0).standard_normal(20_000)))
    design = Design.of({str(n): 1.0 - e for n, e in enumerate(error)}, budget=share * len(error))
    chance = np.array([design.chance(1.0 - e) for e in error])
    watch = Watch.detector(FINE, items_between_false_alarms=between, sampled=share)
    figures = []
    for name, chances in (("by confidence", chance), ("uniformly", np.full_like(chance, share))):

        def seen(rate: float, random: np.random.Generator, chances: Floats = chances) -> Floats:
            item = random.integers(0, len(error), streams)
            wrong = random.random(streams) < np.minimum(error[item] * rate / error.mean(), 1.0)
            return wrong * (random.random(streams) < chances[item]) / chances[item]

        early = np.isfinite(_first(watch, seen, FINE, items=5_000, streams=streams)).mean()
        late = _first(watch, seen, WORSE, items=20_000, late=LATE, streams=streams)
        figures += [
            Figure(
                f"5 % reviewed {name}: false alarms within 5,000 actions",
                float(early),
                streams,
                at_most=5_000 / between,
            ),
            _mean(f"5 % reviewed {name}: delay, actions", late),
        ]
    return figures


def _real(streams: int) -> list[Figure]:
    march, june = _recorded.versions("gpt-4-")
    watch = Watch.detector(0.2, items_between_false_alarms=BETWEEN)
    some = Watch.detector(0.2, items_between_false_alarms=BETWEEN, sampled=0.2)
    runs = range(streams)
    every = [_answers(watch, march, june, 1.0, std.Random(seed)) for seed in runs]
    fifth = [_answers(some, march, june, 0.2, std.Random(seed)) for seed in runs]
    lengths = [_lengths(march, june, seed) for seed in runs]
    return [
        *_outcome("GPT-4, every answer reviewed", every, LATE / BETWEEN),
        *_outcome("GPT-4, one answer in five reviewed", fifth, LATE / BETWEEN),
        *_outcome("GPT-4, length of answers, no labels", lengths, 200 / BETWEEN),
    ]


def _answers(
    watch: Watch,
    march: Sequence[tuple[bool, float]],
    june: Sequence[tuple[bool, float]],
    share: float,
    draw: std.Random,
) -> float:
    """After how many answers of June the alarm came; negative if before them."""
    answers = [*draw.sample(march, LATE), *draw.sample(june, len(june))]
    return _after(
        watch.first_alarm(wrong * (draw.random() < share) / share for wrong, _ in answers), LATE
    )


def _lengths(
    march: Sequence[tuple[bool, float]], june: Sequence[tuple[bool, float]], seed: int
) -> float:
    draw = std.Random(seed)
    before = [tokens for _, tokens in draw.sample(march, 500)]
    after = [tokens for _, tokens in draw.sample(june, len(june))]
    watch = Shift.against(before[:300], items_between_false_alarms=BETWEEN, seed=seed)
    return _after(watch.first_alarm([*before[300:], *after]), 200)


def _after(alarm: int | None, late: int) -> float:
    return math.inf if alarm is None else alarm - late


def _outcome(name: str, alarms: Sequence[float], share: float) -> list[Figure]:
    right = [one for one in alarms if one > 0]
    return [
        Figure(f"{name}: false alarms", 1.0 - len(right) / len(alarms), len(alarms), at_most=share),
        Figure(f"{name}: delay, answers", statistics.fmean(right), len(right)),
        Figure(f"{name}: longest delay, answers", max(right), len(right)),
    ]


def _first(
    watch: Watch,
    labels: Draw,
    rate: float,
    *,
    items: int,
    late: int = 0,
    streams: int = STREAMS,
) -> Floats:
    """When each stream raises its alarm after the change; alarms before it start it anew."""
    random = np.random.default_rng(5)
    state, first = watch.start(streams), np.full(streams, np.inf)
    for count in range(1 - late, items + 1):
        state = watch.after(state, labels(rate if count > 0 else FINE, random))
        raised = watch.evidence(state) >= watch.level
        if count <= 0:
            state[raised] = 0.0
            continue
        first[raised & np.isinf(first)] = count
        if np.isfinite(first).all():
            break
    return first


def _cusum(cusum: Cusum, rate: float) -> list[int]:
    random = std.Random(6)
    found: Iterable[int | None] = (
        cusum.first_alarm(random.random() < rate for _ in range(100 * BETWEEN))
        for _ in range(STREAMS)
    )
    return [one for one in found if one is not None]


def _mean(name: str, alarms: Floats, at_least: float | None = None) -> Figure:
    """The mean; streams without an alarm count as if it came at the end, which is too early."""
    found = alarms[np.isfinite(alarms)]
    mean = np.where(np.isfinite(alarms), alarms, found.max()).mean()
    return Figure(name, float(mean), len(alarms), at_least=at_least)


if __name__ == "__main__":
    main(__doc__, measure)

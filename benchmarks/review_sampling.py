"""Error rates estimated from a review of 5 %: bias, coverage, and the labels it saves.

Each case is drawn again and again with seeds: which actions are reviewed, and in the simulated
ones also which are wrong. The interval is asked for at 95 % and should hold the true share in 93
to 97 of 100 draws; where hardly any error is found it is made wider, and may hold it more often.
Bias is the mean error of the estimate, in its own standard errors. Estimates are
prediction-powered unless they say otherwise.

Simulated: log-odds of an error from N(m, 2²), known to the confidence, or (miscalibrated) true
errors going with its root; 20,000 actions unless fewer are named. With runs: 2,000 runs of 10
actions, one run in 25 half wrong, asked about the agent. Real: answers of Amazon's service about
25,000 film reviews, its confidence calibrated on one half of them, the other half reviewed; and
20,000 predictions of employment with the confidence that came with them. Labels are compared with
uniform sampling and Hájek's estimate, at the budget at which its intervals are as wide.
"""

from __future__ import annotations

import functools
import statistics
from collections.abc import Callable
from dataclasses import dataclass

import _recorded
import numpy as np
from _report import Figure, main

from surestep.budgets.fitting.hierarchy import Floats
from surestep.review.actions import Actions
from surestep.review.estimate import Estimate, estimate, guaranteed
from surestep.review.sampling import Design
from surestep.verifiers.calibration import Labelled
from surestep.verifiers.calibration.fit import fit

SHARE = 0.05
WIDTHS = 60
"""Draws a mean width rests on."""

Ask = Callable[[Actions], Estimate]


@dataclass(frozen=True, slots=True)
class Case:
    """Actions to be reviewed.

    Attributes:
        error: 1 - the confidence of each.
        truth: whether each is wrong; of a simulated one P(wrong).
        size: actions of a run.
        bad: of runs, the share that goes wrong; then `truth` is not looked at.
    """

    error: Floats
    truth: Floats
    size: int = 1
    bad: float = 0.0

    def wrong(self, random: np.random.Generator) -> Floats:
        """Whether each is wrong this time."""
        if self.bad:
            runs = random.random(len(self.error) // self.size) < self.bad
            return (random.random(len(self.error)) < 0.5) * np.repeat(runs, self.size)
        return (random.random(len(self.error)) < self.truth).astype(float)

    def drawn(self, chance: Floats, wrong: Floats, random: np.random.Generator) -> Actions:
        """The actions, some of them reviewed."""
        seen = random.random(len(wrong)) < chance
        run = np.arange(len(wrong)) // self.size
        return Actions(error=self.error, chance=chance, reviewed=seen, wrong=wrong * seen, run=run)

    def chance(self) -> Floats:
        """The chance of each, by its confidence."""
        design = Design.of(
            {str(place): 1.0 - e for place, e in enumerate(self.error)},
            budget=SHARE * len(self.error),
        )
        return np.array([design.chance(1.0 - e) for e in self.error])


def simulated(middle: float, count: int = 20_000, *, bent: bool = False) -> Case:
    """Actions whose confidence is exact, or `bent`."""
    error = 1.0 / (1.0 + np.exp(-middle - 2.0 * np.random.default_rng(0).standard_normal(count)))
    root = np.sqrt(error)
    return Case(error, np.minimum(root * error.mean() / root.mean(), 1.0) if bent else error)


def reviews() -> Case:
    """Answers about one half of the films, the confidence calibrated on the other."""
    rows = _recorded.services()["Amazon imdb"]
    order = np.random.default_rng(1).permutation(len(rows))
    known, unseen = ([rows[place] for place in half] for half in (order[::2], order[1::2]))
    calibrator = fit([Labelled(sure, right) for sure, right in known])
    return _real([(calibrator(sure), right) for sure, right in unseen])


def _real(rows: list[tuple[float, bool]]) -> Case:
    sure, right = np.array(rows, dtype=float).T
    return Case(1.0 - sure, 1.0 - right)


def measure(*, quick: bool) -> list[Figure]:
    """All figures; with `quick` of fewer cases, by fewer draws."""
    figures_of = functools.partial(_figures, draws=1_000 if quick else 3_000)
    main_case, real = simulated(-5.593), reviews()
    figures = [
        *figures_of("simulated, 2 % wrong", main_case, both=True),
        *figures_of("real, film reviews", real, both=True),
        _labels("simulated, 2 % wrong", main_case),
        _labels("real, film reviews", real),
        *figures_of("2,000 simulated actions", simulated(-5.593, 2_000)),
        *figures_of("runs go wrong together", _runs(), ask=lambda it: estimate(it, of="agent")),
    ]
    if quick:
        return figures
    employment = _real(_recorded.employment(20_000))
    return [
        *figures,
        *figures_of("real, employment", employment, both=True),
        _labels("real, employment", employment),
        *figures_of("simulated, 0.5 % wrong", simulated(-7.3)),
        *figures_of("simulated, miscalibrated", simulated(-5.593, bent=True), both=True),
        *figures_of("simulated, 2 % wrong, guaranteed", main_case, ask=guaranteed),
    ]


def _runs() -> Case:
    flat = np.full(20_000, 0.02)
    return Case(flat, flat, size=10, bad=0.04)


def _figures(
    name: str, case: Case, *, draws: int, ask: Ask = estimate, both: bool = False
) -> list[Figure]:
    random, chance = np.random.default_rng(2), case.chance()
    off, held, widths = [], [], []
    for _ in range(draws):
        wrong = case.wrong(random)
        found = ask(case.drawn(chance, wrong, random))
        truth = case.bad / 2.0 if case.bad else float(wrong.mean())
        off.append(found.rate - truth)
        held.append(found.low <= truth <= found.high)
        widths.append(found.high - found.low)
    bias = abs(statistics.fmean(off)) / (statistics.stdev(off) / draws**0.5)
    cover = statistics.fmean(held)
    return [
        Figure(f"{name}: bias, standard errors", bias, draws, at_most=2.0),
        Figure(f"{name}: coverage of 95 %", cover, draws, at_least=0.93),
        *([Figure(f"{name}: coverage above 95 %", cover - 0.95, draws, at_most=0.02)] * both),
        Figure(f"{name}: width", statistics.fmean(widths), draws),
    ]


def _labels(name: str, case: Case) -> Figure:
    """The labels needed, over those of uniform sampling at equal width."""
    ours = _width(case, case.chance(), estimate)
    budgets = SHARE * np.array([1.0, 1.3, 1.7, 2.2, 2.9, 3.8, 5.0])
    # Widths shrink as budgets grow, and interpolation wants what it looks up in ascending order.
    widths = [
        _width(case, np.full(len(case.error), budget), lambda it: estimate(it, estimator="hajek"))
        for budget in budgets
    ]
    equal = np.exp(np.interp(-np.log(ours), -np.log(widths), np.log(budgets)))
    return Figure(
        f"{name}: labels over uniform's at equal width", SHARE / equal, WIDTHS, at_most=1.0
    )


def _width(case: Case, chance: Floats, ask: Ask) -> float:
    random = np.random.default_rng(3)
    found = (ask(case.drawn(chance, case.wrong(random), random)) for _ in range(WIDTHS))
    return statistics.fmean(one.high - one.low for one in found)


if __name__ == "__main__":
    main(__doc__, measure)

"""What the desk learns before the day: what a confidence is worth, and the price of asking."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from examples.refund_desk.tickets import REVIEWED, SCORE_SIGMA, Day, Flags
from examples.refund_desk.tiers import must_be_asked, price_of
from surestep.budgets.fitting.hierarchy import Floats
from surestep.review.sampling import Design, Draw
from surestep.verifiers.calibration import Calibrator, Labelled
from surestep.verifiers.calibration.fit import fit
from surestep.verifiers.calibration.measure import HeldOut, held_out

CHECKED = 5_000
"""Tickets of the past whose truth is known, each of them checked."""
UNCHECKED = 10_000
"""Later ones, of which nobody knows the truth: only their scores count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """What is known when the day begins.

    Attributes:
        calibrator: makes a probability of what the agent states.
        price_usd: the score from which 5 % of the past would have been asked about.
        limit_usd: the amount from which they would, by amount alone.
        must: the share of tickets people must be asked about, whoever else waits.
        design: draws those to look at afterwards.
    """

    calibrator: Calibrator
    price_usd: float
    limit_usd: float
    must: float
    design: Design

    @classmethod
    def of(cls, seed: int, *, amount_sigma: float = SCORE_SIGMA) -> Learnt:
        """What a past of this seed teaches, in which amounts are as far spread.

        Args:
            seed: of the past, which is drawn from other numbers than the day of this seed.
            amount_sigma: standard deviation of the logarithm of amounts.
        """
        calibrator = fit(checked(seed))
        past = Day.drawn(UNCHECKED, seed=_past(seed) + 1, amount_sigma=amount_sigma)
        doubt = doubts(calibrator, past)
        score = doubt * past.amount_usd
        price_usd = price_of(score)
        confidences = {str(place): float(1.0 - one) for place, one in enumerate(doubt)}
        return cls(
            calibrator=calibrator,
            price_usd=price_usd,
            limit_usd=price_of(past.amount_usd),
            must=float(must_be_asked(past.amount_usd, doubt).mean()),
            design=Design.of(confidences, budget=REVIEWED * UNCHECKED),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A day, and what is known when it begins.

    Attributes:
        seed: of both.
        day: the day.
        learnt: what is known.
        doubt: 1 - the calibrated confidence of each ticket.
    """

    seed: int
    day: Day
    learnt: Learnt
    doubt: Floats

    @classmethod
    def of(cls, count: int, *, seed: int, amount_sigma: float = SCORE_SIGMA) -> World:
        """The world of a seed.

        Args:
            count: tickets of the day.
            seed: of the day and of its past.
            amount_sigma: standard deviation of the logarithm of amounts.
        """
        day = Day.drawn(count, seed=seed, amount_sigma=amount_sigma)
        learnt = Learnt.of(seed, amount_sigma=amount_sigma)
        return cls(seed=seed, day=day, learnt=learnt, doubt=doubts(learnt.calibrator, day))

    @property
    def asked(self) -> Flags:
        """Which tickets people are asked about, by calibrated score."""
        return np.asarray(self.doubt * self.day.amount_usd > self.learnt.price_usd)

    def drawn(self, ticket: int) -> Draw:
        """Whether people look at a ticket after the agent has acted on it."""
        confidence = 1.0 - float(self.doubt[ticket])
        return self.learnt.design.draw(f"T{ticket}", confidence, seed=self.seed)


def checked(seed: int) -> list[Labelled]:
    """The past whose truth is known."""
    past = Day.drawn(CHECKED, seed=_past(seed))
    return [
        Labelled(float(said), not wrong)
        for said, wrong in zip(past.said, past.wrong.tolist(), strict=True)
    ]


def measured(seed: int) -> HeldOut:
    """How far stated confidences are off, and calibrated ones: each half by the other's."""
    return held_out(checked(seed), seed=seed)


def doubts(calibrator: Calibrator, day: Day) -> Floats:
    """1 - the calibrated confidence of each ticket."""
    return np.array([1.0 - calibrator(float(said)) for said in day.said])


def _past(seed: int) -> int:
    # Far from the seeds of days, which are small.
    return 1_000_000 + 2 * seed

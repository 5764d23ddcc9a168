"""The whole job: what is worked out, and all that comes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from examples.refund_desk.learning import World, measured
from examples.refund_desk.rehearsing import rehearsed
from examples.refund_desk.shares import Measured, shares
from examples.refund_desk.summary import Rehearsed
from examples.refund_desk.through import Through, through
from examples.refund_desk.tickets import AMOUNT_SIGMA
from examples.refund_desk.worth import Worth, worths
from surestep.testing import run
from surestep.verifiers.calibration.measure import HeldOut


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """All that comes of the job.

    Attributes:
        day: the day that is rehearsed.
        other_day: the same, with amounts spread as the rule by amount alone wants them.
        days: how many days there are in all; the others are simulated only.
        calibration: confidences before and after calibrating.
        shares: what people see.
        worths: what each rule is worth.
        through: how the team comes through the burst.
        rehearsed: what became of the tickets of the first day; `None` if they were not run.
    """

    day: World
    other_day: World
    days: int
    calibration: HeldOut
    shares: list[Measured]
    worths: list[Worth]
    through: list[Through]
    rehearsed: Rehearsed | None


def figures(
    count: int, *, seed: int, days: int, runs: bool = True, say: Callable[[str], object]
) -> Figures:
    """All figures.

    Args:
        count: tickets of a day.
        seed: of the first day; the others follow.
        days: how many days are simulated, 2 or more.
        runs: whether the first day goes through the graph too.
        say: told what is being done.
    """
    say(f"Simulating {days} days of {count:,} tickets, by score and by amount ...")
    seeds = range(seed, seed + days)
    by_score = [World.of(count, seed=one) for one in seeds]
    by_amount = [World.of(count, seed=one, amount_sigma=AMOUNT_SIGMA) for one in seeds]
    if runs:
        say(f"Running {count:,} tickets through the graph ...")
    return Figures(
        day=by_score[0],
        other_day=by_amount[0],
        days=days,
        calibration=measured(seed),
        shares=shares(by_score, by_amount),
        worths=worths(by_score),
        through=through(by_score),
        rehearsed=run(rehearsed(by_score[0])) if runs else None,
    )

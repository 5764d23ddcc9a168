"""The refund desk's rules: who sees what, what that is worth, and the burst, all simulated."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from examples.refund_desk.burst import ARMS, Played, played
from examples.refund_desk.cases import Case, cases
from examples.refund_desk.gate import Gate, pressure_for
from examples.refund_desk.learning import UNCHECKED, World, measured
from examples.refund_desk.shares import Measured, seen, shares
from examples.refund_desk.through import Through, through
from examples.refund_desk.tickets import (
    AMOUNT_SIGMA,
    BURST,
    SCORE_SIGMA,
    SLA_S,
    USUALLY,
    VOLUME,
    Day,
)
from examples.refund_desk.tiers import (
    FIRST,
    LARGE_USD,
    SECOND,
    Kind,
    by_amount,
    by_score,
    must_be_asked,
)
from examples.refund_desk.worth import Worth, worths
from surestep import Ask, Output
from surestep.review.sampling import Draw
from surestep.review.triage import seen_by

TICKETS, DAYS = 2_000, 8
WHOLE_DAYS = 4
# Of a share among n tickets above a price found among m: the root of v (1 - v) (1 / n + 1 / m).
VOLUME_ERROR = math.sqrt(VOLUME * (1.0 - VOLUME) * (1 / TICKETS + 1 / UNCHECKED))


@pytest.fixture(scope="module")
def worlds() -> list[World]:
    """Some smaller days."""
    return [World.of(TICKETS, seed=seed) for seed in range(DAYS)]


@pytest.fixture(scope="module")
def found(worlds: list[World]) -> dict[str, Measured]:
    """What people see on them, by way."""
    by_amounts = [World.of(TICKETS, seed=seed, amount_sigma=AMOUNT_SIGMA) for seed in range(DAYS)]
    return {one.name: one for one in shares(worlds, by_amounts)}


@pytest.fixture(scope="module")
def worth(worlds: list[World]) -> dict[str, Worth]:
    """What each rule is worth on them."""
    return {one.rule: one for one in worths(worlds)}


@pytest.fixture(scope="module")
def whole_days() -> list[World]:
    """Days of 10,000, as queues need them."""
    return [World.of(10_000, seed=seed) for seed in range(WHOLE_DAYS)]


# -- what people see -------------------------------------------------------------------------


def test_amounts_are_spread_as_the_formulas_want_it() -> None:
    """So that 5 % of the tickets hold 30 % of the dollars, by score and by amount alone."""
    assert pytest.approx(1.382754, abs=1e-6) == SCORE_SIGMA
    assert pytest.approx(1.120453, abs=1e-6) == AMOUNT_SIGMA


@pytest.mark.parametrize(("rule", "sigma"), [("score", SCORE_SIGMA), ("amount", AMOUNT_SIGMA)])
def test_a_long_day_shows_what_the_closed_form_says(rule: str, sigma: float) -> None:
    """Of 200,000 tickets, to a hundredth: shares of heavy tails scatter by a third of that."""
    day = Day.drawn(200_000, seed=3, amount_sigma=sigma)
    rank = day.amount_usd * (day.doubt if rule == "score" else 1.0)
    saw = seen(day, rank >= np.quantile(rank, 1.0 - VOLUME))
    law = seen_by("score" if rule == "score" else "amount", volume=VOLUME, amount_sigma=sigma)
    assert saw.dollars == pytest.approx(law.dollars, abs=0.01)
    assert saw.loss == pytest.approx(law.loss, abs=0.01)


@pytest.mark.parametrize("way", ["score, true confidence", "score, calibrated", "amount"])
def test_what_people_see_meets_the_closed_form(found: dict[str, Measured], way: str) -> None:
    """Volume and dollars, within four standard errors of the mean over days."""
    one = found[way]
    assert one.law is not None
    error = 4.0 * one.spread.dollars / math.sqrt(DAYS)
    assert abs(one.mean.dollars - one.law.dollars) <= error
    assert abs(one.mean.volume - one.law.volume) <= 4.0 * VOLUME_ERROR / math.sqrt(DAYS)


def test_confidence_that_is_not_calibrated_asks_far_too_little(found: dict[str, Measured]) -> None:
    """The agent understates its doubt, so that hardly a score reaches the price of asking."""
    raw, calibrated = found["score, not calibrated"].mean, found["score, calibrated"].mean
    assert raw.volume < 0.2 * calibrated.volume
    assert raw.loss < 0.5 * calibrated.loss


def test_calibrating_takes_most_of_the_error_away() -> None:
    """On halves the calibrator has not seen."""
    both = measured(1)
    assert both.after.error < 0.5 * both.before.error


# -- what a minute is worth ------------------------------------------------------------------


def test_the_score_prevents_most_per_minute_and_chance_least(worth: dict[str, Worth]) -> None:
    """In the order of the closed forms."""
    per_minute = [
        worth[rule].usd_per_minute.value for rule in ("score", "amount", "confidence", "random")
    ]
    assert per_minute == sorted(per_minute, reverse=True)
    assert all(one.behind is None or one.behind.value > 0 for one in worth.values() if one.law)


def test_the_loss_prevented_meets_the_closed_form(worth: dict[str, Worth]) -> None:
    """Errors as they happened, within twice the 95 % interval."""
    for one in worth.values():
        if one.law is not None:
            assert abs(one.prevented.value - one.law) <= one.prevented.high - one.prevented.low


def test_even_in_the_right_numbers_raw_confidence_misroutes() -> None:
    """Of as many tickets it finds less loss, because it makes too much of what differs in doubt."""
    day = Day.drawn(200_000, seed=3)
    found = [
        seen(day, rank >= np.quantile(rank, 1.0 - VOLUME)).loss
        for rank in (day.doubt * day.amount_usd, (1.0 - day.said) * day.amount_usd)
    ]
    assert found[1] < found[0] - 0.02


# -- whom the tiers ask ----------------------------------------------------------------------


def test_the_tiers_ask_about_the_highest_scores(worlds: list[World]) -> None:
    """Each ticket as the policy of the step decides it; nothing leaves out what is large."""
    world = worlds[0]
    musts = must_be_asked(world.day.amount_usd, world.doubt)
    policy = by_score(world.learnt.price_usd, world.learnt.calibrator)
    for ticket, amount in enumerate(world.day.amount_usd.tolist()):
        said = float(world.day.said[ticket])
        ask = policy({"amount_usd": amount}, Output({}, confidence=said), ())
        assert bool(ask) == world.asked[ticket]
        if isinstance(ask, Ask):
            assert ask.must == musts[ticket]
            assert ask.priority == (FIRST if amount >= LARGE_USD else SECOND)


def test_by_amount_nothing_but_the_amount_counts() -> None:
    """From the limit on always, below it never."""
    policy = by_amount(250.0)
    assert not policy({"amount_usd": 249.0}, Output({}, confidence=0.0), ())
    assert policy({"amount_usd": 250.0}, Output({}, confidence=1.0), ())


# -- the burst -------------------------------------------------------------------------------


def test_the_burst_is_as_dense_as_said() -> None:
    """Tickets an hour in it, over those before it."""
    day = Day.drawn(10_000, seed=5)
    start_s, end_s = day.burst_s
    crowd = ((day.at_s >= start_s) & (day.at_s < end_s)).sum() / (end_s - start_s)
    before = (day.at_s < start_s).sum() / start_s
    assert crowd / before == pytest.approx(BURST / USUALLY, rel=0.1)


def case(kind: Kind, *, score: float = 1.0, name: str = "T0") -> Case:
    """Something that comes in."""
    draw = Draw(item=name, confidence=0.9, chance=1.0, drawn=True)
    return Case(ticket=0, kind=kind, priority=0, score=score, draw=draw, at_s=0.0, service_s=1.0)


@pytest.mark.parametrize("waiting", [0, 5, 500])
def test_what_must_be_approved_is_always_asked(waiting: int) -> None:
    """However many wait."""
    gate = Gate(pressure_for(0.02))
    asked = [gate.admits(case(Kind.MUST), at_s=float(at), waiting=waiting) for at in range(100)]
    assert all(asked)


def test_a_crowd_leaves_no_room_for_anything_else() -> None:
    """Approvals that need not be are left out, and nine of ten looks afterwards."""
    gate = Gate(pressure_for(0.02))
    drawn = [case(Kind.SAMPLED, name=f"T{n}") for n in range(400)]
    looks = [gate.admits(one, at_s=1.0, waiting=500) for one in drawn]
    assert not gate.admits(case(Kind.ASKED, score=1e9), at_s=1.0, waiting=500)
    assert 20 < sum(looks) < 60


def test_without_pressure_all_is_asked() -> None:
    """However many wait."""
    gate = Gate(pressure_for(0.02), presses=False)
    assert gate.admits(case(Kind.ASKED, score=0.0), at_s=1.0, waiting=500)


@pytest.fixture(scope="module")
def arms(whole_days: list[World]) -> dict[str, Through]:
    """The ways to run the queue."""
    return {one.name: one for one in through(whole_days)}


def test_with_pressure_approvals_keep_the_sla_through_the_burst(arms: dict[str, Through]) -> None:
    """And none is left out that must be approved."""
    pressed = arms["with pressure"]
    assert pressed.p95_must_min.value <= pressed.p95_asked_min.value <= SLA_S / 60.0
    assert pressed.shed_must.value == 0.0
    assert pressed.shed_sampled.value > 0.2


def test_without_pressure_people_drown(arms: dict[str, Through]) -> None:
    """Approvals wait beyond the SLA, first come first served even those that must be."""
    pressed, without = arms["with pressure"], arms["without"]
    assert without.p95_asked_min.value > SLA_S / 60.0
    assert arms["without, first come"].p95_must_min.value > SLA_S / 60.0
    assert without.recovery_min.value > 2.0 * pressed.recovery_min.value
    assert without.shed_usd.value == 0.0


def test_a_day_is_the_same_whenever_it_is_played(whole_days: list[World]) -> None:
    """Every draw is seeded."""
    world = whole_days[0]
    days: Sequence[Played] = [played(world, cases(world), ARMS[0]) for _ in range(2)]
    assert days[0] == days[1]

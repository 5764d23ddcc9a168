"""Which outputs are reviewed once they went on, and what the reviews then say."""

from __future__ import annotations

import math
import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surestep.errors import PlanError
from surestep.review import Reviewed, Team
from surestep.review.actions import Actions
from surestep.review.backpressure import Asking, Pressure
from surestep.review.estimate import estimate
from surestep.review.outcomes import REFERENCE, actions_of, countable, drift_of, review_of
from surestep.review.reviewed import LEAST
from surestep.review.team import arriving, spare_below
from surestep.review.terms import Terms
from surestep.storage.actions import Taken
from surestep.storage.rungs import Lately

CONFIDENCES = st.lists(st.floats(0.0, 1.0), min_size=LEAST, max_size=200)


def taken(number: int, **fields: object) -> Taken:
    """An output that went on alone, the rest as given."""
    known: dict[str, object] = {
        "key": str(number),
        "run": str(number),
        "thread_id": str(number),
        "number": 1,
        "step": "decide",
        "visit": 1,
        "at": float(number),
        "raw": 0.9,
        "confidence": 0.9,
        "amount_usd": 1.0,
        "size": 10,
        "chance": 1.0,
        "asked": False,
        "drawn": True,
        "right": True,
        "by": "ann",
    }
    return Taken(**{**known, **fields})  # type: ignore[arg-type]


@given(CONFIDENCES, st.floats(0.01, 1.0))
def test_the_share_is_kept_on_average_and_the_floor_always(
    confidences: list[float], share: float
) -> None:
    """Whatever the confidences are."""
    design = Reviewed(share=share).design(confidences)
    chances = [design.chance(one) for one in confidences]
    assert sum(chances) == pytest.approx(share * len(chances))
    assert min(chances) >= share / 2.0 - 1e-12


@given(st.lists(st.floats(0.0, 1.0), max_size=LEAST - 1), st.floats(0.0, 1.0))
def test_few_past_outputs_say_nothing(confidences: list[float], confidence: float) -> None:
    """Everything has the same chance then."""
    assert Reviewed(share=0.2).design(confidences).chance(confidence) == 0.2


@given(st.floats(0.0, 1.0), st.floats(0.02, 1.0), st.integers(0, 50))
def test_a_draw_is_the_same_wherever_it_is_made(confidence: float, kept: float, item: int) -> None:
    """And what pressure sheds is some of it, with the chance to match."""
    review = Reviewed(share=0.5)
    design = review.design([])
    one, other = (review.draw(f"k{item}", confidence, design, kept=kept) for _ in range(2))
    assert one == other
    assert one.chance == pytest.approx(0.5 * kept)
    assert not one.drawn or review.draw(f"k{item}", confidence, design).drawn


def test_confidence_nobody_knows_is_even_odds() -> None:
    """As is what a calibrator breaks on, or makes no probability of."""
    assert Reviewed().confidence(None) == 0.5
    assert Reviewed().confidence(0.9) == 0.9
    assert Reviewed(calibrate=lambda raw: raw / 2.0).confidence(0.9) == 0.45
    assert Reviewed(calibrate=lambda raw: 1.0 / 0.0).confidence(0.9) == 0.5
    assert Reviewed(calibrate=lambda raw: 7.0).confidence(0.9) == 0.5


@pytest.mark.parametrize(
    "wrong",
    [
        {"share": 0.0},
        {"share": 1.5},
        {"share": 0.05, "floor": 0.1},
        {"error_rate": 0.0},
        {"error_rate": 1.0},
        {"items_between_false_alarms": 1.0},
        {"items_between_false_alarms": math.nan},
    ],
)
def test_numbers_that_do_not_fit_are_refused(wrong: dict[str, float]) -> None:
    """With the number."""
    with pytest.raises(PlanError):
        Reviewed(**wrong)  # type: ignore[arg-type]


def test_open_reviews_do_not_bias_the_estimate() -> None:
    """Where a part is done, that part stands for the rest, as far as it has come."""
    rates = []
    for seed in range(200):
        draw = random.Random(seed)
        outputs = []
        for number in range(400):
            sure = draw.choice((0.6, 0.95))
            chance = 0.5 if sure < 0.9 else 0.2
            drawn, done = draw.random() < chance, draw.random() < 0.6
            right = draw.random() < sure if drawn and done else None
            fields = {"confidence": sure, "chance": chance, "drawn": drawn, "right": right}
            outputs.append(taken(number, **fields))
        found = actions_of(countable(outputs))
        rates.append(estimate(Actions.of(found), estimator="hajek").rate)
    spread = statistics.stdev(rates) / math.sqrt(len(rates))
    assert abs(statistics.mean(rates) - 0.225) < 4.0 * spread


def test_nothing_is_said_before_the_first_review_is_in() -> None:
    """Not even of what was not drawn."""
    assert countable([taken(0, drawn=False, right=None), taken(1, right=None)]) == []
    assert review_of("decide", [taken(0, right=None)], Terms()).errors is None


def test_money_in_wrong_outputs_counts_by_their_chance() -> None:
    """Ten dollars seen with a chance of a tenth stand for a hundred."""
    outputs = [taken(0, right=False, chance=0.1, amount_usd=10.0), taken(1, amount_usd=5.0)]
    found = review_of("decide", outputs, Terms())
    assert (found.amount_usd, found.wrong_usd) == (15.0, pytest.approx(100.0))


def test_errors_above_what_is_fine_raise_an_alarm() -> None:
    """Few others do."""
    bad = [taken(number, right=number % 2 == 0) for number in range(60)]
    good = [taken(number, right=number % 50 > 0) for number in range(60)]
    assert drift_of(bad, Terms(share=1.0), limit=0.05).errors
    assert not drift_of(good, Terms(share=1.0), limit=0.05).errors


def test_a_change_of_confidence_or_length_shows_without_reviews() -> None:
    """Once enough is known of how they were."""
    draw = random.Random(0)
    before = [
        taken(n, raw=draw.uniform(0.8, 1.0), size=draw.randrange(50, 100), right=None, drawn=False)
        for n in range(REFERENCE)
    ]
    unsure = [taken(n, raw=draw.uniform(0.4, 0.6), size=75, right=None) for n in range(100)]
    same = drift_of(before, Terms(), limit=None)
    assert not same.changed
    assert drift_of([*before, *unsure], Terms(), limit=None).confidence


def test_arrivals_are_counted_as_if_nothing_was_shed() -> None:
    """By what must be asked, what may be, and the chance of what may be drawn."""
    lately = [
        Lately(at=0.0, kind=kind, asked=asked, score=score)
        for kind, asked, score in (("must", 1.0, 0.0), ("asked", 1.0, 9.0), ("sampled", 0.5, 0.0))
    ]
    found = arriving(lately, now=0.0)
    assert (found.must, found.asked, found.sampled) == (6.0, 6.0, 3.0)
    later = arriving(lately, now=600.0)
    assert later.must == pytest.approx(6.0 / math.e)


def test_the_lowest_stakes_give_way_first() -> None:
    """Half of what is asked is what has the larger score."""
    lately = [Lately(at=0.0, kind="asked", asked=1.0, score=float(n)) for n in range(10)]
    assert spare_below(Asking(asked=0.5), lately) == 5.0
    assert spare_below(Asking(), lately) == -math.inf


def test_a_team_needs_a_name_and_queues() -> None:
    """Its state is kept under the one, and counted in the others."""
    pressure = Pressure.of(reviewers=1, service_s=60.0, sla_s=600.0, must_per_h=1.0)
    for wrong in ({"name": " "}, {"name": "desk", "queues": ()}):
        with pytest.raises(PlanError, match="Team"):
            Team(pressure=pressure, **wrong)  # type: ignore[arg-type]

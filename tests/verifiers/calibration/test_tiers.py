"""Thresholds that follow costs, and what a change of them would do."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surestep.errors import PlanError
from surestep.verifiers.calibration import Logged, Tier, Tiers, propose

SMALL = Tier(name="small", asking_usd=2.0, error_usd=5.0)
LARGE = Tier(name="large", asking_usd=4.0, from_usd=100.0, floor=0.95)
TIERS = Tiers((SMALL, LARGE))
FLAT = Tiers((Tier(name="all", asking_usd=1.0, error_share=0.0, floor=0.9),))
LOG = [
    Logged(confidence=0.99, amount_usd=10.0, right=True, chance=0.1),
    Logged(confidence=0.80, amount_usd=15.0, right=False, chance=0.5),
    Logged(confidence=0.95, amount_usd=200.0),
    Logged(confidence=0.60, amount_usd=5.0, right=True),
]


@pytest.mark.parametrize(("amount_usd", "threshold"), [(0.0, 0.6), (15.0, 0.9), (45.0, 0.96)])
def test_the_more_an_error_costs_the_surer_one_has_to_be(
    amount_usd: float, threshold: float
) -> None:
    """1 - 2 / (5 + amount)."""
    assert SMALL.threshold(amount_usd) == pytest.approx(threshold)


def test_an_error_that_costs_less_than_asking_is_risked() -> None:
    """Whatever the confidence."""
    assert Tier(name="free", asking_usd=1.0).threshold(0.5) == 0.0
    assert Tiers((Tier(name="free", asking_usd=1.0),)).acts(0.0)


def test_a_floor_holds_whatever_it_costs() -> None:
    """Above 1 it never acts."""
    never = Tiers((Tier(name="never", asking_usd=1.0, floor=1.1),))
    assert LARGE.threshold(1.0) == 0.95
    assert not never.acts(1.0)


@pytest.mark.parametrize(("amount_usd", "name"), [(0, "small"), (99.99, "small"), (100, "large")])
def test_an_amount_belongs_to_one_tier(amount_usd: float, name: str) -> None:
    """Its first amount is in it."""
    assert TIERS.at(amount_usd).name == name


@given(st.floats(0, 1), st.floats(0, 1e6), st.floats(0.01, 100), st.floats(0, 100), st.floats(0, 2))
def test_acting_is_never_dearer_than_asking(
    confidence: float, amount_usd: float, asking_usd: float, error_usd: float, share: float
) -> None:
    """Nor is asking than acting."""
    tier = Tier(name="any", asking_usd=asking_usd, error_usd=error_usd, error_share=share)
    acting_usd = (1.0 - confidence) * tier.cost_of_error_usd(amount_usd)
    acts = Tiers((tier,)).acts(confidence, amount_usd=amount_usd)
    slack = 1e-9 * (1.0 + amount_usd)
    assert acting_usd <= asking_usd + slack if acts else acting_usd >= asking_usd - slack


@pytest.mark.parametrize("tiers", [(), (LARGE,), (SMALL, LARGE, LARGE), (SMALL, SMALL)])
def test_tiers_that_leave_out_or_repeat_amounts_are_refused(tiers: tuple[Tier, ...]) -> None:
    """By where they start."""
    with pytest.raises(PlanError, match="Tiers start at"):
        Tiers(tiers)


@pytest.mark.parametrize("option", ["asking_usd", "error_usd", "error_share", "from_usd", "floor"])
def test_a_negative_cost_is_refused(option: str) -> None:
    """By its name and value."""
    with pytest.raises(PlanError, match=f"{option} is -1"):
        Tier(**{"name": "t", "asking_usd": 1.0, option: -1.0})  # type: ignore[arg-type]


def test_tiers_come_back_from_json() -> None:
    """As they were."""
    assert Tiers.of_dict(json.loads(json.dumps(TIERS.as_dict()))) == TIERS


@pytest.mark.parametrize("values", [{}, {"tiers": "all"}, {"tiers": [{"name": "a"}]}])
def test_tiers_that_are_none_are_refused(values: dict[str, object]) -> None:
    """Whatever stands there instead."""
    with pytest.raises(PlanError):
        Tiers.of_dict(values)


def test_a_change_says_what_it_would_have_done() -> None:
    """To volume, dollars and errors of the log."""
    change = propose("decide", LOG, now=FLAT, proposed=TIERS)
    assert (change.before.asked, change.after.asked) == (2, 3)
    assert change.before.automatic_usd == pytest.approx(210 / 230)
    assert change.before.errors == pytest.approx(0.06)
    assert change.before.error_rate == pytest.approx(0.03)
    assert "50.0% -> 25.0% go on unasked" in change.lines()[0]


def test_both_sides_are_counted_at_the_proposed_costs() -> None:
    """Only decisions differ."""
    change = propose("decide", LOG, now=FLAT, proposed=TIERS)
    assert change.before.cost_usd == pytest.approx(0.01 * 15 + 0.05 * 200 + 2 + 2)
    assert change.after.cost_usd <= change.before.cost_usd


def test_reviewed_errors_are_counted_by_their_chance() -> None:
    """A wrong one that counts twice, beside a right one that counts ten times."""
    loose = Tiers((Tier(name="all", asking_usd=99.0),))
    change = propose("decide", LOG[:2], now=loose, proposed=FLAT)
    assert change.before.errors_judged == pytest.approx(2 * 2 / 12)
    assert change.after.errors_judged == 0.0


def test_without_reviews_nothing_is_said_of_real_errors() -> None:
    """Not even 0."""
    change = propose("decide", LOG[2:3], now=FLAT, proposed=FLAT)
    assert change.before.errors_judged is None
    assert "unknown -> unknown by what was reviewed" in change.lines()[1]


def test_a_change_is_plain_json() -> None:
    """For a page that shows it."""
    values = json.loads(json.dumps(propose("decide", LOG, now=FLAT, proposed=TIERS).as_dict()))
    assert values["step"] == "decide"
    assert values["after"]["items"] == 4


def test_nothing_can_be_said_of_an_empty_log() -> None:
    """It is refused."""
    with pytest.raises(PlanError, match="empty"):
        propose("decide", [], now=FLAT, proposed=TIERS)

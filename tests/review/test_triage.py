"""What people see of money and loss when they review few actions."""

from __future__ import annotations

import numpy as np
import pytest

from surestep.errors import PlanError
from surestep.review.triage import Rule, amount_sigma_for, seen_by

SIGMA = 1.3827541


@pytest.mark.parametrize(("doubt", "sigma"), [(1.0, 1.382754), (0.0, 1.120453)])
def test_spread_for_five_percent_with_thirty_of_the_dollars(doubt: float, sigma: float) -> None:
    """By score and by amount alone, the spreads equal the references."""
    found = amount_sigma_for(volume=0.05, dollars=0.3, doubt_sigma=doubt)
    assert found == pytest.approx(sigma, abs=1e-6)


@pytest.mark.parametrize(
    ("rule", "loss"),
    [
        ("score", 0.5245622),
        ("amount", 0.3966224),
        ("confidence", 0.2595110),
        ("random", 0.05),
    ],
)
def test_loss_prevented_by_each_rule_equals_the_reference(rule: Rule, loss: float) -> None:
    """Scores prevent the most loss, random choices none beyond their share."""
    assert seen_by(rule, volume=0.05, amount_sigma=SIGMA).loss == pytest.approx(loss, abs=1e-6)


def test_the_score_puts_thirty_percent_of_dollars_before_people() -> None:
    """Five percent of actions by score hold thirty percent of the dollars."""
    seen = seen_by("score", volume=0.05, amount_sigma=SIGMA)
    assert seen.dollars == pytest.approx(0.3, abs=1e-6)


@pytest.mark.parametrize("rule", ["score", "amount", "confidence"])
def test_formulas_agree_with_drawn_actions(rule: Rule) -> None:
    """A million drawn actions show the same shares."""
    random = np.random.default_rng(4)
    amount = np.exp(SIGMA * random.standard_normal(1_000_000))
    doubt = np.exp(random.standard_normal(1_000_000))
    key = {"score": amount * doubt, "amount": amount, "confidence": doubt}[rule]
    top = key >= np.quantile(key, 0.95)
    seen = seen_by(rule, volume=0.05, amount_sigma=SIGMA)
    assert amount[top].sum() / amount.sum() == pytest.approx(seen.dollars, abs=0.01)
    assert (amount * doubt)[top].sum() / (amount * doubt).sum() == pytest.approx(
        seen.loss, abs=0.015
    )


def test_fewer_dollars_than_volume_are_refused() -> None:
    """The highest scores never hold less than their share."""
    with pytest.raises(PlanError, match="dollars over volume"):
        amount_sigma_for(volume=0.3, dollars=0.05, doubt_sigma=1.0)


def test_an_unknown_rule_is_named() -> None:
    """A misspelt rule is answered with the known ones."""
    with pytest.raises(PlanError, match="scores"):
        seen_by("scores", volume=0.05, amount_sigma=1.0)  # type: ignore[arg-type]

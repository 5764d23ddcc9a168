"""The lead a vote needs, and what correlation does to it."""

from __future__ import annotations

import re

import pytest

from surestep.budgets import StepProfile
from surestep.budgets.algebra import Class, kmin, kmin_of, vote_failure, vote_limit
from surestep.budgets.algebra.classes import beta_nodes
from surestep.errors import PlanError
from tests.budgets.algebra.cases import references

HARD = (Class(0.05, 0.5), Class(0.95, 0.95 + 0.45 / 19.0))


def test_the_table_of_k_of_maker_comes_out_exactly() -> None:
    """From one step of twenty to a million steps."""
    for name, lead in references("kmin").items():
        success, steps, target = map(float, re.findall(r"[\d.]+", name))
        assert kmin(success, int(steps), target) == lead, name


@pytest.mark.parametrize("lead", range(1, 8))
def test_the_least_lead_meets_its_target_and_one_less_does_not(lead: int) -> None:
    """Also right at the target itself."""
    target = (1.0 - vote_failure([Class(1.0, 0.9)], lead)) ** 20
    assert kmin(0.9, 20, target * (1.0 - 1e-9)) == lead
    assert kmin(0.9, 20, target * (1.0 + 1e-9)) == lead + 1


def test_a_hard_class_puts_a_limit_to_what_any_lead_can_do() -> None:
    """With one task in twenty a toss-up, 0.975 a step is all there is, whatever the lead."""
    assert kmin_of([Class(1.0, 0.95)], 20, 0.99) == 3
    assert kmin_of(HARD, 20, 0.99) is None
    assert 1.0 - vote_failure(HARD, 40) == pytest.approx(0.975, abs=1e-12)


def test_one_kind_of_task_needs_the_lead_of_the_table() -> None:
    """Classes alike in success are one."""
    assert kmin_of([Class(0.3, 0.9), Class(0.7, 0.9)], 20, 0.99) == kmin(0.9, 20, 0.99)


@pytest.mark.parametrize("spread", [0.05, 0.2, 0.5])
def test_a_spread_limits_votes_to_the_tasks_more_often_got_right(spread: float) -> None:
    """The limit is what a vote with a very long lead comes to on a fine grid of tasks."""
    points, shares = beta_nodes(0.9, spread, 200)
    grid = [Class(*pair) for pair in zip(shares.tolist(), points.tolist(), strict=True)]
    step = StepProfile(success=0.9, spread=spread)
    assert vote_limit(step) == pytest.approx(1.0 - vote_failure(grid, 2000), abs=4e-3)
    assert vote_limit(step) < 1.0


@pytest.mark.parametrize(
    ("success", "spread", "limit"),
    [(0.9, 0.0, 1.0), (0.4, 0.0, 0.0), (0.5, 0.0, 0.5), (0.9, 1.0, 0.9)],
)
def test_without_a_spread_or_with_nothing_else_the_limit_is_plain(
    success: float, spread: float, limit: float
) -> None:
    """All tasks alike, or each always right or always wrong."""
    assert vote_limit(StepProfile(success=success, spread=spread)) == pytest.approx(limit)


@pytest.mark.parametrize(
    ("success", "steps", "target", "named"),
    [
        (0.5, 20, 0.99, "success is 0.5"),
        (0.9, 0, 0.99, "steps is 0"),
        (0.9, 20, 1.0, "target is 1.0"),
    ],
)
def test_what_no_lead_can_do_is_refused(
    success: float, steps: int, target: float, named: str
) -> None:
    """The error names the value."""
    with pytest.raises(PlanError, match=named):
        kmin(success, steps, target)

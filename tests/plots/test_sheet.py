"""What a page about a frontier shows."""

import dataclasses

import pytest

from surestep.errors import PlanError
from surestep.plots.sheet import Sheet
from tests.plots.sheets import CHECKED, OFF, plan, profile, sheet


def test_plans_stand_by_their_cost():
    """Among them the chosen one, which need not be on the frontier."""
    found = sheet()

    assert [one.predicted.cost_usd.value for one in found.plans] == [0.02, 0.024, 0.027]
    assert found.chosen == 1


def test_a_chosen_plan_that_is_on_the_frontier_is_there_once():
    """And marked there."""
    plans = [plan(0.9, 0.1, read=OFF), plan(0.95, 0.2, read=CHECKED)]
    found = Sheet.of(profile(), plans, plans[1], title="Plans")

    assert (len(found.plans), found.chosen) == (2, 1)


def test_treatments_that_plans_share_are_written_once():
    """Each plan says which of them its steps have."""
    document = sheet().as_dict()

    assert [[it["how"] for it in step] for step in document["treatments"]] == [
        ["unchecked", "judge, 1 retry"],
        ["unchecked", "judge, 1 retry"],
    ]
    assert [one["parts"] for one in document["plans"]] == [[0, 0], [0, 1], [1, 1]]


def test_parts_add_up_to_what_a_step_comes_to():
    """Worker calls and checks apart, over all visits."""
    unchecked, checked = sheet().parts[1]

    assert (unchecked.work_usd, unchecked.check_usd) == (pytest.approx(0.01), 0.0)
    # One retry: a second attempt follows the refusal of the first, P = .9 * .05 + .1 * .9.
    attempts = 1 + 0.135
    assert checked.work_usd == pytest.approx(0.01 * attempts)
    assert checked.check_usd == pytest.approx(0.002 * attempts)
    assert checked.risk == pytest.approx(1 - 0.9 * 0.95 * attempts)


def test_a_plan_nobody_has_predicted_is_refused():
    """There is no place for it on a frontier."""
    bare = dataclasses.replace(plan(0.9, 0.1), predicted=None)
    with pytest.raises(PlanError, match="no prediction"):
        Sheet.of(profile(), [], bare, title="Plans")

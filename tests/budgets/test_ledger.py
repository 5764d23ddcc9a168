"""Money one call at a time."""

from __future__ import annotations

import math
import threading
from decimal import localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surestep.budgets import Ledger
from surestep.errors import BudgetExceeded, PlanError


def test_a_ledger_without_a_ceiling_grants_everything() -> None:
    """No ceiling leaves no remainder to name."""
    ledger = Ledger(cost_usd=None)
    ledger.reserve(1e6)
    assert ledger.remaining_usd is None
    assert ledger.reserved_usd == 1e6


def test_a_zero_ceiling_grants_free_calls_only() -> None:
    """A budget of 0 is a budget."""
    ledger = Ledger(cost_usd=0)
    ledger.reserve(0.0).settle(0.0)
    with pytest.raises(BudgetExceeded):
        ledger.reserve(1e-9)


def test_a_refusal_carries_its_figures() -> None:
    """The error says whose limit, how much of it was used, and what was needed."""
    ledger = Ledger(cost_usd=1.0, scope="decide", spent_usd=0.5)
    ledger.reserve(0.25)
    with pytest.raises(BudgetExceeded) as caught:
        ledger.reserve(0.5)
    error = caught.value
    assert (error.kind, error.limit, error.spent, error.needed, error.scope) == (
        "cost_usd",
        1.0,
        0.75,
        0.5,
        "decide",
    )


def test_settling_frees_the_rest_of_the_reserve() -> None:
    """Only the true price stays charged."""
    ledger = Ledger(cost_usd=1.0)
    assert ledger.reserve(0.8).settle(0.3) == 0.0
    assert (ledger.spent_usd, ledger.reserved_usd, ledger.remaining_usd) == (0.3, 0.0, 0.7)
    assert not ledger.estimated


def test_keeping_charges_the_reserve_as_an_estimate() -> None:
    """A call whose price never came in may have cost all of it."""
    run = Ledger(cost_usd=1.0)
    run.child("decide", None).reserve(0.4).keep()
    assert (run.spent_usd, run.reserved_usd, run.estimated) == (0.4, 0.0, True)


def test_an_estimate_leaves_what_the_call_may_have_cost_withheld():
    """Spent is what it most likely cost; the rest of the reserve is not given out again."""
    ledger = Ledger(cost_usd=1.0)
    ledger.reserve(0.8).keep(0.1)
    assert (ledger.spent_usd, ledger.withheld_usd) == (0.1, pytest.approx(0.7))
    assert ledger.remaining_usd == pytest.approx(0.2)


def test_an_estimate_above_the_reserve_is_cut_to_it():
    """The reserve is a bound, an estimate is not."""
    ledger = Ledger(cost_usd=1.0)
    ledger.reserve(0.4).keep(0.9)
    assert (ledger.spent_usd, ledger.withheld_usd) == (0.4, 0.0)


def test_releasing_leaves_no_trace() -> None:
    """A call that never happened costs nothing and estimates nothing."""
    ledger = Ledger(cost_usd=1.0)
    ledger.reserve(1.0).release()
    assert (ledger.spent_usd, ledger.remaining_usd, ledger.estimated) == (0.0, 1.0, False)


def test_only_the_first_end_of_a_hold_counts() -> None:
    """A late callback cannot charge or free a call twice."""
    ledger = Ledger(cost_usd=1.0)
    hold = ledger.reserve(0.5)
    hold.settle(0.2)
    hold.keep()
    hold.release()
    assert hold.settle(0.4) == 0.0
    assert (ledger.spent_usd, ledger.reserved_usd) == (0.2, 0.0)


def test_a_price_above_its_reserve_is_charged_and_told() -> None:
    """A bound that was none is not hidden, and the next call is refused."""
    ledger = Ledger(cost_usd=1.0)
    assert ledger.reserve(0.9).settle(1.5) == 0.6
    assert (ledger.spent_usd, ledger.remaining_usd) == (1.5, 0.0)
    with pytest.raises(BudgetExceeded):
        ledger.reserve(0.1)


def test_a_child_is_bound_by_its_own_ceiling() -> None:
    """The refusal names the step, and the run keeps its money."""
    run = Ledger(cost_usd=1.0)
    step = run.child("decide", 0.1)
    with pytest.raises(BudgetExceeded, match=r"^decide:"):
        step.reserve(0.2)
    assert run.reserved_usd == 0.0


def test_a_child_is_bound_by_its_parent() -> None:
    """Siblings share what is above them."""
    run = Ledger(cost_usd=1.0)
    run.child("decide", None).reserve(0.9)
    other = run.child("draft", 0.5)
    assert other.remaining_usd == 0.1
    with pytest.raises(BudgetExceeded, match=r"^run:"):
        other.reserve(0.2)


def test_the_run_is_named_when_both_are_out_of_money() -> None:
    """A degraded path of the step would need the run's money too."""
    run = Ledger(cost_usd=1.0)
    with pytest.raises(BudgetExceeded, match=r"^run:"):
        run.child("decide", 0.5).reserve(2.0)


def test_a_resumed_ledger_starts_from_what_was_spent() -> None:
    """Earlier passes count against the ceiling."""
    assert Ledger(cost_usd=1.0, spent_usd=0.75).remaining_usd == 0.25


def test_ten_tenths_fill_one_dollar_exactly() -> None:
    """Sums of floats would refuse the last one, or grant one more."""
    ledger = Ledger(cost_usd=1.0)
    for _ in range(10):
        ledger.reserve(0.1).settle(0.1)
    assert (ledger.spent_usd, ledger.remaining_usd) == (1.0, 0.0)


def test_the_callers_decimal_precision_does_not_matter() -> None:
    """A context with few digits would round a charge away."""
    with localcontext() as context:
        context.prec = 2
        ledger = Ledger(cost_usd=1.23456789)
        ledger.reserve(1.23456789).keep()
    assert ledger.spent_usd == 1.23456789


@given(
    ceiling=st.floats(min_value=0.0, max_value=1e4),
    amounts=st.lists(st.floats(min_value=0.0, max_value=1e4), max_size=30),
)
def test_rounding_never_lifts_spending_over_the_ceiling(
    ceiling: float, amounts: list[float]
) -> None:
    """Whatever is granted adds up to the ceiling at most, as floats too."""
    ledger = Ledger(cost_usd=ceiling)
    for amount in amounts:
        if (ledger.remaining_usd or 0.0) >= amount:
            ledger.reserve(amount).keep()
    assert ledger.spent_usd <= ceiling


@given(st.integers(min_value=0, max_value=10**14))
def test_all_that_remains_can_be_reserved(nanos: int) -> None:
    """The remainder is no float's width too large."""
    ledger = Ledger(cost_usd=nanos / 1e9)
    ledger.reserve(ledger.remaining_usd or 0.0).keep()
    assert ledger.remaining_usd == 0.0


@pytest.mark.parametrize("bad", [-0.1, math.nan, math.inf])
def test_an_impossible_amount_is_refused_and_changes_nothing(bad: float) -> None:
    """Ceiling, reserve and settlement all look at their number."""
    ledger = Ledger(cost_usd=1.0)
    hold = ledger.reserve(0.5)
    for attempt in (ledger.reserve, hold.settle, lambda usd: Ledger(cost_usd=usd)):
        with pytest.raises(PlanError, match=f"is {bad!r}"):
            attempt(bad)
    assert (ledger.spent_usd, ledger.reserved_usd) == (0.0, 0.5)


def test_threads_together_get_the_ceiling_and_no_more() -> None:
    """Eight threads that race for 1,000 calls are granted exactly 1,000."""
    run = Ledger(cost_usd=1.0)
    granted: list[int] = []

    def take() -> None:
        step, count = run.child("step", None), 0
        try:
            while True:
                step.reserve(0.001).settle(0.001)
                count += 1
        except BudgetExceeded:
            granted.append(count)

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sum(granted), run.spent_usd) == (1000, 1.0)


def test_what_is_written_off_counts_once_and_above() -> None:
    """Part of a step's waste may have been counted when a part of the step was."""
    run = Ledger(cost_usd=None)
    step = run.child("step", None)
    part = step.child("part", None)
    for ledger in (step, part):
        ledger.reserve(1.0).settle(1.0)
    part.write_off()
    step.write_off(0.5)

    assert (part.wasted_usd, step.wasted_usd, run.wasted_usd) == (1.0, 2.5, 2.5)

"""What several verifiers accept together."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import betabinom

from surestep.budgets import CheckProfile, StepProfile
from surestep.budgets.algebra.checks import Panel, panel
from tests.budgets.algebra.cases import references

rates = st.floats(0.0, 1.0)


@st.composite
def _checks(draw: st.DrawFn) -> CheckProfile:
    accept_bad = draw(rates)
    return CheckProfile(
        accept_ok=draw(rates),
        accept_bad=accept_bad,
        blind=accept_bad * draw(rates),
        family=draw(st.sampled_from(["", "a", "b"])),
    )


def _panel(members: Sequence[CheckProfile], quorum: int | None = None) -> Panel:
    step = StepProfile(success=0.9, checks={str(i): one for i, one in enumerate(members)})
    return panel(step, tuple(step.checks), quorum, tick_s=1.0)


def _by_hand(members: Sequence[CheckProfile], quorum: int) -> tuple[float, float]:
    """P(accepted) of a right and of a wrong output, over all verdicts and all blind spots.

    A wrong output lies at one place u in each family, and a check sees nothing of those with
    u < blind.
    """
    right = wrong = 0.0
    for verdicts in itertools.product((0, 1), repeat=len(members)):
        if sum(verdicts) < quorum:
            continue
        pairs = list(zip(members, verdicts, strict=True))
        right += math.prod(c.accept_ok if yes else 1.0 - c.accept_ok for c, yes in pairs)
        families = {one.family or f"alone {place}" for place, one in enumerate(members)}
        product = 1.0
        for family in families:
            own = [
                pair
                for place, pair in enumerate(pairs)
                if (pair[0].family or f"alone {place}") == family
            ]
            edges = sorted({0.0, 1.0, *(one.blind for one, _ in own)})
            product *= sum(
                (end - start) * math.prod(_said(one, yes, start) for one, yes in own)
                for start, end in itertools.pairwise(edges)
            )
        wrong += product
    return right, wrong


def _said(check: CheckProfile, accepted: int, place: float) -> float:
    seen = (check.accept_bad - check.blind) / (1.0 - check.blind) if check.blind < 1.0 else 1.0
    accept = 1.0 if place < check.blind else seen
    return accept if accepted else 1.0 - accept


@settings(deadline=None)
@given(st.lists(_checks(), min_size=1, max_size=4), st.data())
def test_any_panel_accepts_as_all_verdicts_and_blind_spots_say(
    members: list[CheckProfile], data: st.DataObject
) -> None:
    """Families, unequal rates and unequal blind spots included, for any quorum."""
    quorum = data.draw(st.integers(1, len(members)))
    found = _panel(members, quorum)
    assert (found.accept_ok, found.accept_bad) == pytest.approx(_by_hand(members, quorum), abs=1e-9)


@settings(deadline=None)
@given(_checks())
def test_one_check_alone_accepts_at_its_own_rates(check: CheckProfile) -> None:
    """A family and a blind spot change nothing for one."""
    found = _panel([check])
    assert (found.accept_ok, found.accept_bad) == pytest.approx(
        (check.accept_ok, check.accept_bad), abs=1e-9
    )


@settings(deadline=None)
@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99), st.floats(0.01, 0.99), st.integers(2, 6))
def test_correlated_checks_of_a_family_are_exactly_beta_binomial(
    accept_ok: float, accept_bad: float, spread: float, size: int
) -> None:
    """If their rates are the same."""
    check = CheckProfile(accept_ok=accept_ok, accept_bad=accept_bad, family="a", spread=spread)
    total = 1.0 / spread - 1.0
    for quorum in range(1, size + 1):
        found = _panel([check] * size, quorum)
        exact = [
            betabinom(size, rate * total, (1.0 - rate) * total).sf(quorum - 1)
            for rate in (accept_ok, accept_bad)
        ]
        assert [found.accept_ok, found.accept_bad] == pytest.approx(exact, abs=1e-8)


@settings(deadline=None)
@given(st.lists(rates, min_size=2, max_size=4), st.floats(0.0, 1.0))
def test_correlated_checks_with_unequal_rates_keep_each_its_own(
    values: list[float], spread: float
) -> None:
    """The mean number that accept is the sum of their rates, however much they correlate."""
    members = [
        CheckProfile(accept_ok=rate, accept_bad=rate, family="a", spread=spread) for rate in values
    ]
    accepts = sum(_panel(members, quorum).accept_ok for quorum in range(1, len(values) + 1))
    assert accepts == pytest.approx(sum(values), abs=1e-8)


def test_a_shared_blind_spot_is_as_the_references_say() -> None:
    """More checks of one family do not see what none of them can."""
    check = CheckProfile(accept_ok=0.95, accept_bad=0.1, blind=0.05, family="a")
    for name, (caught, alarmed) in references("blind beta=.05, s|visible=.9/.95").items():
        size, refusing = int(name[1]), int(name[3])
        found = _panel([check] * size, size - refusing + 1)
        assert 1.0 - found.accept_bad == pytest.approx(caught, abs=1e-9), name
        assert 1.0 - found.accept_ok == pytest.approx(alarmed, abs=1e-9), name


def test_a_panel_takes_as_long_as_its_slowest_and_costs_all() -> None:
    """They judge side by side."""
    members = [
        CheckProfile(accept_ok=1.0, accept_bad=0.5, latency_s=float(time), cost_usd=0.1)
        for time in (1, 3, 2)
    ]
    found = _panel(members)
    assert (found.law.mean_s, found.cost_usd, found.size) == pytest.approx((3.0, 0.3, 3))


def test_a_panel_of_nobody_accepts_everything_at_once() -> None:
    """And costs nothing."""
    found = _panel([])
    assert (found.accept_ok, found.accept_bad, found.law.mean_s, found.cost_usd) == (1, 1, 0, 0)


def test_a_quorum_above_the_number_of_verifiers_is_all_of_them() -> None:
    """As it is in a run."""
    pair = [CheckProfile(accept_ok=0.9, accept_bad=0.1)] * 2
    assert _panel(pair, 3).accept_ok == _panel(pair, 2).accept_ok == pytest.approx(0.81)

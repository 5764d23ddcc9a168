"""Request rates on the loop's own clock."""

from __future__ import annotations

import asyncio
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surestep.budgets import Rate, Rates
from surestep.clock import now_s
from surestep.errors import PlanError
from surestep.testing import run


async def starts(rates: Rates, provider: str, count: int) -> list[float]:
    """When each of `count` simultaneous callers was let through, in seconds."""

    async def call() -> float:
        await rates.wait(provider)
        return now_s()

    return sorted(await asyncio.gather(*(call() for _ in range(count))))


def test_a_provider_without_a_rate_never_waits() -> None:
    """No limit means no limit."""
    assert run(starts(Rates(), "openai", 50)) == [0.0] * 50


def test_callers_over_the_rate_wait_for_the_next_window() -> None:
    """Two a minute: the third and fourth start a minute later, on virtual time."""
    times = run(starts(Rates({"openai": Rate(requests=2, per_s=60.0)}), "openai", 4))
    assert times[:2] == [0.0, 0.0]
    assert all(60.0 < time < 64.0 for time in times[2:])


def test_providers_do_not_wait_for_each_other() -> None:
    """Each has a count of its own."""

    async def both() -> list[float]:
        rates = Rates({name: Rate(requests=1) for name in ("openai", "other")})
        return await starts(rates, "openai", 1) + await starts(rates, "other", 1)

    assert run(both()) == [0.0, 0.0]


def test_each_loop_keeps_its_own_count() -> None:
    """Times of one loop mean nothing on another."""
    rates = Rates({"openai": Rate(requests=1)})
    assert run(starts(rates, "openai", 1)) == run(starts(rates, "openai", 1)) == [0.0]


@settings(max_examples=25)
@given(requests=st.integers(1, 5), per_s=st.floats(0.5, 100.0), callers=st.integers(1, 20))
def test_no_window_holds_more_than_its_rate(requests: int, per_s: float, callers: int) -> None:
    """Any request and the one `requests` later are more than a window apart."""
    times = run(starts(Rates({"p": Rate(requests=requests, per_s=per_s)}), "p", callers))
    assert all(b - a > per_s for a, b in zip(times, times[requests:], strict=False))


@pytest.mark.parametrize("bad", [0, -1, 1.5, True])
def test_less_than_one_request_is_no_rate(bad: object) -> None:
    """A provider that may never be asked is a mistake."""
    with pytest.raises(PlanError, match=f"Rate requests is {bad}"):
        Rate(requests=bad)  # type: ignore[arg-type]


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf])
def test_an_impossible_window_is_refused(bad: float) -> None:
    """It has a length."""
    with pytest.raises(PlanError, match=f"Rate per_s is {bad}"):
        Rate(requests=1, per_s=bad)

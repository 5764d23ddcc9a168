"""The figures of a plan as people read them."""

from __future__ import annotations

from collections.abc import Callable

from surestep.budgets.predicted import Estimate
from surestep.cli.sheet import dollars


def percent(share: float) -> str:
    """A share, with more digits the nearer it is to all or nothing."""
    near = min(share, 1.0 - share) + 1e-9
    digits = 1 if near >= 0.1 else 2 if near >= 0.01 else 3
    return f"{share:.{digits}%}"


def brief_seconds(time_s: float) -> str:
    """A time of machines; short ones in milliseconds."""
    if time_s < 0.995:
        return f"{time_s * 1000:.0f} ms"
    return f"{time_s:.2f} s" if time_s < 100.0 else f"{time_s:.0f} s"


def minutes(amount: float) -> str:
    """A time of people."""
    return f"{amount:.2f} min"


def signed(change: float, shown: Callable[[float], str]) -> str:
    """A change, with its sign; none for what is shown as nothing."""
    text = shown(abs(change))
    return f"{'-' if change < 0.0 else '+'}{text}" if is_seen(text) else shown(0.0)


def is_seen(amount: str) -> bool:
    """Whether an amount as it is written is more than nothing."""
    return any(digit in amount for digit in "123456789")


Shown = Callable[[float], str]

FIGURES: dict[str, tuple[str, Shown]] = {
    "success": ("reliability", percent),
    "latency_p95_s": ("95 % within", brief_seconds),
    "latency_mean_s": ("mean time", brief_seconds),
    "cost_usd": ("mean cost", dollars),
    "human_minutes": ("people", minutes),
}
"""What each figure of a prediction is called, and how it is written."""


def interval(it: Estimate, shown: Shown) -> str:
    """An estimate with its interval, if that says more."""
    value, low, high = shown(it.value), shown(it.low), shown(it.high)
    return value if low == high else f"{value} ({low} to {high})"

"""Figures in the words of a page."""

from __future__ import annotations

import json
from datetime import UTC, datetime


def money(usd: float | None) -> str:
    """An amount in dollars; `""` if it is not known."""
    return "" if usd is None else f"${usd:,.2f}"


def span(seconds: float) -> str:
    """A length of time in its two largest units."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if minutes < 60:
        return f"{minutes} min"
    if hours < 24:
        return f"{hours} h {minutes % 60} min" if minutes % 60 else f"{hours} h"
    return f"{days} d {hours % 24} h" if hours % 24 else f"{days} d"


def when(at: float) -> str:
    """A moment, in seconds since the epoch, as date and time."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")


def share(value: float) -> str:
    """A probability in percent."""
    return f"{value:.0%}"


def text_of(value: object) -> str:
    """A value as a person reads it: texts as they stand, everything else as JSON."""
    if isinstance(value, str):
        return value
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)

"""What the assistant believes about the person's taste, from what they accepted and refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Style = str
Counts = Mapping[Style, tuple[float, float]]
"""Accepted and refused proposals by style: the parameters of a Beta distribution each."""

PRIOR: Final[Counts] = {"in a full paragraph": (2.0, 1.0), "in one short sentence": (1.0, 1.0)}
"""At first, people are thought to like it full. The styles go from long to short."""


def belief(counts: Counts, style: Style) -> float:
    """The probability that the next proposal in this style is accepted: the Beta's mean."""
    accepted, refused = counts[style]
    return accepted / (accepted + refused)


def best(counts: Counts) -> Style:
    """The style most likely to be accepted; where two are as likely, the later, shorter one."""
    return max(reversed(list(counts)), key=lambda style: belief(counts, style))


def learned(counts: Counts, style: Style, *, accepted: float = 0, refused: float = 0) -> Counts:
    """The counts after some proposals in a style."""
    before = counts[style]
    return {**counts, style: (before[0] + accepted, before[1] + refused)}


def shown(counts: Counts) -> str:
    """The beliefs in words, as in `in one short sentence: 67 %`."""
    return ", ".join(f"{style}: {belief(counts, style):.0%}" for style in counts)

"""Made-up tickets: what customers write, and what it is really about."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

PHRASES: Mapping[str, Sequence[str]] = {
    "billing": ("charged twice", "wrong invoice", "refund", "card declined"),
    "delivery": ("parcel late", "wrong address", "tracking stopped", "box empty"),
    "account": ("cannot log in", "password reset", "delete my data", "card on file"),
}
PLAIN = ("hello", "please help", "since Monday", "third time I write", "thank you")
STRAY = 0.3
"""How often a ticket also has a phrase that belongs to another category."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """One ticket.

    Attributes:
        name: unique among those of a day.
        text: what the customer wrote.
        category: what it is about; nobody knows before they look.
    """

    name: str
    text: str
    category: str


def day(name: str, count: int, *, seed: int, vague: float = 0.1) -> list[Ticket]:
    """The tickets of a day.

    Args:
        name: of the day; tickets are named by it.
        count: how many there are.
        seed: of the draw.
        vague: the share that has no phrase of its own category.
    """
    draw = random.Random(seed)
    return [_ticket(f"{name}-{number}", draw, vague) for number in range(count)]


def _ticket(name: str, draw: random.Random, vague: float) -> Ticket:
    category = draw.choice(sorted(PHRASES))
    others = [phrase for other in PHRASES if other != category for phrase in PHRASES[other]]
    parts = draw.sample(PLAIN, 2)
    if draw.random() >= vague:
        parts += draw.sample(PHRASES[category], draw.choice((1, 2)))
    if draw.random() < STRAY:
        parts.append(draw.choice(others))
    draw.shuffle(parts)
    return Ticket(name, ", ".join(parts), category)

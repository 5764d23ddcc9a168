"""The tickets of a day that may come before people, and as what."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from examples.refund_desk.learning import World
from examples.refund_desk.tiers import FIRST, LARGE_USD, LAST, SECOND, Kind, must_be_asked
from surestep.review.sampling import Draw


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A ticket that people may look at.

    Attributes:
        ticket: its place in the day.
        kind: what it is to people.
        priority: higher is served first.
        score: (1 - calibrated confidence) * amount.
        draw: whether it is looked at afterwards, if people are not asked before.
        at_s: when it comes in, in seconds.
        service_s: how long it takes a person, in seconds.
    """

    ticket: int
    kind: Kind
    priority: int
    score: float
    draw: Draw
    at_s: float
    service_s: float


def cases(world: World) -> list[Case]:
    """All that people may look at, in the order it comes in."""
    day = world.day
    priorities = np.where(day.amount_usd >= LARGE_USD, FIRST, SECOND)
    kinds = np.where(must_be_asked(day.amount_usd, world.doubt), Kind.MUST, Kind.ASKED)
    draws = [world.drawn(ticket) for ticket in range(len(day))]
    return [
        Case(
            ticket=ticket,
            kind=Kind(kinds[ticket]) if asked else Kind.SAMPLED,
            priority=int(priorities[ticket]) if asked else LAST,
            score=float(world.doubt[ticket] * day.amount_usd[ticket]),
            draw=draws[ticket],
            at_s=float(day.at_s[ticket]),
            service_s=float(day.service_s[ticket]),
        )
        for ticket, asked in enumerate(world.asked.tolist())
        if asked or draws[ticket].drawn
    ]

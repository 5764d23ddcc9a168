"""The tickets of a day that may come before people, and as what."""

from __future__ import annotations

from dataclasses import dataclass

from examples.refund_desk.learning import World
from examples.refund_desk.tiers import LARGE_USD, Kind
from surestep.review.sampling import Draw


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A ticket that people may look at.

    Attributes:
        ticket: its place in the day.
        kind: what it is to people.
        score: (1 - calibrated confidence) * amount.
        draw: whether it is looked at afterwards, if people are not asked before.
        at_s: when it comes in, in seconds.
        service_s: how long it takes a person, in seconds.
    """

    ticket: int
    kind: Kind
    score: float
    draw: Draw
    at_s: float
    service_s: float


def cases(world: World) -> list[Case]:
    """All that people may look at, in the order it comes in."""
    day, found = world.day, []
    for ticket, (asked, amount, doubt) in enumerate(
        zip(world.asked.tolist(), day.amount_usd.tolist(), world.doubt.tolist(), strict=True)
    ):
        draw = world.drawn(ticket)
        if asked or draw.drawn:
            large = Kind.MUST if amount >= LARGE_USD else Kind.ASKED
            found.append(
                Case(
                    ticket=ticket,
                    kind=large if asked else Kind.SAMPLED,
                    score=doubt * amount,
                    draw=draw,
                    at_s=float(day.at_s[ticket]),
                    service_s=float(day.service_s[ticket]),
                )
            )
    return found

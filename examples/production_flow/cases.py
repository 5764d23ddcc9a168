"""Requests with known truth; everything about one follows from its name, as `R7-0042`."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache

from examples.production_flow.policy import INTENTS, Booking, Fare, Intent, Ruling, rule
from examples.production_flow.policy import difference_cents as difference
from examples.production_flow.policy import notices as notices_for

TWISTS = {
    "ambiguous": 0.08,  # the words fit two intents
    "no_booking": 0.10,  # the number is missing
    "expired": 0.08,  # the session is
    "several": 0.12,  # intents
    "personal": 0.10,  # a telephone number among the words
}
"""What is special about a request, and how often; the rest is plain."""

WISHES: dict[Intent, tuple[str, ...]] = {
    "change": ("Please move me to day {day} from now.", "I can only travel {day} days from now."),
    "cancel": ("I want my money back, I am not coming.", "Please cancel the whole thing."),
    "question": ("May I take a bicycle?", "Where do I find the lounge?"),
}
UNCLEAR = "I cannot come as planned; what can be done? Day {day} from now would suit me."


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One request, and what is true of it.

    Attributes:
        request: its name.
        text: what the customer wrote.
        intents: what they want, the most important first.
        booking: what it is about.
        day: the new day of travel they ask for, in days from now.
        twist: what is special about it; `"plain"` if nothing.
    """

    request: str
    text: str
    intents: tuple[Intent, ...]
    booking: Booking
    day: int
    twist: str

    @property
    def difference_cents(self) -> int:
        """What the new day costs more."""
        return difference(self.booking.number, self.day)

    @property
    def ruling(self) -> Ruling:
        """What the terms want."""
        return rule(
            self.intents[0],
            self.booking.fare,
            price_cents=self.booking.price_cents,
            departs_in=self.booking.departs_in,
            difference_cents=self.difference_cents,
        )

    @property
    def notices(self) -> list[str]:
        """What the customer must be told."""
        personal = self.twist == "personal"
        return notices_for(self.ruling.kind, self.intents[0], self.booking.fare, personal=personal)


def request_name(seed: int, place: int) -> str:
    """The name of a seed's request at a place."""
    return f"R{seed}-{place:04d}"


@cache
def case_of(request: str) -> Case:
    """The case of that name; any name has one, and always the same."""
    rng = random.Random(request)
    twist = rng.choices([*TWISTS, "plain"], [*TWISTS.values(), 1.0 - sum(TWISTS.values())])[0]
    intents = _intents(twist, rng)
    digits = int.from_bytes(request.encode()) % 90_000
    fare: Fare = "flex" if rng.random() < 0.4 else "basic"
    booking = Booking(
        number=f"B-{10_000 + digits}",
        customer=f"C-{request}",
        fare=fare,
        price_cents=100 * rng.randint(60, 900),
        departs_in=rng.randint(1, 40),
    )
    day = booking.departs_in + rng.randint(1, 30)
    return Case(
        request=request,
        text=_text(twist, intents, booking, day, rng),
        intents=intents,
        booking=booking,
        day=day,
        twist=twist,
    )


def _intents(twist: str, rng: random.Random) -> tuple[Intent, ...]:
    if twist == "ambiguous":
        return ("change", "cancel")
    first = rng.choices(INTENTS, (5, 3, 2))[0]
    if twist == "several":
        return (first, rng.choice([one for one in INTENTS if one != first]))
    return (first,)


def _text(
    twist: str, intents: tuple[Intent, ...], booking: Booking, day: int, rng: random.Random
) -> str:
    if twist == "ambiguous":
        parts = [UNCLEAR]
    else:
        parts = [rng.choice(WISHES[intent]) for intent in intents]
    if twist != "no_booking":
        parts.append(f"My booking is {booking.number}.")
    if twist == "personal":
        parts.append("Call me at 555-0142.")
    return " ".join(parts).format(day=day)

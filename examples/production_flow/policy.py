"""The carrier's terms: what a change or a cancellation costs, and what a customer must be told."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

Intent = Literal["change", "cancel", "question"]
INTENTS: tuple[Intent, ...] = ("change", "cancel", "question")
Fare = Literal["flex", "basic"]
Kind = Literal["answer", "refund", "charge", "free", "deny"]
KINDS: tuple[Kind, ...] = ("answer", "refund", "charge", "free", "deny")
NOTICES = ("refund_terms", "price_breakdown", "complaints", "fare_rules", "data_protection")

BASIC_FEE_CENTS = 4_000
LAST_CHANGE_DAYS = 2
HALF_REFUND_DAYS = 7

TERMS = f"""\
- question: answer it; no money moves.
- cancel: a flex fare is refunded in full; of a basic fare half, if departure is more than \
{HALF_REFUND_DAYS} days away, else deny.
- change: a flex fare pays the fare difference, which may be 0 (then it is free); a basic fare \
pays {BASIC_FEE_CENTS / 100:.2f} USD more than that, and is denied up to {LAST_CHANGE_DAYS} days \
before departure."""
NOTICE_RULES = """\
- refund_terms with a refund, price_breakdown with a charge, complaints with a denial.
- fare_rules with every change or cancellation of a basic fare.
- data_protection where the customer's words hold a telephone number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """One booking.

    Attributes:
        number: as in `B-10042`.
        customer: whose it is.
        fare: `flex` or `basic`.
        price_cents: what was paid.
        departs_in: whole days until departure.
    """

    number: str
    customer: str
    fare: Fare
    price_cents: int
    departs_in: int


@dataclass(frozen=True, slots=True)
class Ruling:
    """What is done, and what it moves: cents the customer pays, below 0 those they get back."""

    kind: Kind
    cents: int = 0


def rule(
    intent: str, fare: str, *, price_cents: int, departs_in: int, difference_cents: int
) -> Ruling:
    """What the terms want."""
    basic = fare == "basic"
    if intent == "cancel":
        if not basic:
            return Ruling("refund", -price_cents)
        half = departs_in > HALF_REFUND_DAYS
        return Ruling("refund", -(price_cents // 2)) if half else Ruling("deny")
    if intent != "change":
        return Ruling("answer")
    if basic and departs_in <= LAST_CHANGE_DAYS:
        return Ruling("deny")
    cents = difference_cents + (BASIC_FEE_CENTS if basic else 0)
    return Ruling("charge", cents) if cents else Ruling("free")


def notices(kind: str, intent: str, fare: str, *, personal: bool) -> list[str]:
    """What the customer must be told, in the order of `NOTICES`."""
    by_kind = {"refund": "refund_terms", "charge": "price_breakdown", "deny": "complaints"}
    wanted = {by_kind.get(kind, "")}
    if fare == "basic" and intent != "question":
        wanted.add("fare_rules")
    if personal:
        wanted.add("data_protection")
    return [notice for notice in NOTICES if notice in wanted]


def difference_cents(booking: str, day: int) -> int:
    """What another day costs more for a booking; 0 on some days."""
    rng = random.Random(f"{booking}/{day}")
    return 0 if rng.random() < 0.2 else 100 * rng.randint(10, 150)


def usd(cents: int) -> str:
    """Cents as dollars and cents, without a sign."""
    return f"{abs(cents) // 100}.{abs(cents) % 100:02d}"

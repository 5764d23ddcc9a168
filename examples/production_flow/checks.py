"""What is checked: rules in code for what code can tell, rubrics for judges for the rest."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from langchain_core.language_models import BaseChatModel

from examples.production_flow.policy import INTENTS, KINDS, NOTICE_RULES, NOTICES, TERMS, usd
from surestep.verifiers import Judge, Rule, Verifier

LEAST_DIFFERENCE_CENTS = 1_000
NUMBER = re.compile(r"B-\d{5}")
RUBRICS = {
    "reading": "A reading passes if it gives what the customer's words say, and nothing else.",
    "choice": "A choice passes if it is what the customer wants most.",
    "ruling": f"A ruling passes if it is the one the terms want:\n{TERMS}",
    "notices": f"A list of notices passes if it is the one the rules want:\n{NOTICE_RULES}",
    "message": "A message passes if it tells what was decided, gives the notices, and no more.",
}
State = Mapping[str, Any]


def stands_in_text(state: State, update: State) -> bool | str:
    """Whether what was read can have been read: known intents, a number that is there."""
    reading, text = update["reading"], state["cleaned"]["text"]
    if not reading["intents"] or not set(reading["intents"]) <= set(INTENTS):
        return f"Intents are of {', '.join(INTENTS)}."
    if reading["booking"] is None:
        return not NUMBER.search(text) or "The words give a booking."
    return reading["booking"] in text or "Take the booking from the customer's own words."


def was_read(state: State, update: State) -> bool:
    """Whether the choice is one of the intents read."""
    return update["choice"]["intent"] in state["reading"]["intents"]


def is_fresh(update: State) -> bool:
    """Whether the record is of today."""
    return bool(update["record"]["as_of_days"] == 0)


def is_plausible(update: State) -> bool | str:
    """Whether the fare difference can be one in cents."""
    cents = update["facts"]["difference_cents"]
    return cents == 0 or cents >= LEAST_DIFFERENCE_CENTS or "This may be another unit."


def within_bounds(state: State, update: State) -> bool | str:
    """Whether the amount fits the kind of ruling and the price."""
    ruling, price = update["ruling"], state["facts"]["price_cents"]
    if ruling["kind"] not in KINDS:
        return f"Kinds are {', '.join(KINDS)}."
    if (ruling["cents"] != 0) != (ruling["kind"] in ("refund", "charge")):
        return "Money moves with a refund or a charge, and only then."
    return ruling["cents"] >= -price or f"At most {usd(price)} USD were paid."


def are_known(update: State) -> bool:
    """Whether the notices exist, each once."""
    names = update["notices"]["names"]
    return set(names) <= set(NOTICES) and len(names) == len(set(names))


def says_amount(state: State, update: State) -> bool | str:
    """Whether the message names the amount that moves, if one does."""
    cents = state["ruling"]["cents"]
    return not cents or f"{usd(cents)} USD" in update["message"]["text"] or "Name the amount."


READ = Rule(stands_in_text, name="in_text")
CHOSEN = Rule(was_read, name="was_read", feedback="Choose one of the intents that were read.")
FRESH = Rule(is_fresh, name="fresh", feedback="The record is of another day.")
PLAUSIBLE = Rule(is_plausible, name="plausible")
BOUNDS = Rule(within_bounds, name="bounds")
KNOWN = Rule(are_known, name="known", feedback=f"Notices are {', '.join(NOTICES)}.")
AMOUNT = Rule(says_amount, name="amount")


def judges(small: BaseChatModel, large: BaseChatModel, of: str) -> list[Verifier]:
    """A cheap and a dear judge of what a step makes."""
    sees = ("request", "cleaned", "facts", "ruling", "notices")
    return [
        Judge(small, rubric=RUBRICS[of], name="judge", sees=sees),
        Judge(large, rubric=RUBRICS[of], name="second", sees=sees),
    ]

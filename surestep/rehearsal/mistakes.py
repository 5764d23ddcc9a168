"""Plausible mistakes: a value of the same shape that is not the value."""

from __future__ import annotations

import re

from pydantic import JsonValue

from surestep.rehearsal.draw import Draws

_NUMBER = re.compile(r"[0-9]{1,15}")


def mistaken(value: JsonValue, draws: Draws) -> JsonValue:
    """The value with one mistake in it, of the same JSON type, never equal to it.

    An object has one of its values mistaken, a list one of its items, a text one of its
    numbers; a text without numbers is denied, what is empty gets something, and null becomes
    a text.
    """
    match value:
        case dict():
            return _mistaken_object(value, draws)
        case list():
            return _mistaken_list(value, draws)
        case str():
            return _mistaken_text(value, draws)
        case bool():
            return not value
        case int() | float():
            # A float this large swallows what is added to it.
            return value + _slip(draws) if abs(value) < 1e9 else value // 2
        case _:
            return "unknown"


def _mistaken_object(value: dict[str, JsonValue], draws: Draws) -> dict[str, JsonValue]:
    if not value:
        return {"unexpected": True}
    key = draws.pick("key", list(value))
    return {**value, key: mistaken(value[key], draws.at(key))}


def _mistaken_list(value: list[JsonValue], draws: Draws) -> list[JsonValue]:
    if not value:
        return ["unexpected"]
    at = int(draws.uniform("item") * len(value))
    return [*value[:at], mistaken(value[at], draws.at(at)), *value[at + 1 :]]


def _mistaken_text(text: str, draws: Draws) -> str:
    numbers = list(_NUMBER.finditer(text))
    if not numbers:
        return f"not {text}"
    found = draws.pick("number", numbers)
    other = str(int(found[0]) + _slip(draws)).zfill(len(found[0]))
    return text[: found.start()] + other + text[found.end() :]


def _slip(draws: Draws) -> int:
    return 1 + int(draws.uniform("slip") * 9)

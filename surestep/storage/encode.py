"""JSON text of whatever a user's state may hold: nothing is refused, nothing is cut."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, time
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from uuid import UUID

from pydantic import BaseModel

_DEEPEST = 64


def to_json(value: object) -> str:
    """One line of strict JSON that holds `value` as faithfully as JSON can.

    Models, messages and dataclasses become objects of their fields, sets become sorted lists,
    dates ISO texts, bytes `{"base64": ...}`, numbers JSON lacks (NaN, infinities) texts, and
    anything else its `repr`. Non-ASCII text is escaped, so a lone surrogate survives too.
    """
    try:
        return json.dumps(value, default=_opened, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError):
        # Odd keys, NaN, cycles and towers are rare; only they pay for the walk in Python.
        return json.dumps(_plain(value, ()), separators=(",", ":"))


def columns(row: object) -> dict[str, object]:
    """The fields of a dataclass by name, its texts `clean`; neither nested nor copied."""
    assert is_dataclass(row)
    values = ((field.name, getattr(row, field.name)) for field in fields(row))
    return {name: clean(value) if isinstance(value, str) else value for name, value in values}


def clean(text: str) -> str:
    """A text any database takes: NUL and lone surrogates, as models do write, become escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\x00")


def from_json(text: str | None) -> dict[str, object]:
    """The object a JSON column holds; empty for an absent one."""
    return dict(json.loads(text)) if text else {}


def _opened(value: object) -> object:
    """`value`, one layer opened, as something closer to JSON."""
    try:
        return _known(value)
    except Exception:  # noqa: BLE001 - a user's model or repr may raise anything; the trace must not
        return f"<unreadable {type(value).__name__}>"


def _known(value: object) -> object:  # noqa: PLR0911 - a table of types reads best as one
    match value:
        case BaseModel():
            return value.model_dump()
        case Enum():
            return value.value
        case Mapping():
            return dict(value)
        case set() | frozenset():
            return sorted(value, key=repr)
        case date() | time():
            return value.isoformat()
        case bytes() | bytearray():
            return {"base64": base64.b64encode(value).decode("ascii")}
        case Decimal() | UUID() | PurePath():
            return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return columns(value)
    return repr(value)


def _plain(value: object, around: tuple[int, ...]) -> object:
    """`value` as plain JSON values; `around` are the objects it stands in, outermost first."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if id(value) in around or len(around) > _DEEPEST:
        place = "around this" if id(value) in around else f"more than {_DEEPEST} deep"
        return f"<{type(value).__name__} {place}>"
    inside = (*around, id(value))
    if isinstance(value, dict):
        return {_key(key): _plain(item, inside) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, inside) for item in value]
    return _plain(_opened(value), inside)


def _key(key: object) -> str:
    return key if isinstance(key, str) else str(_opened(key))

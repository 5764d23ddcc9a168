"""Plain JSON of whatever the user's state is made of, and one text per answer."""

from __future__ import annotations

import json

from pydantic_core import to_jsonable_python


def plain(value: object) -> object:
    """`value` as plain JSON values; what JSON cannot hold becomes its `repr`."""
    return to_jsonable_python(value, fallback=repr, bytes_mode="base64")


def canonical_json(value: object) -> str:
    """The same text for equal values: keys sorted, 5.0 like 5, models as their fields."""
    return json.dumps(
        _whole(plain(value)), sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )


def _whole(value: object) -> object:
    # Models write the same amount now as 5, now as 5.0.
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value

"""One JSON text per value, whatever the user's state is made of."""

from __future__ import annotations

import json

from pydantic_core import to_jsonable_python


def plain(value: object) -> object:
    """`value` as plain JSON values; what JSON cannot hold becomes its `repr`."""
    return to_jsonable_python(value, fallback=repr, bytes_mode="base64")


def canonical_json(value: object) -> str:
    """The same text for equal values: keys sorted, no white space, models as their fields."""
    return json.dumps(plain(value), sort_keys=True, ensure_ascii=False, separators=(",", ":"))

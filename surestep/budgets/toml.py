"""Writes the part of TOML that plans use; the standard library only reads it.

Grammar: https://toml.io/en/v1.0.0
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def table(path: Sequence[str], values: Mapping[str, object]) -> str:
    """A table under its header, mappings in it inline; without a header if `path` is empty."""
    header = [f"[{'.'.join(map(_key, path))}]"] if path else []
    lines = [f"{_key(name)} = {value(entry)}" for name, entry in values.items()]
    return "\n".join([*header, *lines]) + "\n"


def value(entry: object) -> str:
    """A string, number, flag, list or mapping as TOML.

    Raises:
        TypeError: for any other type.
    """
    match entry:
        case bool():
            return "true" if entry else "false"
        case int() | float():
            return repr(entry)
        case str():
            return _string(entry)
        case Mapping():
            pairs = ", ".join(f"{_key(name)} = {value(item)}" for name, item in entry.items())
            return f"{{{pairs}}}"
        case list() | tuple():
            return f"[{', '.join(map(value, entry))}]"
    raise TypeError(f"{entry!r} has no form in TOML.")


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else _string(name)


def _string(text: str) -> str:
    # JSON's escapes are TOML's too, except that TOML also forbids a bare DEL.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

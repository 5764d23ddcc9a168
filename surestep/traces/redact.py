"""Ready-made redactors for `Store.open(redact=...)`; they work on plain JSON values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from surestep.storage import Redactor

REDACTED = "[redacted]"


def redact_keys(*keys: str, instead: str = REDACTED) -> Redactor:
    """A redactor that hides the values under these keys, at any depth, whatever their case.

    Args:
        keys: names whose values are never stored.
        instead: what is stored in their place.
    """
    hidden = {key.casefold() for key in keys}

    def redact(data: Mapping[str, object]) -> Mapping[str, object]:
        return {
            key: instead if key.casefold() in hidden else _mapped(value, redact, _same)
            for key, value in data.items()
        }

    return redact


def redact_pattern(pattern: str | re.Pattern[str], *, instead: str = REDACTED) -> Redactor:
    """A redactor that hides what matches in any text, keys included.

    Args:
        pattern: a regular expression, such as `r"\\b\\d{13,16}\\b"` for card numbers.
        instead: what is stored in place of each match; taken literally.

    Raises:
        re.error: if the pattern is no regular expression.
    """
    compiled = re.compile(pattern)

    def hide(text: str) -> str:
        return compiled.sub(lambda _: instead, text)

    def redact(data: Mapping[str, object]) -> Mapping[str, object]:
        return {hide(key): _mapped(value, redact, hide) for key, value in data.items()}

    return redact


def redact_all(*redactors: Redactor) -> Redactor:
    """A redactor that applies these, one after the other."""

    def redact(data: Mapping[str, object]) -> Mapping[str, object]:
        for one in redactors:
            data = one(data)
        return data

    return redact


def _same(text: str) -> str:
    return text


def _mapped(value: object, redact: Redactor, hide: Callable[[str], str]) -> object:
    """`value` with objects redacted and texts hidden, at any depth."""
    if isinstance(value, Mapping):
        return redact(value)
    if isinstance(value, list | tuple):
        return [_mapped(item, redact, hide) for item in value]
    return hide(value) if isinstance(value, str) else value

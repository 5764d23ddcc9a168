"""Ready-made redactors for `Store.open(redact=...)`; they work on plain JSON values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from surestep.errors import InputError
from surestep.storage import Redactor

REDACTED = "[redacted]"


def redact_keys(*keys: str, instead: str = REDACTED) -> Redactor:
    """A redactor that hides the values under these keys, at any depth, whatever their case.

    Text that merely contains JSON, as a model's answer may, has no keys: hide what stands in
    it with `redact_pattern`.

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
    r"""A redactor that hides what matches in any text or number, keys included.

    A number that matches becomes a text.

    Args:
        pattern: a regular expression, such as `r"\b\d{13,16}\b"` for card numbers.
        instead: what is stored in place of each match; taken literally.

    Raises:
        InputError: if the pattern is no regular expression.
    """
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise InputError(
            f"Redaction pattern {pattern!r} is no regular expression: {error}.",
            remedy="Escape what is meant literally with re.escape(...).",
        ) from error

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
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return value
    hidden = hide(str(value))
    return value if hidden == str(value) else hidden

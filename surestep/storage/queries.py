"""SQL files read as named statements, so that no SQL stands between Python lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from itertools import chain

SHARED = ("queries.sql", "reviews.sql")
"""The files of statements that every dialect understands."""

_HEADING = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


@cache
def statements(file: str) -> Mapping[str, str]:
    """The statements of one of our SQL files, by the name in the `-- name:` line above each.

    Args:
        file: the file's name in `surestep/storage`.
    """
    text = files("surestep.storage").joinpath(file).read_text(encoding="utf-8")
    _, *parts = _HEADING.split(text)
    return dict(zip(parts[::2], (part.strip() for part in parts[1::2]), strict=True))


def in_dialect(file: str, spelled: Callable[[str], str]) -> Mapping[str, str]:
    """Every statement of the store in one dialect, by name.

    Args:
        file: the dialect's own statements, which nothing else can say.
        spelled: gives a statement that all dialects share as this one spells it.
    """
    parts = (statements(part).items() for part in (*SHARED, file))
    return {name: spelled(text) for name, text in chain.from_iterable(parts)}

"""SQL files read as named statements, so that no SQL stands between Python lines."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

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

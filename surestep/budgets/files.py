"""Small files that people keep: read and written whole, with typed errors."""

from __future__ import annotations

import os
from pathlib import Path

from surestep.errors import PlanError


def read_text(path: str | os.PathLike[str], *, what: str) -> str:
    """The text of a file that holds `what`, such as `"plan"`.

    Raises:
        PlanError: if there is no such file, it cannot be read, or it is not UTF-8.
    """
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PlanError(
            f"The {what} {str(path)!r} cannot be read: {error}.",
            remedy="Give the path of a readable UTF-8 file.",
        ) from error


def write_text(path: str | os.PathLike[str], text: str, *, what: str) -> None:
    """Replace a file that holds `what`, in UTF-8; missing folders are made.

    Raises:
        PlanError: if the place cannot be written.
    """
    write_bytes(path, text.encode("utf-8"), what=what)


def write_bytes(path: str | os.PathLike[str], content: bytes, *, what: str) -> None:
    """Replace a file that holds `what`; missing folders are made.

    Raises:
        PlanError: if the place cannot be written.
    """
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(content)
    except OSError as error:
        raise PlanError(
            f"The {what} {str(path)!r} cannot be written: {error}.",
            remedy="Give a path in a folder that can be written.",
        ) from error

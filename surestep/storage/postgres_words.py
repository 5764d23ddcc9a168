"""How Postgres spells what is written once, for SQLite and for it."""

from __future__ import annotations

import re

_IN_QUERIES = (
    (r"(?<!:):([a-z]\w*)", r"%(\1)s"),
    (r"\bmax\(([\w.]+), ([\w.]+)\)", r"greatest(\1, \2)"),
)
_IN_SCHEMA = (
    (r"\bINTEGER PRIMARY KEY AUTOINCREMENT", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"),
    (r"\bINTEGER\b", "BIGINT"),
    (r"\bREAL\b", "DOUBLE PRECISION"),
    (r"\bBLOB\b", "BYTEA"),
    (
        r"\nBEGIN\n\s*SELECT RAISE\(ABORT, ('[^']*')\);\nEND;",
        r" FOR EACH ROW EXECUTE FUNCTION refuse(\1);",
    ),
)


def query(text: str) -> str:
    """A statement of the store: its parameters, and the larger of two values."""
    return _spelled(text, _IN_QUERIES)


def section(text: str) -> str:
    """A section of the schema: its types, its counters, and triggers that refuse."""
    return _spelled(text, _IN_SCHEMA)


def _spelled(text: str, spellings: tuple[tuple[str, str], ...]) -> str:
    for pattern, spelling in spellings:
        text = re.sub(pattern, spelling, text)
    return text

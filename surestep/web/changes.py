"""What an edit changes, word by word, before it is sent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from surestep.web.words import text_of

Mark = Literal["same", "gone", "new"]
_WORDS = re.compile(r"\s+|\d[\d.,]*|\w+|[^\w\s]")
_LONGEST = 4_000
"""Words beyond which a text is shown as replaced: to compare them takes time in their square."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text.

    Attributes:
        mark: whether it stays, is taken out, or comes in.
        text: the text.
    """

    mark: Mark
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one key of a proposal.

    Attributes:
        key: the key.
        pieces: its value before and after, merged.
    """

    key: str
    pieces: tuple[Piece, ...]


def changes(before: Mapping[str, object], after: Mapping[str, object]) -> tuple[Change, ...]:
    """What is different, key by key; nothing for what stays as it is."""
    return tuple(
        Change(key, tuple(_pieces(_shown(before, key), _shown(after, key))))
        for key in {**before, **after}
        if key not in before or key not in after or before[key] != after[key]
    )


def _shown(values: Mapping[str, object], key: str) -> str:
    return text_of(values[key]) if key in values else ""


def _pieces(old: str, new: str) -> Iterator[Piece]:
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    if max(len(before), len(after)) > _LONGEST:
        before, after = [old], [new]
    matcher = SequenceMatcher(a=before, b=after, autojunk=False)
    for what, start, end, to, until in matcher.get_opcodes():
        gone, come = "".join(before[start:end]), "".join(after[to:until])
        if what == "equal":
            yield Piece("same", gone)
            continue
        if gone:
            yield Piece("gone", gone)
        if come:
            yield Piece("new", come)

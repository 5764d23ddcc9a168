"""Tokens of a text: how many, and how probable the role finds each."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from itertools import zip_longest

_TOKEN = re.compile(r"\s*\w+|\s*[^\w\s]|\s+")
CHARS_PER_TOKEN = 4
# The API's smallest log-probability; it stands for 0, which has no logarithm.
LEAST_LOGPROB = -9999.0


@dataclass(frozen=True, slots=True)
class Token:
    """One token of an answer, with its log-probability and that of another in its place."""

    text: str
    logprob: float
    other: str | None = None
    other_logprob: float = LEAST_LOGPROB


def count_tokens(text: str) -> int:
    """About how many tokens a text has: a quarter of its characters, rounded up."""
    return math.ceil(len(text) / CHARS_PER_TOKEN)


def split_tokens(text: str) -> list[str]:
    """The text in token-like pieces that join to it again."""
    return _TOKEN.findall(text)


def scored_tokens(text: str, alternative: str, probability: float) -> list[Token]:
    """The tokens of a text, certain but for the first that differs from the alternative.

    That one carries the role's probability, and the alternative's token in its place the rest,
    so a verdict's word tells how sure the judge is.
    """
    pieces, others = split_tokens(text), split_tokens(alternative)
    pairs = list(zip_longest(pieces, others))[: len(pieces)]
    parting = next((at for at, (piece, other) in enumerate(pairs) if piece != other), 0)
    return [
        Token(piece, _log(probability), other, _log(1.0 - probability))
        if at == parting
        else Token(piece, 0.0)
        for at, (piece, other) in enumerate(pairs)
    ]


def _log(probability: float) -> float:
    return math.log(probability) if probability > 0.0 else LEAST_LOGPROB

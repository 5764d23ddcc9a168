"""How sure a judge is: the probability of "pass" from token log-probabilities."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TypedDict

_VERDICT_BEGINS = re.compile(r'"verdict"\s*:\s*"\s*[A-Za-z]')
_LETTERS = re.compile(r"[A-Za-z]+")


class Alternative(TypedDict):
    """A token that could have stood here, with the natural logarithm of its probability."""

    token: str
    logprob: float


class Token(Alternative):
    """A token of a reply, with the likeliest alternatives to it (itself among them)."""

    top_logprobs: list[Alternative]


def pass_probability(tokens: Sequence[Token]) -> float | None:
    """P(pass) against P(fail) at the token where the verdict of a JSON reply begins.

    A verdict that is not among the listed alternatives is given the most that it can have:
    the probability not listed, or that of the least likely one listed if this is smaller.

    Args:
        tokens: the reply's tokens, as OpenAI's `logprobs.content` lists them.

    Returns:
        A probability in [0, 1]; `None` if the verdict is not found or its alternatives say
        nothing of it.
    """
    written = ""
    for token in tokens:
        written += token["token"]
        if _VERDICT_BEGINS.search(written):
            return _share(token["top_logprobs"] or [token])
    return None


def _share(alternatives: Sequence[Alternative]) -> float | None:
    odds = {"pass": 0.0, "fail": 0.0}
    chances = [math.exp(alternative["logprob"]) for alternative in alternatives]
    for alternative, chance in zip(alternatives, chances, strict=True):
        letters = _LETTERS.findall(alternative["token"])
        for verdict in odds:
            # A token may hold the word's beginning only, and the quotes around it.
            if letters and verdict.startswith(letters[-1].lower()):
                odds[verdict] += chance
    if not any(odds.values()):
        return None
    unlisted = min(max(0.0, 1.0 - sum(chances)), *chances)
    passing, failing = (odds[verdict] or unlisted for verdict in ("pass", "fail"))
    return passing / (passing + failing)

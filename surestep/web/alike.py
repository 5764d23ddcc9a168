"""Items that are like another: decided ones to learn from, open ones to decide together."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Mapping
from itertools import islice

from surestep.storage import Item
from surestep.values import Question
from surestep.web.rows import stake_usd

_LATEST = 1_000
"""Decided items that are compared, the latest: to look at all would take long in the end."""


def similar(question: Question, decided: Iterable[Item], *, most: int = 5) -> tuple[Item, ...]:
    """The decided items of the same step that are most like a question, the likest first.

    Args:
        question: the question.
        decided: items to choose from, the last decided first, which breaks ties.
        most: how many to give at most.
    """
    known = [
        (distance(question, item.question), place, item)
        for place, item in enumerate(decided)
        if item.question.step == question.step and item.question.question_id != question.question_id
    ]
    return tuple(item for _, _, item in heapq.nsmallest(most, known))


def alike(question: Question, items: Iterable[Item], *, most: int) -> list[Item]:
    """The first items that can be decided together with a question, `most` of them at most."""
    wanted = shape(question)
    same = (item for item in items if item.question.step == question.step)
    return list(islice((item for item in same if shape(item.question) == wanted), most))


def distance(one: Question, other: Question) -> float:
    """How unlike two questions are.

    The factor between their amounts, in powers of 10, the difference of their confidence, and the
    shares of keys whose values differ and of words their reasons do not have in common.
    """
    return (
        _apart(stake_usd(one), stake_usd(other), log=True)
        + _apart(one.confidence, other.confidence)
        + _differing(one.proposal, other.proposal)
        + _unshared({*one.reason.lower().split()}, {*other.reason.lower().split()})
    )


def shape(question: Question) -> tuple[object, ...]:
    """What questions must have in common to be decided together."""
    kinds = tuple(sorted((key, _kind(value)) for key, value in question.proposal.items()))
    return question.kind, question.step, kinds, question.allowed, question.approvers


def _kind(value: object) -> str:
    """The JSON type of a value; whole and other numbers are one."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return "number" if is_number else type(value).__name__


def _apart(one: float | None, other: float | None, *, log: bool = False) -> float:
    if one is None or other is None:
        return 0.0 if one is other else 1.0
    return abs(math.log10((one + 1.0) / (other + 1.0))) if log else abs(one - other)


def _differing(one: Mapping[str, object], other: Mapping[str, object]) -> float:
    keys = {*one, *other}
    different = sum(key not in one or key not in other or one[key] != other[key] for key in keys)
    return different / len(keys) if keys else 0.0


def _unshared(one: set[str], other: set[str]) -> float:
    return 1.0 - len(one & other) / len(one | other) if one | other else 0.0

"""Voting: further samples of a step until one answer is far enough ahead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from surestep.errors import GraphError
from surestep.values import Verdict
from surestep.verifiers.base import check_options
from surestep.verifiers.canonical import canonical_json

# Any, because samples have the type of the user's own updates.
KeyFunction: TypeAlias = Callable[[Any], object]
RedFlag: TypeAlias = Callable[[Any], bool]

_KEY_CHARS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """Asks a step for further samples until one answer leads by `ahead_by` votes.

    First-to-ahead-by-k as in MAKER (arXiv 2511.09030): with a worker that is right with
    probability p and always wrong in the same way, the winner is right with probability
    1 / (1 + ((1 - p) / p)^k), k being the lead actually needed. Leads are compared after
    whole waves, and waves of two keep the lead's parity, so a `first` of another parity than
    `ahead_by` needs a lead of one more: choose both even or both odd.

    Attributes:
        ahead_by: votes by which the winner must lead the next best answer.
        first: samples in the first wave, the worker's own output included.
        wave: samples in each further wave.
        cap: samples at most; an undecided vote is then inconclusive.
        key: what of an update is the answer, by default all of it; answers are the same if
            their JSON is.
        red_flag: whether an update is malformed and must not vote. Such samples count
            against `cap`, as do those on which `key` or `red_flag` raises.
        name: the verifier's name.

    Raises:
        GraphError: a number is not a whole one from 1 up, or `cap` is below `first` or
            `ahead_by`.
    """

    ahead_by: int = 3
    first: int = 3
    wave: int = 2
    cap: int = 9
    key: KeyFunction | None = None
    red_flag: RedFlag | None = None
    name: str = "vote"

    def __post_init__(self) -> None:
        check_options(self.name, None)
        for option in ("ahead_by", "first", "wave", "cap"):
            value = getattr(self, option)
            if type(value) is not int or value < 1:
                raise GraphError(
                    f"Vote {self.name!r} has {option}={value!r}.",
                    remedy="Give a whole number, 1 or more.",
                )
        least = max(self.first, self.ahead_by)
        if self.cap < least:
            raise GraphError(
                f"Vote {self.name!r} has cap={self.cap}, which can never decide.",
                remedy=f"Give {least} or more: `first` and `ahead_by` must fit in it.",
            )


def answer_of(vote: Vote, sample: object) -> str | None:
    """The answer a sample gives, as JSON; `None` if it is malformed and has no vote."""
    try:
        if vote.red_flag is not None and vote.red_flag(sample):
            return None
        return canonical_json(vote.key(sample) if vote.key else sample)
    except Exception:  # noqa: BLE001  # What the user's functions cannot read is malformed.
        return None


class VoteTally:
    """The votes of one step so far, and how many more to ask for.

    Attributes:
        vote: the rules.
        samples: how many samples came in, discarded ones included.
        discarded: how many of them were red-flagged.
    """

    def __init__(self, vote: Vote) -> None:
        self.vote = vote
        self.samples = 0
        self.discarded = 0
        self._counts: dict[str, int] = {}
        self._firsts: dict[str, object] = {}

    def add(self, sample: object) -> bool:
        """Count one update; `False` if it was discarded instead."""
        key = answer_of(self.vote, sample)
        if key is None:
            self.discard()
            return False
        self.samples += 1
        self._counts[key] = self._counts.get(key, 0) + 1
        self._firsts.setdefault(key, sample)
        return True

    def discard(self) -> None:
        """Count a sample that gave no update to vote with, as one whose worker raised."""
        self.samples += 1
        self.discarded += 1

    @property
    def leader(self) -> str | None:
        """The answer with most votes, as JSON, the earliest of equals; `None` before the first."""
        return max(self._counts, key=self._counts.__getitem__, default=None)

    def votes(self, answer: str | None) -> int:
        """How many samples gave an answer."""
        return 0 if answer is None else self._counts.get(answer, 0)

    def first_of(self, answer: str | None) -> object | None:
        """The first sample that gave an answer."""
        return None if answer is None else self._firsts.get(answer)

    @property
    def lead(self) -> int:
        """Votes by which the leader is ahead of the next best answer."""
        best, second = sorted([0, 0, *self._counts.values()], reverse=True)[:2]
        return best - second

    @property
    def decided(self) -> bool:
        """Whether the leader has won; meaningful after a whole wave."""
        return self.lead >= self.vote.ahead_by

    @property
    def winner(self) -> object | None:
        """The first sample that gave the winning answer; `None` while there is none."""
        return self.first_of(self.leader) if self.decided else None

    def next_wave(self) -> int:
        """How many more samples to ask for at once.

        Returns:
            0 once the vote is decided, or cannot be any more within the cap.
        """
        left = self.vote.cap - self.samples
        if self.decided or self.lead + left < self.vote.ahead_by:
            return 0
        missing = self.vote.first - self.samples
        return min(missing if missing > 0 else self.vote.wave, left)

    def verdict(self) -> Verdict:
        """`pass` for a decided vote, else `inconclusive`; the tally is the evidence.

        The score is the leader's share of the votes.
        """
        votes = sum(self._counts.values())
        top = max(self._counts.values(), default=0)
        return Verdict(
            "pass" if self.decided else "inconclusive",
            score=top / votes if votes else None,
            feedback="" if self.decided else self._undecided(),
            evidence=self._evidence(),
            verifier=self.vote.name,
        )

    def _undecided(self) -> str:
        return (
            f"No answer was {self.vote.ahead_by} votes ahead after {self.samples} samples; "
            f"the best led by {self.lead}, and {self.discarded} samples were discarded."
        )

    def _evidence(self) -> dict[str, object]:
        ranked = sorted(self._counts.items(), key=lambda item: -item[1])
        return {
            "votes": [{"answer": key[:_KEY_CHARS], "votes": n} for key, n in ranked],
            "samples": self.samples,
            "discarded": self.discarded,
        }


def too_long(max_chars: int) -> RedFlag:
    """A red flag for updates whose JSON is longer than `max_chars` characters.

    Raises:
        GraphError: `max_chars` is not a whole number from 1 up.
    """
    if type(max_chars) is not int or max_chars < 1:
        raise GraphError(
            f"too_long has max_chars={max_chars!r}.", remedy="Give a whole number, 1 or more."
        )
    return lambda update: len(canonical_json(update)) > max_chars

"""What the evidence of a step says, and what to ask for next: pure functions on values.

The rule is sequential: Wald's test between answers (Sequential Analysis, 1947), with a mixture
over classes of tasks in place of one rate. It takes the wrong samples of a task to agree, the
worst case for a vote.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import repeat
from typing import TypeAlias

from surestep.budgets.tally import Tally

NONE = ""
"""The answer that none of those drawn is right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What has come in so far.

    Attributes:
        votes: samples that gave each answer; earlier answers first.
        discarded: samples that gave none.
        accepts: how often each verifier accepted each answer, by (answer, verifier).
        rejects: how often it rejected it.
        silent: how often it gave no judgement.
    """

    votes: Mapping[str, int] = field(default_factory=dict)
    discarded: int = 0
    accepts: Mapping[tuple[str, str], int] = field(default_factory=dict)
    rejects: Mapping[tuple[str, str], int] = field(default_factory=dict)
    silent: Mapping[tuple[str, str], int] = field(default_factory=dict)

    @property
    def samples(self) -> int:
        """Samples drawn."""
        return sum(self.votes.values()) + self.discarded

    def voted(self, answer: str | None) -> Evidence:
        """This, and one more sample; `None` is one that gave no answer."""
        if answer is None:
            return replace(self, discarded=self.discarded + 1)
        return replace(self, votes={**self.votes, answer: self.votes.get(answer, 0) + 1})

    def judged(self, answer: str, verifier: str, status: str) -> Evidence:
        """This, and one more verdict: `pass`, `fail`, or anything that is neither."""
        key = (answer, verifier)
        if status == "pass":
            return replace(self, accepts=_more(self.accepts, key))
        if status == "fail":
            return replace(self, rejects=_more(self.rejects, key))
        return replace(self, silent=_more(self.silent, key))

    def asked(self, answer: str, verifier: str) -> int:
        """How often a verifier was asked about an answer."""
        key = (answer, verifier)
        return sum(one.get(key, 0) for one in (self.accepts, self.rejects, self.silent))


def _more(
    counts: Mapping[tuple[str, str], int], key: tuple[str, str]
) -> dict[tuple[str, str], int]:
    return {**counts, key: counts.get(key, 0) + 1}


@dataclass(frozen=True, slots=True)
class Commit:
    """The evidence suffices for `answer`."""

    answer: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to ask for at once: `samples`, and `checks` as (answer, verifier)."""

    samples: int = 0
    checks: tuple[tuple[str, str], ...] = ()


Step: TypeAlias = Commit | Wanted | None


def posterior(evidence: Evidence, tally: Tally) -> dict[str, float]:
    """P(right) of each answer, and under `NONE` that of none of them; they add up to 1."""
    scores = {answer: _score(answer, evidence, tally) for answer in (*evidence.votes, NONE)}
    top = max(scores.values())
    weights = {answer: math.exp(score - top) for answer, score in scores.items()}
    total = math.fsum(weights.values())
    return {answer: weight / total for answer, weight in weights.items()}


def leader(evidence: Evidence, tally: Tally, incumbent: str | None = None) -> str | None:
    """The likeliest answer; the incumbent if another is only as likely; `None` before the first."""
    known = posterior(evidence, tally)
    del known[NONE]
    if not known:
        return None
    best = max(known, key=known.__getitem__)
    if incumbent in known and known[incumbent] >= known[best]:
        return incumbent
    return best


def next_step(evidence: Evidence, tally: Tally) -> Step:
    """What to do when nothing is under way: commit, ask for more, or give up (`None`).

    Checks of the leader come first, as many as would suffice if all accept, then samples, as
    many as would if all agree. While the leader is less likely right than not, a further
    sample is drawn, and the two best answers are judged.
    """
    best = leader(evidence, tally)
    if best is None:
        return _draws(evidence, tally, tally.first)
    if settled(evidence, tally, best):
        return Commit(best)
    chances = posterior(evidence, tally)
    if chances[best] < 0.5:
        ranked = sorted(evidence.votes, key=lambda answer: -chances[answer])[:2]
        checks = [next(_unasked(evidence, tally, answer), None) for answer in ranked]
        found = tuple(one for one in checks if one is not None)
        more = 1 if evidence.samples < tally.cap else 0
        return Wanted(more, found) if more or found else None
    checks_wanted = tuple(_checks_to_settle(evidence, tally, best))
    if checks_wanted:
        return Wanted(checks=checks_wanted)
    return _draws(evidence, tally, _votes_to_settle(evidence, tally, best))


def settled(evidence: Evidence, tally: Tally, answer: str) -> bool:
    """Whether an answer can be committed to."""
    return posterior(evidence, tally)[answer] >= 1.0 - tally.risk


def _score(right: str, evidence: Evidence, tally: Tally) -> float:
    """Log-likelihood of all that came in, up to a constant, if `right` is the right answer."""
    agree = evidence.votes.get(right, 0)
    others = sum(evidence.votes.values()) - agree
    likelihood = math.fsum(
        one.share * one.success**agree * (1.0 - one.success) ** others for one in tally.classes
    )
    return math.log(likelihood) + math.fsum(_said(right, evidence, tally))


def _said(right: str, evidence: Evidence, tally: Tally) -> Iterator[float]:
    """What the verdicts on `right` add, over what they would if it were wrong."""
    for name, strength in tally.checks.items():
        accepts = evidence.accepts.get((right, name), 0)
        rejects = evidence.rejects.get((right, name), 0)
        yield accepts * math.log(strength.accept_ok / strength.accept_bad)
        yield rejects * math.log((1.0 - strength.accept_ok) / (1.0 - strength.accept_bad))


def _unasked(evidence: Evidence, tally: Tally, answer: str) -> Iterator[tuple[str, str]]:
    """The checks of an answer that are still to be had."""
    for name in tally.checks:
        yield from repeat((answer, name), tally.repeats - evidence.asked(answer, name))


def _checks_to_settle(evidence: Evidence, tally: Tally, answer: str) -> Iterator[tuple[str, str]]:
    for check in _unasked(evidence, tally, answer):
        yield check
        evidence = evidence.judged(*check, "pass")
        if settled(evidence, tally, answer):
            return


def _votes_to_settle(evidence: Evidence, tally: Tally, answer: str) -> int:
    left = tally.cap - evidence.samples
    for number in range(1, left + 1):
        evidence = evidence.voted(answer)
        if settled(evidence, tally, answer):
            return number
    return left


def _draws(evidence: Evidence, tally: Tally, number: int) -> Wanted | None:
    number = min(number, tally.cap - evidence.samples)
    return Wanted(number) if number > 0 else None

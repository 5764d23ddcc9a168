"""How weighing evidence can go, counted: every order in which samples and verdicts come in.

The rule of `surestep.budgets.evidence` is played on a task whose wrong samples all agree, which
leaves two answers. What it asks for depends on the tally alone, so this is done once for any
rates; what a tally comes to at given rates then is a polynomial, as for a vote.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import TypeAlias

from surestep.budgets.evidence import Evidence, Wanted, leader, next_step, settled
from surestep.budgets.tally import Tally

RIGHT, WRONG = "right", "wrong"

Moment: TypeAlias = tuple[int, int]
"""A round, and how many of its samples are in; all it asked for if that is its size."""


@dataclass(frozen=True, slots=True)
class Round:
    """What is asked for at once: a number of samples, and verifiers by name."""

    samples: int
    checks: tuple[str, ...]

    @property
    def size(self) -> int:
        """How many answers it brings."""
        return self.samples + len(self.checks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """One way the weighing can have gone so far; orders that differ in nothing here are one.

    Attributes:
        evidence: what has come in.
        best: the answer bet on: the likeliest.
        since: from when on.
        rounds: what was asked for.
        now: how much of that has come in.
        orders: in how many orders it can have come in.
        switched: the same, each order as often as the bet changed in it.
    """

    evidence: Evidence
    best: str | None
    since: Moment
    rounds: tuple[Round, ...]
    now: Moment
    orders: float
    switched: float

    @property
    def key(self) -> tuple[object, ...]:
        """What decides how it goes on."""
        known = self.evidence
        counts = (known.votes, known.accepts, known.rejects)
        said = tuple(frozenset(count.items()) for count in counts)
        # The earlier answer is the one asked about first where both are as likely.
        return (*said, tuple(known.votes), self.best, self.since, self.rounds, self.now)


@lru_cache(maxsize=64)
def walked(tally: Tally) -> tuple[tuple[Walk, bool], ...]:
    """Every end of a tally, and whether it commits to the answer bet on there."""
    start = Walk(
        evidence=Evidence(), best=None, since=(0, 0), rounds=(), now=(-1, 0), orders=1, switched=0
    )
    ends: list[tuple[Walk, bool]] = []
    open_ones = [start]
    while open_ones:
        going: list[Walk] = []
        for one in open_ones:
            step = next_step(one.evidence, tally)
            if not isinstance(step, Wanted):
                ends.append((one, False))
            # Samples are alike, so that what an early commitment saves is known; verdicts are not.
            elif step.checks:
                going += _judged(one, step, tally)
            else:
                going += _drawn(one, step.samples, tally, ends)
        open_ones = [one for one in _merged(going) if not _over(one, tally, ends)]
    return tuple(ends)


def _over(one: Walk, tally: Tally, ends: list[tuple[Walk, bool]]) -> bool:
    committed = one.best is not None and settled(one.evidence, tally, one.best)
    if committed:
        ends.append((one, True))
    return committed


def _drawn(one: Walk, samples: int, tally: Tally, ends: list[tuple[Walk, bool]]) -> list[Walk]:
    """After a round of samples, each weighed as it comes in."""
    begun = replace(one, rounds=(*one.rounds, Round(samples, ())))
    going = [begun]
    for place in range(1, samples + 1):
        now = (len(one.rounds), place)
        came = [
            _with(each, each.evidence.voted(answer), now, tally)
            for each in going
            for answer in (RIGHT, WRONG)
        ]
        going = _merged(came)
        if place < samples:
            going = [each for each in going if not _over(each, tally, ends)]
    return going


def _judged(one: Walk, step: Wanted, tally: Tally) -> Iterator[Walk]:
    """After a round that asks verifiers, all of which is waited for."""
    asked = Round(step.samples, tuple(name for _, name in step.checks))
    now = (len(one.rounds), asked.size)
    begun = replace(one, rounds=(*one.rounds, asked))
    for drawn in product((RIGHT, WRONG), repeat=step.samples):
        for statuses in product(("pass", "fail"), repeat=len(step.checks)):
            evidence = one.evidence
            for answer in drawn:
                evidence = evidence.voted(answer)
            for (answer, name), status in zip(step.checks, statuses, strict=True):
                evidence = evidence.judged(answer, name, status)
            yield _with(begun, evidence, now, tally)


def _with(one: Walk, evidence: Evidence, now: Moment, tally: Tally) -> Walk:
    best = leader(evidence, tally, one.best)
    if best == one.best:
        return replace(one, evidence=evidence, now=now)
    switched = one.switched + (one.orders if one.best is not None else 0.0)
    return replace(one, evidence=evidence, now=now, best=best, since=now, switched=switched)


def _merged(walks: list[Walk]) -> list[Walk]:
    found: dict[tuple[object, ...], Walk] = {}
    for one in walks:
        known = found.setdefault(one.key, one)
        if known is not one:
            orders, switched = known.orders + one.orders, known.switched + one.switched
            found[one.key] = replace(known, orders=orders, switched=switched)
    return list(found.values())

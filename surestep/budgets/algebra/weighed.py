"""An attempt of as many samples and verdicts as it takes to be sure enough of one answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from surestep.budgets.algebra.attempt import Attempt, Source, Way, at_once
from surestep.budgets.algebra.checks import sights
from surestep.budgets.algebra.law import Floats, Law, law_of, nothing, slowest_of
from surestep.budgets.algebra.spacing import arrival, wait
from surestep.budgets.algebra.walks import RIGHT, WRONG, Course, Moment, Round, walked
from surestep.budgets.profiled import StepProfile
from surestep.budgets.tally import Tally

Clock: TypeAlias = tuple[Law, tuple[tuple[str, Law], ...]]
"""Time of one worker call, and of one check of each verifier, by its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ends:
    """The ends of a tally as columns, one row each.

    Attributes:
        courses: how each came about.
        committed: whether it commits to the answer bet on.
        samples: right and wrong samples drawn.
        orders: in how many orders it can come about, and the changes of bet in all of these.
        said: by verifier: accepts and rejects of the right answer, and of the wrong one.
    """

    courses: tuple[Course, ...]
    committed: NDArray[np.bool_]
    samples: Floats
    orders: Floats
    said: dict[str, Floats]


def weighed(source: Source, step: StepProfile, tally: Tally) -> Attempt:
    """Samples and verdicts, until an answer is as sure as the tally asks.

    Wrong samples are taken to agree. Verdicts are independent given the truth, but for the blind
    spots that verifiers share; a round that asks any verifier is waited for as a whole.

    Args:
        source: what is drawn from.
        step: what is known of the step's verifiers.
        tally: the rule.
    """
    ends = _ends(tally)
    verdicts = _verdicts(ends, step)
    right, wrong = (ends.samples[:, [place]][..., None] for place in (0, 1))
    terms = source.success**right * (1.0 - source.success) ** wrong
    chances, switched = (
        column[:, None, None] * verdicts[:, None, None] * terms for column in ends.orders
    )
    clock = (
        source.worker,
        tuple(
            (
                name,
                law_of(
                    step.checks[name].latency_s, step.checks[name].latencies_s, source.worker.tick_s
                ),
            )
            for name in tally.checks
        ),
    )
    lost = chances[~ends.committed].sum(axis=0)
    asked = [[name for each in one.rounds for name in each.checks] for one in ends.courses]
    price = [sum(step.checks[name].cost_usd for name in names) for names in asked]
    drawn = [sum(each.samples for each in one.rounds) for one in ends.courses]
    return Attempt(
        accepted=tuple(_accepted(source, ends, chances, clock)),
        undecided=tuple(_undecided(source, ends, chances, clock)),
        worker_calls=np.tensordot(drawn, chances, 1),
        check_calls=np.tensordot([len(names) for names in asked], chances, 1),
        check_cost_usd=np.tensordot(price, chances, 1),
        vain=switched.sum(axis=0) + lost if source.speculative else np.zeros_like(source.success),
    )


@lru_cache(maxsize=64)
def _ends(tally: Tally) -> _Ends:
    found = walked(tally)
    known = [one.evidence for one, _ in found]
    kinds = [(known_of, answer) for answer in (RIGHT, WRONG) for known_of in ("accepts", "rejects")]
    return _Ends(
        courses=tuple(one for one, _ in found),
        committed=np.array([committed for _, committed in found]),
        samples=np.array(
            [[one.votes.get(a, 0) for a in (RIGHT, WRONG)] for one in known], dtype=np.float64
        ),
        orders=np.array([[one.orders for one, _ in found], [one.switched for one, _ in found]]),
        said={
            name: np.array(
                [
                    [getattr(one, kind).get((answer, name), 0) for kind, answer in kinds]
                    for one in known
                ],
                dtype=np.float64,
            )
            for name in tally.checks
        },
    )


def _verdicts(ends: _Ends, step: StepProfile) -> Floats:
    """P(the verifiers say what they said), by end."""
    chances = np.ones(len(ends.courses))
    for name, said in ends.said.items():
        accept = step.checks[name].accept_ok
        chances *= accept ** said[:, 0] * (1.0 - accept) ** said[:, 1]
    for family in sights({name: step.checks[name] for name in ends.said}):
        mixed = np.zeros(len(ends.courses))
        for share, accepts in family:
            part = np.full(len(ends.courses), share)
            for name, accept in accepts.items():
                said = ends.said[name]
                part *= accept ** said[:, 2] * (1.0 - accept) ** said[:, 3]
            mixed += part
        chances *= mixed
    return chances


def _accepted(source: Source, ends: _Ends, chances: Floats, clock: Clock) -> Iterator[Way]:
    groups: dict[tuple[tuple[Round, ...], Moment, Moment], tuple[list[int], list[int]]] = {}
    for place in np.flatnonzero(ends.committed).tolist():
        one = ends.courses[place]
        since = one.since if source.speculative else one.now
        groups.setdefault((one.rounds, one.now, since), ([], []))[one.best == WRONG].append(place)
    for (rounds, now, since), (right, wrong) in groups.items():
        settled = _elapsed(rounds, now, clock)
        yield Way(
            ok=chances[right].sum(axis=0),
            bad=chances[wrong].sum(axis=0),
            advance=_elapsed(rounds[: since[0] + 1], since, clock),
            confirm=_between(rounds, since, now, clock),
            settled=settled,
        )


def _undecided(source: Source, ends: _Ends, chances: Floats, clock: Clock) -> Iterator[Way]:
    groups: dict[tuple[Round, ...], list[int]] = {}
    for place in np.flatnonzero(~ends.committed).tolist():
        groups.setdefault(ends.courses[place].rounds, []).append(place)
    for rounds, places in groups.items():
        lost = chances[places].sum(axis=0)
        law = _elapsed(rounds, (len(rounds) - 1, rounds[-1].size), clock)
        yield at_once(np.zeros_like(lost), lost, law, source.nothing)


@lru_cache(maxsize=4096)
def _elapsed(rounds: tuple[Round, ...], now: Moment, clock: Clock) -> Law:
    """The time until a moment of the last of these rounds."""
    last = _in(rounds[-1], now[1], clock)
    return reduce(Law.then, (_in(each, each.size, clock) for each in rounds[:-1]), last)


@lru_cache(maxsize=4096)
def _between(rounds: tuple[Round, ...], since: Moment, now: Moment, clock: Clock) -> Law:
    """The time from one moment to another."""
    first, worker = rounds[since[0]], clock[0]
    until = now[1] if since[0] == now[0] else first.size
    rest = nothing(worker.tick_s)
    if since[1] < until:
        rest = wait(worker, since[1], until, first.samples)
    if since[0] == now[0]:
        return rest
    return rest.then(_elapsed(rounds[since[0] + 1 : now[0] + 1], now, clock))


@lru_cache(maxsize=4096)
def _in(asked: Round, number: int, clock: Clock) -> Law:
    """The time until so much of a round is in."""
    worker, checks = clock[0], dict(clock[1])
    if number < asked.size:
        return arrival(worker, number, asked.samples)
    return slowest_of([*(worker,) * asked.samples, *(checks[name] for name in asked.checks)])

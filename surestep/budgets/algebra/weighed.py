"""An attempt of as many samples and verdicts as it takes to be sure enough of one answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from surestep.budgets.algebra.attempt import Attempt, Source, Way, at_once
from surestep.budgets.algebra.checks import sights
from surestep.budgets.algebra.law import Floats, Law, law_of, nothing, slowest_of
from surestep.budgets.algebra.spacing import arrival, wait
from surestep.budgets.algebra.walks import RIGHT, WRONG, Moment, Round, Walk, walked
from surestep.budgets.evidence import Evidence
from surestep.budgets.profiled import StepProfile
from surestep.budgets.tally import Tally

Clock: TypeAlias = tuple[Law, tuple[tuple[str, Law], ...]]
"""Time of one worker call, and of one check of each verifier, by its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ends:
    """The ends of a tally as columns, one row each.

    Attributes:
        walks: how each came about.
        committed: whether it commits to the answer bet on.
        samples: right and wrong samples drawn.
        orders: in how many orders it can come about, and the changes of bet in all of these.
        drawn: samples asked for, those that come too late included.
        asked: how often each verifier is, in the order of the tally.
        said: by verifier: accepts and rejects of the right answer, and of the wrong one.
    """

    walks: tuple[Walk, ...]
    committed: NDArray[np.bool_]
    samples: Floats
    orders: Floats
    drawn: Floats
    asked: Floats
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
    clock = _clock(source, step, tally)
    # Where nothing is committed to, the run was on the likeliest answer in vain.
    lost = chances[~ends.committed].sum(axis=0)
    prices = [step.checks[name].cost_usd for name in tally.checks]
    return Attempt(
        accepted=tuple(_accepted(source, ends, chances, clock)),
        undecided=tuple(_undecided(source, ends, chances, clock)),
        worker_calls=np.tensordot(ends.drawn, chances, 1),
        check_calls=np.tensordot(ends.asked.sum(axis=1), chances, 1),
        check_cost_usd=np.tensordot(ends.asked @ np.array(prices), chances, 1),
        vain=switched.sum(axis=0) + lost if source.speculative else np.zeros_like(source.success),
    )


def _clock(source: Source, step: StepProfile, tally: Tally) -> Clock:
    checks = [(name, step.checks[name]) for name in tally.checks]
    tick_s = source.worker.tick_s
    return source.worker, tuple(
        (name, law_of(one.latency_s, one.latencies_s, tick_s)) for name, one in checks
    )


@lru_cache(maxsize=64)
def _ends(tally: Tally) -> _Ends:
    found = walked(tally)
    known = [one.evidence for one, _ in found]
    rounds = [one.rounds for one, _ in found]
    return _Ends(
        walks=tuple(one for one, _ in found),
        committed=np.array([committed for _, committed in found]),
        samples=_columns([[one.votes.get(a, 0) for a in (RIGHT, WRONG)] for one in known]),
        orders=_columns([[one.orders for one, _ in found], [one.switched for one, _ in found]]),
        drawn=_columns([sum(each.samples for each in one) for one in rounds]),
        asked=_columns(
            [
                [sum(each.checks.count(name) for each in one) for name in tally.checks]
                for one in rounds
            ]
        ),
        said={name: _columns([_said(one, name) for one in known]) for name in tally.checks},
    )


def _columns(rows: Sequence[object]) -> Floats:
    return np.array(rows, dtype=np.float64)


def _said(known: Evidence, name: str) -> list[int]:
    counts = [
        (kind, answer) for answer in (RIGHT, WRONG) for kind in (known.accepts, known.rejects)
    ]
    return [kind.get((answer, name), 0) for kind, answer in counts]


def _verdicts(ends: _Ends, step: StepProfile) -> Floats:
    """P(the verifiers say what they said), by end."""
    chances = np.ones(len(ends.walks))
    for name, said in ends.said.items():
        accept = step.checks[name].accept_ok
        chances *= accept ** said[:, 0] * (1.0 - accept) ** said[:, 1]
    for family in sights({name: step.checks[name] for name in ends.said}):
        mixed = np.zeros(len(ends.walks))
        for share, accepts in family:
            part = np.full(len(ends.walks), share)
            for name, accept in accepts.items():
                said = ends.said[name]
                part *= accept ** said[:, 2] * (1.0 - accept) ** said[:, 3]
            mixed += part
        chances *= mixed
    return chances


def _accepted(source: Source, ends: _Ends, chances: Floats, clock: Clock) -> Iterator[Way]:
    groups: dict[tuple[tuple[Round, ...], Moment, Moment], tuple[list[int], list[int]]] = {}
    for place in np.flatnonzero(ends.committed).tolist():
        one = ends.walks[place]
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
        groups.setdefault(ends.walks[place].rounds, []).append(place)
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

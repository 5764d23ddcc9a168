"""An attempt of several outputs at once, of which the first accepted goes on."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from surestep.budgets.algebra.attempt import Attempt, Source, Way, at_once
from surestep.budgets.algebra.law import Floats, Law


def several(source: Source, count: int) -> Attempt:
    """`count` outputs drawn at once, each judged when it is there.

    Each is accepted with probability a; if n of them are, the first is there after the shortest
    of n times, and if none is, that is known after the longest of all. A run that speculates
    goes on with the output that is there first until that is refused, the others being spares,
    and then with the first accepted of them.
    """
    panel, ok = source.panel, source.success
    good, bad = ok * panel.accept_ok, (1.0 - ok) * panel.accept_bad
    accept, refuse = good + bad, 1.0 - good - bad
    judged = source.worker.then(panel.law)
    none = refuse**count
    fails = np.divide(ok - good, refuse, out=np.zeros_like(ok), where=refuse > 0.0)
    refused = at_once(none * fails, none * (1.0 - fails), judged.slowest(count), source.nothing)
    launched = _launched(source.worker, judged, count, accept)
    if source.speculative:
        accepted, launched = _bets(source, count, good, bad), np.full_like(ok, float(count))
    else:
        ways = [(n, _share(accept, n, count)) for n in range(1, count + 1)]
        accepted = tuple(
            at_once(good * share, bad * share, judged.fastest(n), source.nothing)
            for n, share in ways
        )
    return Attempt(
        accepted=accepted,
        refused=(refused,) if panel.size else (),
        worker_calls=np.full_like(ok, source.calls * count),
        check_runs=launched if panel.size else np.zeros_like(ok),
        vain=refuse if source.speculative else np.zeros_like(ok),
    )


def _share(accept: Floats, n: int, count: int) -> Floats:
    """P(n of `count` are accepted) / P(one is)."""
    chance: Floats = math.comb(count, n) * accept ** (n - 1) * (1.0 - accept) ** (count - n)
    return chance


def _launched(worker: Law, judged: Law, count: int, accept: Floats) -> Floats:
    """Mean number of outputs whose check begins before another one is accepted."""
    chances: Floats = np.zeros_like(accept)
    for n, moment in enumerate(_earlier(worker, judged, count)):
        chances = chances + math.comb(count - 1, n) * (-accept) ** n * moment
    return count * chances


@lru_cache(maxsize=1024)
def _earlier(worker: Law, judged: Law, count: int) -> Floats:
    """P(n others would be judged before a worker is done), by n < count."""
    before = np.concatenate(([0.0], np.cumsum(judged.pmf)))[: worker.pmf.size]
    return np.array([worker.pmf @ before**n for n in range(count)])


def _bets(source: Source, count: int, good: Floats, bad: Floats) -> tuple[Way, ...]:
    law, worker = source.panel.law, source.worker
    first = Way(
        ok=good,
        bad=bad,
        advance=worker.fastest(count),
        confirm=law,
        settled=worker.fastest(count).then(law),
    )
    accept = good + bad
    lost = [(1.0 - accept) * _share(accept, n, count - 1) for n in range(1, count)]
    return first, *(
        at_once(good * share, bad * share, _spare(worker, law, count, n), source.nothing)
        for n, share in enumerate(lost, start=1)
    )


@lru_cache(maxsize=1024)
def _spare(worker: Law, check: Law, count: int, n: int) -> Law:
    """When the first output is refused, and the first of `n` accepted others is there.

    Given when the first was drawn, the others are drawn later; of those drawn in the same tick,
    half the mass counts as later.
    """
    ends = worker.pmf.size + check.pmf.size - 1
    judged = np.minimum(np.cumsum(np.pad(check.pmf, (0, ends - check.pmf.size))), 1.0)
    # Row u is P(judged by t | drawn at u), by t.
    lag = np.arange(ends)[None, :] - np.arange(worker.pmf.size)[:, None]
    since = np.where(lag >= 0, judged[lag], 0.0)
    own = worker.pmf[:, None] * since
    later = np.cumsum(own[::-1], axis=0)[::-1] - own / 2.0
    mass = np.cumsum(worker.pmf[::-1])[::-1] - worker.pmf / 2.0
    others = later / np.maximum(mass, np.finfo(np.float64).tiny)[:, None]
    first = np.pad(worker.fastest(count).pmf, (0, worker.pmf.size))[: worker.pmf.size]
    below = first @ (since * (1.0 - np.maximum(1.0 - others, 0.0) ** n))
    return Law.weighted(np.diff(below, prepend=0.0), worker.tick_s)

"""An attempt of several outputs at once, of which the first accepted goes on."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from surestep.budgets.algebra.attempt import Attempt, Source, Way, at_once
from surestep.budgets.algebra.law import Floats, Law
from surestep.budgets.algebra.spares import spare


def several(source: Source, count: int) -> Attempt:
    """`count` outputs drawn at once, each judged when it is there.

    Each is accepted with probability a; if n of them are, the first is there after the shortest
    of n times, and if none is, that is known after the longest of all. A run that speculates
    goes on with the output that is there first until that is refused, and then with the next,
    or with one that has been accepted by then; with three or more, the latter is left out here.
    """
    panel, ok = source.panel, source.success
    good, bad = ok * source.accept_ok, (1.0 - ok) * source.accept_bad
    accept, refuse = good + bad, 1.0 - good - bad
    judged = source.worker.then(panel.law)
    none = refuse**count
    fails = np.divide(ok - good, refuse, out=np.zeros_like(ok), where=refuse > 0.0)
    refused = at_once(none * fails, none * (1.0 - fails), judged.slowest(count), source.nothing)
    vain = np.zeros_like(ok)
    if source.speculative:
        accepted, vain = _bets(source, count, good, bad)
        # Nearly all are judged before the last is settled, and none is charged too little.
        launched = np.full_like(ok, float(count))
    else:
        accepted = tuple(
            at_once(good * share, bad * share, judged.fastest(n), source.nothing)
            for n in range(1, count + 1)
            for share in (_share(accept, n, count),)
        )
        launched = _launched(source.worker, judged, count, accept)
    # A call that is cancelled has been paid for, so all of them count.
    return Attempt(
        accepted=accepted,
        refused=(refused,) if panel.size else (),
        worker_calls=np.full_like(ok, source.calls * count),
        check_calls=launched * panel.size,
        check_cost_usd=launched * panel.cost_usd,
        vain=vain,
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


def _bets(source: Source, count: int, good: Floats, bad: Floats) -> tuple[tuple[Way, ...], Floats]:
    """The ways to an accepted output, by which was the first drawn of those, and what was vain.

    An output is bet on only if it was not refused before those drawn earlier were.
    """
    law, refuse = source.panel.law, 1.0 - good - bad
    first = source.worker.fastest(count)
    times = [(first, law, first.then(law))]
    times += [spare(source.worker, law, rank, count) for rank in range(2, count + 1)]
    ways, vain = [], refuse
    for before, (advance, confirm, settled) in enumerate(times):
        share = refuse**before
        way = Way(
            ok=good * share, bad=bad * share, advance=advance, confirm=confirm, settled=settled
        )
        ways.append(way)
        if before:
            vain = vain + refuse ** (before + 1) * (1.0 - confirm.pmf[0])
    return tuple(ways), vain

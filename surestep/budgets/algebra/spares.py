"""When what follows can start on a spare output, the ones it started on having been refused."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from surestep.budgets.algebra.law import Floats, Law
from surestep.budgets.algebra.spacing import arrival


@lru_cache(maxsize=1024)
def spare(worker: Law, check: Law, rank: int, count: int) -> tuple[Law, Law, Law]:
    """Its `advance`, `confirm` and `settled`, if it is the first drawn that will be accepted.

    Drawn at w as the rank-th of all, and judged in k, it comes after others that are drawn by w
    and refused at times of which m is the last: `advance` is max(m, w), and `settled`
    max(m, w + k). Given w, each of the others is refused by t with
    G(t) = sum over u <= w of P(u) P(k <= t - u) / P(drawn by w); of those drawn in the same tick,
    half count as earlier.

    Args:
        worker: time of one worker call.
        check: time of one judgement.
        rank: as which of all outputs it is drawn, from 2.
        count: outputs drawn at once.
    """
    size = worker.pmf.size + check.pmf.size
    # Rows are the times a worker can take, of which recorded ones are few on a fine lattice.
    places = np.flatnonzero(worker.pmf)
    judged = np.minimum(np.cumsum(_padded(check.pmf, size)), 1.0)
    lag = np.arange(size)[None, :] - places[:, None]
    ended = np.where(lag >= 0, judged[lag], 0.0)
    refused = _refused(worker.pmf[places], ended) ** (rank - 1)
    drawn = _padded(arrival(worker, rank, count).pmf, worker.pmf.size)[places]
    advance = drawn @ (refused * (lag >= 0))
    settled = drawn @ (refused * ended)
    # P(confirm > c) = sum over j > 0 of P(k = c + j) P(m < w + j).
    rows = np.arange(places.size)
    earlier = [float(drawn @ refused[rows, places + j]) for j in range(check.pmf.size)]
    beyond = np.correlate(_padded(check.pmf[1:], 2 * check.pmf.size), np.array(earlier))
    return (
        Law.weighted(np.diff(advance, prepend=0.0), worker.tick_s),
        Law.weighted(-np.diff(beyond, prepend=1.0), worker.tick_s),
        Law.weighted(np.diff(settled, prepend=0.0), worker.tick_s),
    )


def _refused(chances: Floats, ended: Floats) -> Floats:
    """P(an output drawn by w is refused by t), by w and t, from the chances of each w."""
    own = chances[:, None] * ended
    mass = np.cumsum(chances) - chances / 2.0
    refused: Floats = (np.cumsum(own, axis=0) - own / 2.0) / mass[:, None]
    return refused


def _padded(pmf: Floats, size: int) -> Floats:
    return np.pad(pmf, (0, max(0, size - pmf.size)))

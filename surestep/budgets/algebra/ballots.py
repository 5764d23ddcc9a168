"""Votes, counted: in how many orders samples can come in for each end of a vote.

Counting needs no rates, so it is done once for any numbers of a vote. What a vote comes to at
given rates then is a polynomial: a sum over terms p^a u^b v^c, for a right samples, b that
agree on a wrong answer, and c that each give an answer of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from surestep.budgets.algebra.law import Floats

Mask: TypeAlias = NDArray[np.bool_]

RIGHT, AGREED, STRAY = range(3)
"""Answers that can lead: the right one, the wrong one samples agree on, one given only once."""


@dataclass(frozen=True, slots=True)
class Vote:
    """The numbers of a vote, as in a plan."""

    ahead_by: int
    first: int
    wave: int
    cap: int

    @property
    def waves(self) -> tuple[int, ...]:
        """The sizes of its waves of samples, up to the cap."""
        sizes = [self.first]
        while (left := self.cap - sum(sizes)) > 0:
            sizes.append(min(self.wave, left))
        return tuple(sizes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """The ends of a vote after one wave, as numbers of orders by right and agreeing samples.

    Attributes:
        samples: samples drawn by then.
        since: from which sample on, counted from 0, a winner can have been bet on.
        right: the right answer wins; by the entries of `since`.
        wrong: a wrong one wins; by the same.
        stuck: the vote cannot be decided any more.
        switched: all of these together, each order as often as the bet changed in it.
    """

    samples: int
    since: tuple[int, ...]
    right: Floats
    wrong: Floats
    stuck: Floats
    switched: Floats


@lru_cache(maxsize=256)
def ballot(vote: Vote, bets: tuple[int, ...] = ()) -> tuple[Wave, ...]:
    """The ends of a vote, wave by wave; leads are compared after whole waves.

    Args:
        vote: its numbers.
        bets: after which samples the run turns to the leader, the one bet on so far if another
            is only level with it, else the earliest of equals; `()` follows no bets, and all
            ends are of sample 0.
    """
    side = vote.cap + 1
    # Axes: orders and switches in them; the answer bet on; since which sample; right; agreeing.
    state = np.zeros((2, 3, vote.cap, side, side) if bets else (2, 1, 1, side, side))
    # Numbers of orders outgrow integers; as floats they keep their relative precision.
    state[0, 0, 0, 0, 0] = 1.0
    waves: list[Wave] = []
    ends = list(accumulate(vote.waves))
    for samples in range(1, vote.cap + 1):
        state = _sampled(state)
        if samples in bets[:1]:
            _bet_first(state, samples)
        elif samples in bets:
            _bet_again(state, samples)
        if samples in ends:
            wave, on = _ended(state, vote, samples)
            waves.append(wave)
            state = state * on
    return tuple(waves)


def _sampled(state: Floats) -> Floats:
    after = state.copy()
    after[..., 1:, :] += state[..., :-1, :]
    after[..., :, 1:] += state[..., :, :-1]
    return after


def _bet_first(state: Floats, samples: int) -> None:
    """Bet on the leader; of equals, each was the earliest in as many orders."""
    right, agreed = np.indices(state.shape[-2:])
    strays = np.maximum(samples - right - agreed, 0)
    best = np.maximum.reduce([right, agreed, np.minimum(strays, 1)])
    level = np.array([right == best, agreed == best, strays * (best == 1)], dtype=np.float64)
    orders = state[0, 0, 0] * level / level.sum(axis=0)
    state[...] = 0.0
    state[0, :, samples - 1] = orders


def _bet_again(state: Floats, samples: int) -> None:
    right, agreed = np.indices(state.shape[-2:])
    ahead = np.sign(right - agreed)
    beaten = np.maximum(right, agreed) > 1
    # Level on passing a stray in the same round, either was the earlier in half of all orders.
    moves = (
        (RIGHT, AGREED, ahead < 0),
        (AGREED, RIGHT, ahead > 0),
        (STRAY, RIGHT, beaten * (1 + ahead) / 2),
        (STRAY, AGREED, beaten * (1 - ahead) / 2),
    )
    gone = [(old, new, state[:, old] * share) for old, new, share in moves]
    for old, new, left in gone:
        state[:, old] -= left
        orders, switches = left.sum(axis=1)
        state[0, new, samples - 1] += orders
        state[1, new, samples - 1] += switches + orders


def _ended(state: Floats, vote: Vote, samples: int) -> tuple[Wave, Mask]:
    """The ends after this many samples, and where the vote goes on."""
    leads = _leads(state.shape[-1], samples)
    won = [lead >= vote.ahead_by for lead in leads]
    # As the engine's tally reckons: for the one ahead only, who has the shortest way.
    stuck = np.max(leads, axis=0) + vote.cap - samples < vote.ahead_by
    over = np.any(won, axis=0) | stuck
    followed = state.shape[1] > 1
    won_by = [state[0, answer if followed else 0] * won[answer] for answer in range(3)]
    right, wrong = won_by[RIGHT], won_by[AGREED] + won_by[STRAY]
    since = np.flatnonzero((right + wrong).any(axis=(1, 2)))
    return Wave(
        samples=samples,
        since=tuple(since.tolist()),
        right=right[since],
        wrong=wrong[since],
        stuck=(state[0] * stuck).sum(axis=(0, 1)),
        switched=(state[1] * over).sum(axis=(0, 1)),
    ), ~over


def _leads(side: int, samples: int) -> list[Floats]:
    """By how much each answer leads the next best, by right and agreeing samples."""
    right, agreed = np.indices((side, side)).astype(np.float64)
    strays = samples - right - agreed
    one, two = np.where(strays >= 1, 1.0, 0.0), np.where(strays >= 2, 1.0, 0.0)
    # No stray has company, so two of them keep each other from leading.
    return [
        right - np.maximum(agreed, one),
        agreed - np.maximum(right, one),
        np.where(strays >= 1, 1.0 - np.maximum.reduce([right, agreed, two]), 0.0),
    ]

"""An attempt of as many samples as it takes for one answer to lead."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from itertools import accumulate

import numpy as np

from surestep.budgets.algebra.attempt import Attempt, Source, Way, at_once
from surestep.budgets.algebra.ballots import Vote, Wave, ballot
from surestep.budgets.algebra.law import Floats, Law, nothing
from surestep.budgets.algebra.spacing import arrival, wait


@dataclass(frozen=True, slots=True, kw_only=True)
class _Poll:
    """A wave at given rates: its ends' probabilities, by row and class; see `Wave`."""

    wave: Wave
    right: Floats
    wrong: Floats
    stuck: Floats
    switched: Floats

    @property
    def won(self) -> tuple[Floats, Floats]:
        """P(decided after this wave), for the right answer and for a wrong one."""
        return self.right.sum(axis=0), self.wrong.sum(axis=0)


def elected(source: Source, vote: Vote) -> Attempt:
    """Samples in waves until one answer leads; its first sample is then judged.

    First-to-ahead-by-k of MAKER (arXiv 2511.09030), leads being compared after whole waves. A
    run that speculates goes on with the leader after each sample.

    Args:
        source: what is drawn from; its `alike` says how likely two wrong samples agree.
        vote: the numbers of the vote.
    """
    polls = [_poll(wave, source) for wave in ballot(vote, _moments(source, vote))]
    panel, none = source.panel, source.nothing
    decided = _decided(source.worker, vote)
    won = [poll.won for poll in polls]
    refused = tuple(
        at_once(ok * (1.0 - source.accept_ok), bad * (1.0 - source.accept_bad), law, none)
        for (ok, bad), law in zip(won, _judged(decided, panel.law), strict=True)
    )
    undecided = tuple(
        at_once(np.zeros_like(poll.stuck), poll.stuck, law, none)
        for poll, law in zip(polls, decided, strict=True)
    )
    ends = [ok + bad + poll.stuck for (ok, bad), poll in zip(won, polls, strict=True)]
    lost = sum(way.ok + way.bad for way in (*refused, *undecided))
    switched = sum(poll.switched for poll in polls)
    vain = lost + switched if source.speculative else np.zeros_like(source.success)
    judgements: Floats = np.sum(won, axis=(0, 1))
    drawn = [poll.wave.samples * end for poll, end in zip(polls, ends, strict=True)]
    return Attempt(
        accepted=_bets(source, vote, polls) if source.speculative else _waits(source, vote, polls),
        refused=refused if panel.size else (),
        undecided=undecided,
        worker_calls=np.sum(drawn, axis=0),
        check_calls=judgements * panel.size,
        check_cost_usd=judgements * panel.cost_usd,
        vain=np.asarray(vain),
    )


def _moments(source: Source, vote: Vote) -> tuple[int, ...]:
    """The samples after which the bet may change: all that do not arrive together."""
    if not source.speculative:
        return ()
    together = np.count_nonzero(source.worker.pmf) == 1
    return tuple(accumulate(vote.waves)) if together else tuple(range(1, vote.cap + 1))


def _poll(wave: Wave, source: Source) -> _Poll:
    right, agreed = np.indices(wave.stuck.shape)
    strays = np.maximum(wave.samples - right - agreed, 0)
    agree = math.sqrt(source.alike)
    number = np.arange(wave.stuck.shape[0])[:, None, None]
    of_right = source.success**number
    of_agreed = ((1.0 - source.success) * agree) ** number
    of_stray = ((1.0 - source.success) * (1.0 - agree)) ** number
    terms = of_right[:, None] * of_agreed[None, :] * of_stray[strays]
    return _Poll(
        wave=wave,
        right=np.tensordot(wave.right, terms, 2),
        wrong=np.tensordot(wave.wrong, terms, 2),
        stuck=np.tensordot(wave.stuck, terms, 2),
        switched=np.tensordot(wave.switched, terms, 2),
    )


def _waits(source: Source, vote: Vote, polls: Sequence[_Poll]) -> tuple[Way, ...]:
    panel = source.panel
    judged = _judged(_decided(source.worker, vote), panel.law)
    return tuple(
        at_once(ok * source.accept_ok, bad * source.accept_bad, law, source.nothing)
        for (ok, bad), law in zip((poll.won for poll in polls), judged, strict=True)
    )


def _bets(source: Source, vote: Vote, polls: Sequence[_Poll]) -> tuple[Way, ...]:
    panel = source.panel
    ways: list[Way] = []
    for end, poll in enumerate(polls):
        for place, since in enumerate(poll.wave.since):
            advance, confirm, settled = _times(source.worker, vote, since, end)
            way = Way(
                ok=poll.right[place] * source.accept_ok,
                bad=poll.wrong[place] * source.accept_bad,
                advance=advance,
                confirm=confirm.then(panel.law),
                settled=settled.then(panel.law),
            )
            ways.append(way)
    return tuple(ways)


@lru_cache(maxsize=4096)
def _times(worker: Law, vote: Vote, since: int, end: int) -> tuple[Law, Law, Law]:
    """Time until a sample, from there until a wave is in, and until then in all."""
    done = tuple(accumulate(vote.waves))
    wave = next(place for place, samples in enumerate(done) if since < samples)
    size = vote.waves[wave]
    rank = since - done[wave] + size + 1
    decided = (nothing(worker.tick_s), *_decided(worker, vote))
    advance = decided[wave].then(arrival(worker, rank, size))
    later = [worker.slowest(count) for count in vote.waves[wave + 1 : end + 1]]
    return advance, reduce(Law.then, later, wait(worker, rank, size, size)), decided[end + 1]


@lru_cache(maxsize=1024)
def _decided(worker: Law, vote: Vote) -> tuple[Law, ...]:
    """When each wave is in."""
    return tuple(accumulate((worker.slowest(size) for size in vote.waves), Law.then))


def _judged(decided: Sequence[Law], check: Law) -> tuple[Law, ...]:
    return tuple(law.then(check) for law in decided)

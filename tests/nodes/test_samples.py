"""Several outputs of one step: samples, votes and hedges."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import pytest

from surestep import session
from surestep.clock import now_s
from surestep.errors import RunFailed
from surestep.testing import ScriptedVerifier, ScriptedWorker, run
from surestep.values import StepRecord
from surestep.verifiers import Vote
from tests.graph.graphs import Counted, accepts, one_step, refuses


def went(worker: Any, **options: Any) -> tuple[int, StepRecord]:
    """The number a step that ran alone came to, and its record."""
    s = session()
    graph = one_step(worker, schema=Counted, **options)
    result = run(graph.compile().ainvoke({"n": 0}, context=s))
    return result["n"], s.record.steps["work"]


def paced(*pairs: tuple[int, float]) -> Any:
    """A worker whose calls return a number after so many seconds; calls cancelled are noted."""
    calls = iter(pairs)

    async def worker(state: Counted) -> dict[str, int]:
        number, latency_s = next(calls)
        worker.called.append(number)
        try:
            await asyncio.sleep(latency_s)
        except asyncio.CancelledError:
            worker.cancelled.append(number)
            raise
        return {"n": number}

    worker.called, worker.cancelled = [], []
    return worker


def test_the_first_accepted_of_several_samples_goes_on() -> None:
    """All are drawn at once, and those still running then are cancelled."""
    worker = paced((1, 5), (2, 1), (3, 9))
    number, record = went(worker, samples=3, verifiers=[lambda s, update: update["n"] != 2])

    assert (number, record.attempts, record.latency_s) == (1, 3, 5)
    assert worker.cancelled == [3]


def test_samples_without_verifiers_are_a_race() -> None:
    """The quickest wins."""
    worker = paced((1, 5), (2, 1))

    assert went(worker, samples=2)[0] == 2
    assert worker.cancelled == [1]


def test_samples_that_are_all_refused_are_drawn_again() -> None:
    """A retry draws as many anew."""
    check = ScriptedVerifier([False, False, True, True])
    number, record = went(paced(*[(n, n) for n in range(1, 5)]), samples=2, verifiers=[check])

    assert (number, record.attempts, record.outcome) == (3, 4, "repaired")


def test_a_sample_that_raises_is_only_one_of_several() -> None:
    """The others count."""
    worker = ScriptedWorker([ValueError("no"), {"n": 2}])

    assert went(worker, samples=2, retries=0)[0] == 2


def test_samples_that_all_raise_fail_the_step() -> None:
    """The run fails closed, whatever they raise."""
    worker = ScriptedWorker(itertools.repeat(ValueError("no")))
    with pytest.raises(RunFailed, match="ValueError: no"):
        went(worker, samples=3, retries=0)


def voted(*values: int, **options: Any) -> tuple[int, StepRecord]:
    """A vote among these numbers, in this order."""
    vote = Vote(key=lambda update: update["n"], **options)
    return went(ScriptedWorker([{"n": value} for value in values]), verifiers=[vote], retries=0)


def test_a_vote_takes_the_answer_that_gets_ahead() -> None:
    """First to be ahead by two, among as many samples as that takes."""
    number, record = voted(1, 2, 2, 2, ahead_by=2, first=3, wave=1, cap=9)

    assert (number, record.attempts, record.outcome) == (2, 4, "verified")
    assert record.verdicts[-1].verifier == "vote"


def test_a_vote_that_finds_no_winner_is_no_success() -> None:
    """A tie up to the cap fails closed."""
    with pytest.raises(RunFailed):
        voted(1, 2, 1, 2, ahead_by=2, first=2, wave=1, cap=4)


def test_red_flags_have_no_vote() -> None:
    """A discarded sample counts for nobody."""
    number, record = voted(
        99, 99, 1, 1, ahead_by=2, first=2, wave=2, cap=9, red_flag=lambda u: u["n"] > 50
    )

    assert (number, record.attempts) == (1, 4)


def test_a_sample_that_raises_has_no_vote() -> None:
    """The vote goes on without it."""
    worker = ScriptedWorker([ValueError("no"), {"n": 1}, {"n": 1}])
    vote = Vote(key=lambda update: update["n"], ahead_by=2, first=2, wave=1, cap=9)

    assert went(worker, verifiers=[vote])[0] == 1


@pytest.mark.parametrize(("check", "outcome"), [(accepts, "verified"), (refuses, None)])
def test_the_winner_of_a_vote_is_verified_too(check: Any, outcome: str | None) -> None:
    """Other verifiers judge the elected output, and may refuse it."""
    vote = Vote(key=lambda update: update["n"], ahead_by=1, first=1, wave=1, cap=3)
    worker = ScriptedWorker(itertools.repeat({"n": 1}))
    if outcome is None:
        with pytest.raises(RunFailed):
            went(worker, verifiers=[vote, check], retries=0)
    else:
        assert went(worker, verifiers=[vote, check])[1].outcome == outcome


def test_samples_of_a_vote_are_drawn_at_once() -> None:
    """Three of a second take a second."""
    vote = Vote(key=lambda update: update["n"], ahead_by=3, first=3, wave=1, cap=9)

    assert went(paced((1, 1), (1, 1), (1, 1)), verifiers=[vote])[1].latency_s == 1


def test_a_slow_worker_is_hedged() -> None:
    """A second call starts when the first is late, and the first to answer wins."""
    worker = paced((1, 9), (2, 1))
    number, record = went(worker, hedge_after_s=2)

    assert (number, record.latency_s) == (2, 3)
    assert worker.cancelled == [1]


def test_a_quick_worker_is_not_hedged() -> None:
    """One call is enough."""
    worker = paced((1, 1))

    assert went(worker, hedge_after_s=2)[0] == 1
    assert worker.called == [1]


def test_a_hedge_that_raises_leaves_the_first_call_running() -> None:
    """Only when both fail has the attempt failed."""

    async def worker(state: Counted) -> dict[str, int]:
        if now_s() > 0:
            raise ValueError("hedge")
        await asyncio.sleep(9)
        return {"n": 1}

    assert went(worker, hedge_after_s=2, retries=0)[0] == 1


def test_a_worker_that_fails_fast_is_not_hedged_but_retried() -> None:
    """An error before the hedge ends the attempt."""
    worker = ScriptedWorker([ValueError("no"), {"n": 2}])

    assert went(worker, hedge_after_s=2, retries=1)[0] == 2
    assert len(worker.calls) == 2


def test_cancelling_a_hedged_run_leaves_nothing_running() -> None:
    """Both calls are cancelled with it."""
    worker = paced((1, 90), (2, 90))

    async def cut() -> int:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5):
                await one_step(worker, schema=Counted, hedge_after_s=2).compile().ainvoke({"n": 0})
        return len(asyncio.all_tasks())

    assert run(cut()) == 1
    assert sorted(worker.cancelled) == [1, 2]

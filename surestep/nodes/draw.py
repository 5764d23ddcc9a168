"""Getting one candidate output out of a step's worker: alone, hedged, sampled or voted on."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from langgraph.errors import GraphBubbleUp

from surestep.errors import BudgetExceeded, InputError
from surestep.nodes.attempt import Attempt
from surestep.nodes.check import Checked
from surestep.nodes.stage import Stage
from surestep.nodes.worker import update_of
from surestep.values import Output, Verdict
from surestep.verifiers import VoteTally
from surestep.verifiers.vote import Vote

# An interrupt, a parent command, a refused call: none of these says the output is wrong.
PASSED_ON = (GraphBubbleUp, BudgetExceeded, InputError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An output that may go on, and what is known of it.

    Attributes:
        output: the output; `None` if the worker raised.
        checked: what the verifiers said.
        error: what the worker raised.
        calls: worker calls it took.
    """

    output: Output | None = None
    checked: Checked = field(default_factory=Checked)
    error: Exception | None = None
    calls: int = 1

    @property
    def accepted(self) -> bool:
        """Whether it may go on as it is."""
        return self.output is not None and self.checked.opinion == "pass"

    @property
    def feedback(self) -> str:
        """What a worker that tries again should know."""
        if self.error is not None:
            return f"The worker raised {type(self.error).__name__}: {self.error}"
        return self.checked.feedback


async def draw(stage: Stage, attempt: Attempt) -> Candidate:
    """The candidate this attempt comes up with.

    Raises:
        BudgetExceeded: money or time did not suffice for a worker call.
    """
    if stage.how.vote is not None:
        return await _elected(stage, attempt, stage.how.vote)
    if stage.how.samples > 1:
        return await _first_accepted(stage, attempt)
    return await _one(stage, attempt)


async def _one(stage: Stage, attempt: Attempt) -> Candidate:
    try:
        output = await _worked(stage, attempt)
    except PASSED_ON:
        raise
    except Exception as error:  # noqa: BLE001 - a worker is foreign code: it may raise anything
        stage.trace_error(attempt.number, error)
        return Candidate(error=error)
    return Candidate(output=output, checked=await stage.judge(output, attempt.number))


async def _worked(stage: Stage, attempt: Attempt) -> Output:
    after_s = stage.spec.hedge_after_s
    if after_s is None:
        return await stage.work(attempt)
    first = asyncio.create_task(stage.work(attempt))
    calls = {first}
    try:
        await asyncio.wait(calls, timeout=after_s)
        if not first.done():
            calls.add(asyncio.create_task(stage.work(attempt)))
        return await _earliest(calls)
    finally:
        await dismiss(calls)


async def _earliest(calls: Collection[asyncio.Task[Output]]) -> Output:
    """The first output; an error only if every call ended in one."""
    pending = set(calls)
    while True:
        done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        for call in done:
            if call.exception() is None or not pending:
                return call.result()


async def _first_accepted(stage: Stage, attempt: Attempt) -> Candidate:
    number = stage.how.samples
    samples = [asyncio.create_task(_one(stage, attempt)) for _ in range(number)]
    last: Candidate | None = None
    starved: BudgetExceeded | None = None
    try:
        for sample in asyncio.as_completed(samples):
            try:
                last = await sample
            except BudgetExceeded as error:
                starved = error  # the others may have found room in the budget
                continue
            if last.accepted:
                break
    finally:
        await dismiss(samples)
    if last is None and starved is not None:
        raise starved
    return replace(last or Candidate(), calls=number)


async def _elected(stage: Stage, attempt: Attempt, vote: Vote) -> Candidate:
    tally = VoteTally(vote)
    outputs: list[Output] = []
    starved: BudgetExceeded | None = None
    while starved is None and (wave := tally.next_wave()):
        samples = [asyncio.create_task(_sampled(stage, attempt)) for _ in range(wave)]
        try:
            for sample in asyncio.as_completed(samples):
                try:
                    _count(tally, outputs, await sample)
                except BudgetExceeded as error:
                    starved = error
        finally:
            await dismiss(samples)
    verdict = tally.verdict()
    _trace(stage, attempt, verdict)
    winner = next((one for one in outputs if update_of(one) is tally.winner), None)
    if winner is None:
        return Candidate(
            output=outputs[0] if outputs else None,
            checked=Checked(verdicts=(verdict,), starved=starved),
            calls=tally.samples,
        )
    checked = await stage.judge(winner, attempt.number)
    return Candidate(
        output=winner,
        checked=replace(checked, verdicts=(*checked.verdicts, verdict)),
        calls=tally.samples,
    )


async def _sampled(stage: Stage, attempt: Attempt) -> Output | None:
    try:
        return await stage.work(attempt)
    except PASSED_ON:
        raise
    except Exception as error:  # noqa: BLE001 - a sample that raised is malformed: it has no vote
        stage.trace_error(attempt.number, error)
        return None


def _count(tally: VoteTally, outputs: list[Output], sample: Output | None) -> None:
    if sample is None:
        tally.discard()
    elif tally.add(update_of(sample)):
        outputs.append(sample)


def _trace(stage: Stage, attempt: Attempt, verdict: Verdict) -> None:
    if stage.live.tracer:
        stage.live.tracer.emit(
            "verdict",
            step=stage.path,
            visit=stage.visit,
            attempt=attempt.number,
            verifier=verdict.verifier,
            status=verdict.status,
            score=verdict.score,
            feedback=verdict.feedback,
            evidence=dict(verdict.evidence),
        )


async def dismiss(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancel what still runs, and wait until it has settled its calls."""
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError, Exception):
            await task

"""Samples and verdicts weighed as evidence, acting on each as it comes in."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from surestep.budgets.evidence import (
    NONE,
    Commit,
    Evidence,
    Wanted,
    leader,
    next_step,
    posterior,
    settled,
)
from surestep.budgets.tally import Tally
from surestep.errors import BudgetExceeded
from surestep.nodes.calls.attempt import Attempt
from surestep.nodes.calls.worker import update_of
from surestep.nodes.candidate import Candidate, Lead, dismiss
from surestep.nodes.check import Checked
from surestep.nodes.draws.electing import one_more
from surestep.nodes.stage import Stage
from surestep.values import Output, Verdict
from surestep.verifiers.vote import Vote, answer_of

NAME = "tally"


class Weighing:
    """One draw in progress.

    Args:
        stage: the visit.
        attempt: what the worker is told.
        tally: how evidence is weighed.
        lead: told when another answer is the likeliest.
    """

    def __init__(self, stage: Stage, attempt: Attempt, tally: Tally, lead: Lead) -> None:
        self._stage, self._attempt, self._tally, self._lead = stage, attempt, tally, lead
        self._vote = stage.spec.vote or Vote()
        self._evidence = Evidence()
        self._outputs: dict[str, Output] = {}
        self._verdicts: dict[str, list[Verdict]] = {}
        self._leading: str | None = None
        self._starved: BudgetExceeded | None = None
        self._pending: set[asyncio.Task[None]] = set()

    async def run(self, known: Output | None) -> Candidate:
        """The candidate committed to, or the likeliest one when nothing more is to be had."""
        if known is not None:
            self._take(known)
        try:
            while not self._over():
                done, self._pending = await asyncio.wait(
                    self._pending, return_when=asyncio.FIRST_COMPLETED
                )
                for task in done:
                    self._result(task)
        finally:
            await dismiss(self._pending)
        return self._candidate()

    def _over(self) -> bool:
        """Whether it is decided, or nothing more is to be had; else something is under way."""
        if self._leading is not None and settled(self._evidence, self._tally, self._leading):
            return True
        if self._pending:
            return False
        step = None if self._starved else next_step(self._evidence, self._tally)
        if isinstance(step, Wanted):
            self._ask(step)
        elif isinstance(step, Commit):
            self._leading = step.answer
        return not self._pending

    def _ask(self, wanted: Wanted) -> None:
        for _ in range(wanted.samples):
            self._start(self._sample())
        for answer, name in wanted.checks:
            self._start(self._check(answer, name))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        self._pending.add(asyncio.create_task(work))

    async def _sample(self) -> None:
        self._take(await one_more(self._stage, self._attempt))

    async def _check(self, answer: str, name: str) -> None:
        output, number = self._outputs[answer], self._attempt.number
        checked = await self._stage.judge(output, number, only=name)
        self._starved = self._starved or checked.starved
        for verdict in checked.verdicts:
            self._verdicts.setdefault(answer, []).append(verdict)
            self._weigh(self._evidence.judged(answer, name, verdict.status))

    def _take(self, sample: Output | None) -> None:
        answer = None if sample is None else answer_of(self._vote, update_of(sample))
        if sample is not None and answer is not None:
            self._outputs.setdefault(answer, sample)
        self._weigh(self._evidence.voted(answer))

    def _weigh(self, evidence: Evidence) -> None:
        self._evidence = evidence
        best = leader(evidence, self._tally, self._leading)
        if best != self._leading and best is not None:
            self._leading = best
            self._lead(self._outputs[best])

    def _result(self, task: asyncio.Task[None]) -> None:
        try:
            task.result()
        except BudgetExceeded as error:
            self._starved = error

    def _candidate(self) -> Candidate:
        best, calls = self._leading, self._evidence.samples
        chance = posterior(self._evidence, self._tally).get(best or NONE, 0.0)
        committed = best is not None and chance >= 1.0 - self._tally.risk
        verdict = Verdict(
            "pass" if committed else "inconclusive",
            score=chance if best else None,
            feedback="" if committed else f"The likeliest answer is right at {chance:.3g} only.",
            evidence={"votes": list(self._evidence.votes.values()), "samples": calls},
            verifier=NAME,
        )
        self._stage.trace_verdict(self._attempt.number, verdict)
        if best is None:
            return Candidate(checked=self._checked((), verdict), calls=calls)
        said = tuple(self._verdicts.get(best, ()))
        return Candidate(
            output=self._outputs[best], checked=self._checked(said, verdict), calls=calls
        )

    def _checked(self, said: tuple[Verdict, ...], verdict: Verdict) -> Checked:
        passed = verdict.status == "pass"
        return Checked(
            verdicts=(*said, verdict),
            starved=None if passed else self._starved,
            ruling="pass" if passed else ("starved" if self._starved else "inconclusive"),
        )


async def weighed(
    stage: Stage, attempt: Attempt, tally: Tally, lead: Lead, known: Output | None = None
) -> Candidate:
    """The answer the evidence commits to; inconclusive if it commits to none.

    Args:
        stage: the visit.
        attempt: what the worker is told.
        tally: how evidence is weighed.
        lead: told when another answer is the likeliest.
        known: a sample that has been drawn already.
    """
    return await Weighing(stage, attempt, tally, lead).run(known)

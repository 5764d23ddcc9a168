"""Samples of a step voted on, wave by wave, until one answer is far enough ahead."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from surestep.errors import BudgetExceeded
from surestep.nodes.calls.attempt import Attempt
from surestep.nodes.calls.worker import update_of
from surestep.nodes.candidate import PASSED_ON, Candidate, Lead, dismiss
from surestep.nodes.check import Checked
from surestep.nodes.stage import Stage
from surestep.values import Output
from surestep.verifiers import VoteTally
from surestep.verifiers.vote import Vote


class Poll:
    """The outputs voted on so far.

    Args:
        vote: the rules.
        lead: told when another answer has more votes than the one that leads.
    """

    def __init__(self, vote: Vote, lead: Lead) -> None:
        self.tally = VoteTally(vote)
        self.outputs: list[Output] = []
        self._lead = lead
        self._leading: str | None = None

    def count(self, sample: Output | None) -> None:
        """Take in a sample; `None` is one whose worker raised."""
        if sample is None:
            self.tally.discard()
        elif self.tally.add(update_of(sample)):
            self.outputs.append(sample)
            leader = self.tally.leader
            if self._leading is None or self.tally.votes(leader) > self.tally.votes(self._leading):
                self._leading = leader
                self._lead(self.of(self.tally.first_of(leader)))

    def of(self, update: object | None) -> Output | None:
        """The output that made an update, if there is one."""
        if update is None:
            return None
        return next((one for one in self.outputs if update_of(one) is update), None)


async def elected(
    stage: Stage, attempt: Attempt, vote: Vote, lead: Lead, known: Output | None = None
) -> Candidate:
    """The answer that won the vote, judged; the first sample if none did.

    Args:
        stage: the visit.
        attempt: what the worker is told.
        vote: the rules.
        lead: told when another answer gets ahead.
        known: a sample that has been drawn already.
    """
    poll = Poll(vote, lead)
    if known is not None:
        poll.count(known)
    starved: BudgetExceeded | None = None
    while starved is None and (wave := poll.tally.next_wave()):
        samples = [asyncio.create_task(one_more(stage, attempt)) for _ in range(wave)]
        try:
            for sample in asyncio.as_completed(samples):
                try:
                    poll.count(await sample)
                except BudgetExceeded as error:
                    starved = error
        finally:
            await dismiss(samples)
    verdict = poll.tally.verdict()
    stage.trace_verdict(attempt.number, verdict)
    calls = poll.tally.samples
    winner = poll.of(poll.tally.winner)
    if winner is None:
        first = poll.outputs[0] if poll.outputs else None
        checked = Checked(verdicts=(verdict,), starved=starved)
        return Candidate(output=first, checked=checked, calls=calls)
    checked = await stage.judge(winner, attempt.number)
    checked = replace(checked, verdicts=(*checked.verdicts, verdict))
    return Candidate(output=winner, checked=checked, calls=calls)


async def one_more(stage: Stage, attempt: Attempt) -> Output | None:
    """One more sample; `None` if its worker raised: it is malformed then, and has no vote."""
    try:
        return await stage.work(attempt)
    except PASSED_ON:
        raise
    except Exception as error:  # noqa: BLE001 - a worker is foreign code: it may raise anything
        stage.trace_error(attempt.number, error)
        return None

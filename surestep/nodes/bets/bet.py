"""One bet: an output the run has gone on with before its verdicts are in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from surestep.nodes.bets.restoring import Channels
from surestep.nodes.bets.trial import Trial
from surestep.nodes.candidate import Candidate
from surestep.nodes.ends import Ticket
from surestep.values import Decision, Output, Question, StepOutcome


class Inquiry(Protocol):
    """A question to a person about an unsettled output."""

    @property
    def decided(self) -> asyncio.Future[Decision]:
        """What the person has decided, once they have."""

    async def look(self) -> Question | None:
        """The question, if it is still unanswered."""

    def ticket(self) -> Ticket:
        """What becomes of the step now that the person has decided."""

    def cancel(self) -> None:
        """Look no more; the question stays."""

    async def withdraw(self) -> None:
        """Take the question back."""


@dataclass(slots=True, kw_only=True)
class Bet:
    """One output whose verdicts are not in.

    Attributes:
        token: names the visit of the step.
        path: the step's path.
        visit: which visit of the step it is.
        superstep: LangGraph's number of the superstep the step ran in.
        checkpoint_id: the checkpoint that superstep started from.
        number: which attempt it is.
        calls: worker calls of the attempts before it.
        cost_usd: what it had cost when it was placed, in US dollars.
        output: the output.
        before: the channels as the superstep found them.
        trial: the draw it leads in, with its checks.
        good: whether it stands, given what the draw came up with.
        settle: called once the bet stands: with what was found, and with the outcome if a
            person has decided it.
        ask: asks a person about an output the verifiers accept, if the step wants that.
        asking: that question, once it is asked.
    """

    token: str
    path: str
    visit: int
    superstep: int
    checkpoint_id: str
    number: int
    calls: int
    cost_usd: float
    output: Output
    before: Channels
    trial: Trial
    good: Callable[[Candidate], bool]
    settle: Callable[[Candidate, StepOutcome | None], None]
    ask: Callable[[Candidate], Inquiry | None]
    asking: Inquiry | None = None

    @property
    def ruling(self) -> asyncio.Future[None]:
        """Done once it is known whether the output stands."""
        return self.trial.ruling

    @property
    def stands(self) -> Candidate | None:
        """What the draw came up with, if that is this output and it stands."""
        found = self.trial.ended
        return found if found and found.output is self.output and self.good(found) else None

    @property
    def overruled(self) -> Ticket | None:
        """What becomes of the step, if a person has decided otherwise."""
        if self.asking is None or not self.asking.decided.done():
            return None
        ticket = self.asking.ticket()
        return None if ticket.outcome == "approved" and ticket.kind == "commit" else ticket

    @property
    def has_alternative(self) -> bool:
        """Whether its step can go on with another output of the same draw, now or soon."""
        if not self.trial.task.done():
            return True
        found = self.trial.ended
        return found is not None and found.output is not self.output and self.good(found)

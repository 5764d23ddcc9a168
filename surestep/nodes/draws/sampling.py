"""Several outputs drawn at once: the first accepted goes on, the others stand by."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from functools import partial

from surestep.errors import BudgetExceeded
from surestep.nodes.calls.attempt import Attempt
from surestep.nodes.candidate import Candidate, Lead, dismiss, unheard
from surestep.nodes.draws.single import single
from surestep.nodes.stage import Stage
from surestep.values import Output


@dataclass(slots=True)
class Field:
    """The samples of one draw, in the order they came in.

    Attributes:
        lead: told when another sample is the best.
        arrived: all outputs.
        judged: those that have been judged.
        best: the one that leads: it is kept until it is refused, as others build on it.
    """

    lead: Lead
    arrived: list[Output] = field(default_factory=list)
    judged: list[Candidate] = field(default_factory=list)
    best: Output | None = None

    def arrives(self, output: Output | None) -> None:
        """Take in an output that has yet to be judged."""
        assert output is not None
        self.arrived.append(output)
        self._look()

    def judges(self, candidate: Candidate) -> None:
        """Take in what the verifiers said."""
        self.judged.append(candidate)
        self._look()

    @property
    def winner(self) -> Candidate | None:
        """The candidate that goes on, once the one that leads has been accepted.

        Where nobody builds on the one that leads, the first accepted goes on.
        """
        accepted = [one for one in self.judged if one.accepted]
        if self.lead is unheard:
            return accepted[0] if accepted else None
        return next((one for one in accepted if one.output is self.best), None)

    def _look(self) -> None:
        passed = [one.output for one in self.judged if one.accepted]
        refused = [one.output for one in self.judged if not one.accepted]
        left = [one for one in self.arrived if not any(one is other for other in refused)]
        if any(one is self.best for one in left):
            return
        self.best = next((one for one in passed), left[0] if left else None)
        self.lead(self.best)


async def sampled(stage: Stage, attempt: Attempt, lead: Lead) -> Candidate:
    """The first accepted of the step's samples; the last that came in if none is.

    Raises:
        BudgetExceeded: money or time did not suffice for any of them.
    """
    number = stage.how.samples
    race = Field(lead)
    drawing = partial(single, stage, attempt, race.arrives)
    samples = [asyncio.create_task(drawing()) for _ in range(number)]
    starved: BudgetExceeded | None = None
    try:
        for sample in asyncio.as_completed(samples):
            try:
                race.judges(await sample)
            except BudgetExceeded as error:
                starved = error  # the others may have found room in the budget
                continue
            if race.winner:
                return replace(race.winner, calls=number)
    finally:
        await dismiss(samples)
    if not race.judged and starved is not None:
        raise starved
    unclear = [one for one in race.judged if not one.refused]
    return replace((unclear or race.judged)[-1], calls=number)

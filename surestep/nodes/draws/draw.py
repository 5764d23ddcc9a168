"""The candidate an attempt comes up with, however the step is treated."""

from __future__ import annotations

from functools import partial

from surestep.nodes.bets.trial import Trial
from surestep.nodes.calls.attempt import Attempt
from surestep.nodes.candidate import Candidate, Lead, unheard
from surestep.nodes.draws.electing import elected
from surestep.nodes.draws.sampling import sampled
from surestep.nodes.draws.single import single
from surestep.nodes.draws.weighing import weighed
from surestep.nodes.stage import Stage
from surestep.values import Output


async def draw(
    stage: Stage, attempt: Attempt, lead: Lead = unheard, known: Output | None = None
) -> Candidate:
    """The candidate this attempt comes up with.

    Args:
        stage: the visit.
        attempt: what the worker is told.
        lead: told which output is the best so far, for those who go on with it meanwhile.
        known: an output drawn before a crash: it counts as the first, and is judged anew.

    Raises:
        BudgetExceeded: money or time did not suffice for a worker call.
    """
    how = stage.how
    if how.tally is not None:
        return await weighed(stage, attempt, how.tally, lead, known)
    if how.vote is not None:
        return await elected(stage, attempt, how.vote, lead, known)
    if how.samples > 1 and known is None:
        return await sampled(stage, attempt, lead)
    return await single(stage, attempt, lead, known)


async def over(candidate: Candidate) -> Trial:
    """A draw that has ended, with this."""

    async def drawn(_lead: Lead) -> Candidate:
        return candidate

    trial = Trial(drawn, candidate.output)
    await trial.task
    return trial


def tried(stage: Stage, attempt: Attempt, known: Output | None = None) -> Trial:
    """The same draw, begun, for those who do not wait for its end."""
    return Trial(partial(draw, stage, attempt, known=known), known)

"""One visit of a step the run does not wait for: its output goes on, its checks run beside.

Attempts whose worker raises are made again right here. A refused output comes back through the
planner's node, which has put the graph back to where the step started, and left under the
visit's token what was wrong with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from langgraph._internal._constants import CONFIG_KEY_SCRATCHPAD

from surestep.errors import BudgetExceeded
from surestep.nodes.bets.book import Bets
from surestep.nodes.bets.leftovers import refused_of
from surestep.nodes.bets.trial import Trial
from surestep.nodes.candidate import Candidate
from surestep.nodes.draws.draw import tried
from surestep.nodes.ends import End, Ticket, unpacked
from surestep.nodes.speculation.placing import bet_on
from surestep.nodes.stage import Stage
from surestep.nodes.undoing import undone
from surestep.nodes.visit import Visit, is_final
from surestep.values import Output


async def speculate(stage: Stage, bets: Bets) -> End:
    """The visit's end: as a rule an unsettled output, with its checks under way."""
    visit, refused = Visit(stage), Candidate()
    number = 1
    entry = stage.left
    if entry is not None:
        number = int(entry["number"])
        visit.attempts = int(entry["calls"])
    try:
        if entry is not None and entry["state"] == "again":
            trial = bets.again.pop(stage.token, None) or _resumed(stage, entry)
            if await trial.first() is not None:
                return bet_on(stage, bets, trial, number, calls=visit.attempts, again=entry)
            refused = trial.task.result()
            visit.attempts += refused.calls
        elif entry is not None:
            refused = refused_of(entry)
        if entry is not None:
            if not refused.refused or number > stage.how.retries:
                visit.first, visit.number = refused, number
                return await visit.run()
            if why := await undone(stage, refused.output, earlier=True):
                return visit.stuck(f"{refused.feedback}; {why}", refused)
            number += 1
        return await _attempted(stage, bets, refused, visit, number)
    except BudgetExceeded as error:
        return await visit.degraded(stage.spec.on_budget, error)


async def _attempted(
    stage: Stage, bets: Bets, candidate: Candidate, visit: Visit, first: int
) -> End:
    """Attempts from the `first` on, until a draw comes up with something to bet on."""
    for number in range(first, stage.how.retries + 2):
        visit.number = number
        attempt = stage.attempt(number, candidate.feedback, candidate.checked)
        trial = tried(stage, attempt)
        output = await trial.first()
        # A person has answered the worker's own interrupt(); started again after a lost bet, it
        # would ask again.
        asked = bool(stage.config["configurable"][CONFIG_KEY_SCRATCHPAD].resume)
        if output is not None and not asked:
            return bet_on(stage, bets, trial, number, calls=visit.attempts)
        candidate = await trial.task
        visit.attempts += candidate.calls
        if asked or not candidate.refused or is_final(candidate.error):
            break
    visit.first = candidate
    return await visit.run()


def _resumed(stage: Stage, entry: Mapping[str, Any]) -> Trial:
    """The draw of an entry nobody remembers, begun again with what it had come to."""
    known = None
    if "value" in entry:
        known = Output(unpacked(entry["value"]), confidence=entry["confidence"])
    return tried(stage, stage.attempt(int(entry["number"])), known)


def sent_back(stage: Stage) -> Ticket | None:
    """What a person has decided of this visit, if its step starts again because of that."""
    entry = stage.left
    return Ticket(**entry["ticket"]) if entry and entry["state"] == "answered" else None

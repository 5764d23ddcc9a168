"""One visit of a step the run does not wait for: its output goes on, its checks run beside.

Attempts whose worker raises are made again right here. A refused output comes back through the
planner's node, which has put the graph back to where the step started, and left under the
visit's token what was wrong with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from langgraph._internal._constants import (
    CONFIG_KEY_READ,
    CONFIG_KEY_RUNTIME,
    CONFIG_KEY_SCRATCHPAD,
)

from surestep.errors import BudgetExceeded
from surestep.nodes.asking import wish
from surestep.nodes.beside import Asking
from surestep.nodes.bets import Bet, Bets
from surestep.nodes.channels import BETS
from surestep.nodes.check import Checked
from surestep.nodes.draws.candidate import Candidate
from surestep.nodes.draws.draw import tried
from surestep.nodes.draws.trial import Trial
from surestep.nodes.ends import (
    End,
    Entry,
    Ticket,
    Unsettled,
    entry_of,
    packed,
    record_of,
    unpacked,
)
from surestep.nodes.restoring import Channels, snapshot
from surestep.nodes.spec import StepSpec
from surestep.nodes.stage import Stage
from surestep.nodes.undoing import undone
from surestep.nodes.visit import Visit, is_final
from surestep.values import Output, StepOutcome, StepRecord, Verdict

FIGURES = ("kind", "limit", "spent", "needed", "scope")
STANDS = ("drop_check", "accept_unverified")


async def speculate(stage: Stage, bets: Bets) -> End:
    """The visit's end: as a rule an unsettled output, with its checks under way."""
    visit, refused = Visit(stage), Candidate()
    number = 1
    entry = _entry(stage)
    if entry is not None:
        number = int(entry["number"])
        visit.attempts = int(entry["calls"])
    try:
        if entry is not None and entry["state"] == "again":
            trial = bets.again.pop(stage.token, None) or _resumed(stage, entry)
            if await trial.first() is not None:
                return _placed(stage, bets, trial, number, calls=visit.attempts, again=entry)
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
            return _placed(stage, bets, trial, number, calls=visit.attempts)
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


def place(stage: Stage, bets: Bets, trial: Trial, entry: Entry, before: Channels) -> None:
    """Count on what leads in a draw until that says whether it stands.

    Args:
        stage: the visit that made it.
        bets: the open bets of its graph.
        trial: the draw.
        entry: what is kept of the bet with the thread.
        before: the channels as the visit's superstep found them.
    """
    output = trial.leading
    assert output is not None
    number, superstep = int(str(entry["number"])), int(str(entry["superstep"]))
    cost_usd, calls = float(str(entry["cost_usd"])), int(str(entry["calls"]))
    if cost_usd and not bets.carried(stage.token, superstep):
        # It was spent before a crash: the run's own ledger knows of it already.
        bets.pays(stage.live.ledger.child(stage.path, None), superstep, stage.token, cost_usd)
    record = Visit(stage, attempts=calls + 1).record(Candidate(output=output), None)

    def settle(found: Candidate, decided: StepOutcome | None) -> None:
        outcome = decided or ("verified" if number == 1 else "repaired")
        waived = found.checked.waived
        if decided is None and (found.checked.opinion != "pass" or waived):
            outcome = "unverified"
        settled = replace(
            record,
            outcome=outcome,
            reason=waived,
            verdicts=found.checked.verdicts,
            attempts=calls + found.calls,
            visits=0,
            latency_s=0.0,
        )
        stage.live.settle_bet(stage.path, settled)
        if stage.live.tracer:
            stage.live.tracer.emit(
                "settled",
                step=stage.path,
                visit=stage.visit,
                outcome=outcome,
                reason=waived,
                update=output.update,
            )

    def ask(found: Candidate) -> Asking | None:
        wanted = wish(stage, output, found.checked.verdicts, failed=False)
        if wanted is None:
            return None
        asked = replace(
            record,
            reason=wanted.reason,
            verdicts=found.checked.verdicts,
            attempts=calls + found.calls,
        )
        return Asking(stage, wanted, asked, output)

    bets.place(
        Bet(
            token=stage.token,
            path=stage.path,
            visit=stage.visit,
            superstep=superstep,
            number=number,
            calls=calls,
            cost_usd=cost_usd,
            output=output,
            before=before,
            trial=trial,
            good=partial(_good, stage.spec),
            settle=settle,
            ask=ask,
        )
    )


def _good(spec: StepSpec, found: Candidate) -> bool:
    """Whether an output may stand, by its verdicts and the step's policies."""
    if found.output is None:
        return False
    if found.checked.opinion == "starved":
        return spec.on_budget in STANDS
    if found.checked.opinion == "inconclusive":
        return spec.on_inconclusive in STANDS
    return found.accepted


def _placed(
    stage: Stage,
    bets: Bets,
    trial: Trial,
    number: int,
    *,
    calls: int,
    again: Mapping[str, Any] | None = None,
) -> Unsettled:
    """What leads in a draw, as a bet.

    Args:
        stage: the visit.
        bets: the open bets of its graph.
        trial: the draw.
        number: which attempt it is.
        calls: worker calls of the attempts before it.
        again: what was kept of it, if its step starts again.
    """
    output = trial.leading
    assert output is not None
    info = stage.config["configurable"][CONFIG_KEY_RUNTIME].execution_info
    entry: Entry = {
        "state": "open",
        "number": number,
        "calls": calls,
        "cost_usd": stage.cost_usd if again is None else again["cost_usd"],
        "value": packed(output.update),
        "confidence": output.confidence,
        "superstep": stage.config["metadata"]["langgraph_step"],
        "checkpoint_id": info.checkpoint_id,
        "arg": stage.arg,
        "lineage": stage.lineage,
        "visit": stage.visit,
    }
    place(stage, bets, trial, entry, snapshot(stage.config))
    record = Visit(stage, attempts=calls + 1).record(Candidate(output=output), None)
    return Unsettled(
        value=output.update,
        path=stage.path,
        record=replace(record, visits=1),
        token=stage.token,
        entry=entry,
    )


def answered_entry(bet: Bet, ticket: Ticket) -> Entry:
    """What the planner's node leaves of a bet that a person has decided otherwise."""
    known = {name: getattr(ticket, name) for name in Ticket.__slots__}
    return {"state": "answered", "superstep": bet.superstep, "ticket": known}


def sent_back(stage: Stage) -> Ticket | None:
    """What a person has decided of this visit, if its step starts again because of that."""
    entry = _entry(stage)
    return Ticket(**entry["ticket"]) if entry and entry["state"] == "answered" else None


def again_entry(bet: Bet) -> Entry:
    """What the planner's node leaves of a bet whose step starts again, to go on with its draw."""
    leading = bet.trial.leading
    known: Entry = {}
    if leading is not None:
        known = {"value": packed(leading.update), "confidence": leading.confidence}
    return {
        "state": "again",
        "number": bet.number,
        "calls": bet.calls,
        "superstep": bet.superstep,
        "cost_usd": bet.cost_usd,
        **known,
    }


def refused_entry(bet: Bet) -> Entry:
    """What the planner's node leaves of a lost bet for its step to find.

    Raises:
        Exception: what a check raised that is no verdict, such as a price nobody knows.
    """
    found = bet.trial.task.result() if not bet.has_alternative else _outdone(bet)
    output = found.output or bet.output
    checked = found.checked
    record = StepRecord(verdicts=checked.verdicts, confidence=output.confidence)
    starved = checked.starved
    return {
        "state": "refused",
        "number": bet.number,
        "calls": bet.calls + found.calls,
        "superstep": bet.superstep,
        "value": packed(output.update),
        "record": entry_of(record),
        "ruling": checked.ruling,
        "starved": None if starved is None else {name: getattr(starved, name) for name in FIGURES},
    }


def _outdone(bet: Bet) -> Candidate:
    """The output as it stands once a crash has forgotten the sample that leads instead."""
    verdict = Verdict("fail", verifier="samples", feedback="another sample was better")
    return Candidate(output=bet.output, checked=Checked(verdicts=(verdict,)))


def _entry(stage: Stage) -> Mapping[str, Any] | None:
    """What the planner's node has left for this visit, if it was taken back."""
    found = stage.config["configurable"][CONFIG_KEY_READ]([BETS], False).get(BETS, {})
    entry = found.get(stage.token)
    return entry if isinstance(entry, Mapping) and entry["state"] != "open" else None


def lost_entries(bets: Bets) -> dict[str, object]:
    """What is kept of lost bets by whoever gives up its work because of them.

    Those lost by a person's word are not: that is kept with the question.
    """
    return {
        lost_name(bet.token): {
            "state": "lost",
            "superstep": bet.superstep,
            "as": refused_entry(bet),
        }
        for bet in bets.lost.values()
        if bet.overruled is None and bet.trial.failure is None
    }


def lost_name(token: str) -> str:
    """Where it stands that a bet is lost."""
    return f"{token} lost"


def refused_of(entry: Mapping[str, Any]) -> Candidate:
    """The candidate `refused_entry` was left for."""
    known = record_of(entry["record"])
    starved = entry["starved"]
    checked = Checked(
        verdicts=known.verdicts,
        starved=None if starved is None else BudgetExceeded(**starved),
        ruling=entry["ruling"],
    )
    output = Output(unpacked(entry["value"]), confidence=known.confidence)
    return Candidate(output=output, checked=checked)

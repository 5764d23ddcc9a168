"""One visit of a step the run does not wait for: its output goes on, its checks run beside.

Attempts whose worker raises are made again right here. A refused output comes back through the
planner's node, which has put the graph back to where the step started, and left under the
visit's token what was wrong with it.
"""

from __future__ import annotations

import asyncio
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
from surestep.nodes.bets import Bet, Bets
from surestep.nodes.channels import BETS
from surestep.nodes.check import Checked
from surestep.nodes.draw import PASSED_ON, Candidate
from surestep.nodes.ends import End, Entry, Unsettled, entry_of, packed, record_of, unpacked
from surestep.nodes.restoring import Channels, snapshot
from surestep.nodes.spec import StepSpec
from surestep.nodes.stage import Stage
from surestep.nodes.visit import Visit
from surestep.values import Output, StepOutcome, StepRecord

FIGURES = ("kind", "limit", "spent", "needed", "scope")
STANDS = ("drop_check", "accept_unverified")


async def speculate(stage: Stage, bets: Bets) -> End:
    """The visit's end: as a rule an unsettled output, with its checks under way."""
    visit, candidate = Visit(stage), Candidate()
    entry = _entry(stage)
    if entry is not None and entry["state"] == "again":
        output = Output(unpacked(entry["value"]), confidence=entry["confidence"])
        return _placed(stage, bets, output, int(entry["number"]), again=entry)
    if entry is not None:
        candidate, number = _refused(entry)
        visit.attempts = visit.number = number
        if candidate.checked.opinion != "fail" or number > stage.how.retries:
            visit.first = candidate
            return await visit.run()
    try:
        return await _attempted(stage, bets, candidate, visit.attempts + 1)
    except BudgetExceeded as error:
        return await visit.degraded(stage.spec.on_budget, error)


async def _attempted(stage: Stage, bets: Bets, refused: Candidate, first: int) -> End:
    """Attempts from the `first` on, until a worker returns something to bet on."""
    candidate = refused
    for number in range(first, stage.how.retries + 2):
        attempt = stage.attempt(number, candidate.feedback, candidate.checked)
        try:
            output = await stage.work(attempt)
        except PASSED_ON:
            raise
        except Exception as error:  # noqa: BLE001 - a worker is foreign code: it may raise anything
            candidate = Candidate(error=error)
        else:
            if stage.config["configurable"][CONFIG_KEY_SCRATCHPAD].resume:
                # A person has answered the worker's own interrupt(); started again after a
                # lost bet, it would ask again.
                candidate = Candidate(output=output, checked=await stage.judge(output, number))
                return await Visit(stage, first=candidate, number=number, attempts=number).run()
            return _placed(stage, bets, output, number)
    last = stage.how.retries + 1
    return await Visit(stage, first=candidate, number=last, attempts=last).run()


def place(stage: Stage, bets: Bets, output: Output, entry: Entry, before: Channels) -> None:
    """Start the checks of an output, and count on it until they are done.

    Args:
        stage: the visit that made it.
        bets: the open bets of its graph.
        output: the output.
        entry: what is kept of the bet with the thread.
        before: the channels as the visit's superstep found them.
    """
    number, superstep = int(str(entry["number"])), int(str(entry["superstep"]))
    cost_usd = float(str(entry["cost_usd"]))
    if cost_usd and not bets.carried(stage.token, superstep):
        # It was spent before a crash: the run's own ledger knows of it already.
        bets.pays(stage.live.ledger.child(stage.path, None), superstep, stage.token, cost_usd)
    record = Visit(stage, attempts=number).record(Candidate(output=output), None)
    known = bets.again.pop(stage.token, None) if entry.get("again") else None

    def settle(checked: Checked) -> None:
        outcome: StepOutcome = "verified" if number == 1 else "repaired"
        if checked.opinion != "pass":
            outcome = "unverified"
        settled = replace(record, outcome=outcome, verdicts=checked.verdicts, visits=0)
        stage.live.settle_bet(stage.path, replace(settled, latency_s=0.0))
        if stage.live.tracer:
            stage.live.tracer.emit(
                "settled",
                step=stage.path,
                visit=stage.visit,
                outcome=outcome,
                reason="",
                update=output.update,
            )

    bets.place(
        Bet(
            token=stage.token,
            path=stage.path,
            visit=stage.visit,
            superstep=superstep,
            number=number,
            cost_usd=cost_usd,
            output=output,
            before=before,
            verdicts=known.verdicts
            if known is not None
            else asyncio.create_task(stage.judge(output, number)),
            good=partial(_good, stage.spec),
            settle=settle,
        )
    )


def _good(spec: StepSpec, checked: Checked) -> bool:
    """Whether an output may stand, by its verdicts and the step's policies."""
    if checked.opinion == "starved":
        return spec.on_budget in STANDS
    if checked.opinion == "inconclusive":
        return spec.on_inconclusive in STANDS
    return checked.opinion == "pass"


def _placed(
    stage: Stage,
    bets: Bets,
    output: Output,
    number: int,
    *,
    again: Mapping[str, Any] | None = None,
) -> Unsettled:
    """The output as a bet, its checks started.

    Args:
        stage: the visit that made it.
        bets: the open bets of its graph.
        output: the output.
        number: which attempt it is.
        again: what was kept of it, if it comes out once more.
    """
    info = stage.config["configurable"][CONFIG_KEY_RUNTIME].execution_info
    entry: Entry = {
        "state": "open",
        "again": again is not None,
        "number": number,
        "cost_usd": stage.cost_usd if again is None else again["cost_usd"],
        "value": packed(output.update),
        "confidence": output.confidence,
        "superstep": stage.config["metadata"]["langgraph_step"],
        "checkpoint_id": info.checkpoint_id,
        "arg": stage.arg,
        "lineage": stage.lineage,
        "visit": stage.visit,
    }
    place(stage, bets, output, entry, snapshot(stage.config))
    record = Visit(stage, attempts=number).record(Candidate(output=output), None)
    return Unsettled(
        value=output.update,
        path=stage.path,
        record=replace(record, visits=1),
        token=stage.token,
        entry=entry,
    )


def again_entry(bet: Bet) -> Entry:
    """What the planner's node leaves of a bet whose step starts again, to come out the same."""
    return {
        "state": "again",
        "number": bet.number,
        "superstep": bet.superstep,
        "value": packed(bet.output.update),
        "confidence": bet.output.confidence,
        "cost_usd": bet.cost_usd,
    }


def refused_entry(bet: Bet) -> Entry:
    """What the planner's node leaves of a lost bet for its step to find."""
    checked = bet.verdicts.result()
    record = StepRecord(verdicts=checked.verdicts, confidence=bet.output.confidence)
    starved = checked.starved
    return {
        "state": "refused",
        "number": bet.number,
        "superstep": bet.superstep,
        "value": packed(bet.output.update),
        "record": entry_of(record),
        "starved": None if starved is None else {name: getattr(starved, name) for name in FIGURES},
    }


def _entry(stage: Stage) -> Mapping[str, Any] | None:
    """What the planner's node has left for this visit, if it was taken back."""
    found = stage.config["configurable"][CONFIG_KEY_READ]([BETS], False).get(BETS, {})
    entry = found.get(stage.token)
    return entry if isinstance(entry, Mapping) and entry["state"] != "open" else None


def _refused(entry: Mapping[str, Any]) -> tuple[Candidate, int]:
    known = record_of(entry["record"])
    starved = entry["starved"]
    checked = Checked(
        verdicts=known.verdicts, starved=None if starved is None else BudgetExceeded(**starved)
    )
    output = Output(unpacked(entry["value"]), confidence=known.confidence)
    return Candidate(output=output, checked=checked), int(entry["number"])

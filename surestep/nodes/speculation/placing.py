"""Placing a bet: the graph goes on with an output whose verdicts are not in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from langgraph._internal._constants import CONFIG_KEY_RUNTIME

from surestep.nodes.bets.bet import Bet
from surestep.nodes.bets.book import Bets
from surestep.nodes.bets.restoring import Channels, snapshot
from surestep.nodes.bets.trial import Trial
from surestep.nodes.candidate import Candidate
from surestep.nodes.ends import Entry, Unsettled, packed
from surestep.nodes.people.asking import wish
from surestep.nodes.people.beside import Asking
from surestep.nodes.reviewing import note_later
from surestep.nodes.spec import StepSpec
from surestep.nodes.stage import Stage
from surestep.nodes.visit import Visit
from surestep.values import Output, StepOutcome, StepRecord

STANDS = ("drop_check", "accept_unverified")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequel:
    """What happens to a bet once the verifiers accept its output.

    Attributes:
        stage: the visit.
        output: the output.
        number: which attempt it is.
        calls: worker calls of the attempts before it.
        record: how the visit went until it was placed.
    """

    stage: Stage
    output: Output
    number: int
    calls: int
    record: StepRecord

    def settle(self, found: Candidate, decided: StepOutcome | None) -> None:
        """Record how it settles: as a person has decided, or by its verdicts."""
        outcome = decided or ("verified" if self.number == 1 else "repaired")
        waived = found.checked.waived
        if decided is None and (found.checked.opinion != "pass" or waived):
            outcome = "unverified"
        stage = self.stage
        settled = replace(self._told(found, waived), outcome=outcome, visits=0, latency_s=0.0)
        stage.live.records.settle(stage.path, settled, landed=False)
        note_later(stage, self.output, settled)
        if stage.live.tracer:
            stage.live.tracer.emit(
                "settled",
                step=stage.path,
                visit=stage.visit,
                outcome=outcome,
                reason=waived,
                update=self.output.update,
            )

    def ask(self, found: Candidate) -> Asking | None:
        """The question to a person, if the step wants one asked."""
        wanted = wish(self.stage, self.output, found.checked.verdicts, failed=False)
        if wanted is None:
            return None
        return Asking(self.stage, wanted, self._told(found, wanted.reason), self.output)

    def _told(self, found: Candidate, reason: str) -> StepRecord:
        return replace(
            self.record,
            reason=reason,
            verdicts=found.checked.verdicts,
            attempts=self.calls + found.calls,
        )


def bet_on(
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
        bets.pays(stage.live.till.ledger.child(stage.path, None), superstep, stage.token, cost_usd)
    record = Visit(stage, attempts=calls + 1).record(Candidate(output=output), None)

    sequel = Sequel(stage=stage, output=output, number=number, calls=calls, record=record)
    bets.place(
        Bet(
            token=stage.token,
            path=stage.path,
            visit=stage.visit,
            superstep=superstep,
            checkpoint_id=str(entry["checkpoint_id"]),
            number=number,
            calls=calls,
            cost_usd=cost_usd,
            output=output,
            before=before,
            trial=trial,
            good=partial(_good, stage.spec),
            settle=sequel.settle,
            ask=sequel.ask,
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

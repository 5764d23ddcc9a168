"""How the steps of a run stand, told from its events: the model behind the live view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from surestep.budgets.limits import SLO
from surestep.budgets.plan import Plan
from surestep.nodes.spec import StepSpec
from surestep.nodes.treatment import treatment
from surestep.storage import Event
from surestep.traces.discarded import Losses
from surestep.values import StepRecord

Phase = Literal["pending", "running", "checking", "asking", "settled", "discarded"]


@dataclass(frozen=True, slots=True)
class Said:
    """What a verifier said of the latest output.

    Attributes:
        verifier: its name.
        status: `pass`, `fail` or `inconclusive`.
        feedback: why.
        attempt: which attempt it judged.
    """

    verifier: str
    status: str
    feedback: str = ""
    attempt: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One step as it stands.

    Attributes:
        path: the step's path.
        phase: what it is doing.
        outcome: how it settled; `""` while it has not.
        attempt: which attempt it is on, from 1; 0 before the first.
        since: when it started, in seconds since the epoch; 0.0 if it has not.
        latency_s: machine time of its settled visits, in seconds.
        cost_usd: its model calls so far, in US dollars.
        said: the verdicts on its latest output.
        note: what else to know: why it is asked about, redone or degraded.
    """

    path: str
    phase: Phase = "pending"
    outcome: str = ""
    attempt: int = 0
    since: float = 0.0
    latency_s: float = 0.0
    cost_usd: float = 0.0
    said: tuple[Said, ...] = ()
    note: str = ""


@dataclass(slots=True)
class Board:
    """The rows of a run by path, in the order of the graph; events change them.

    Attributes:
        specs: the steps of the graph.
        rows: the rows.
        slo: what the run may spend.
        checked: the steps that are checked, so that an output of theirs is not yet the end.
        losses: what is taken back.
    """

    specs: Mapping[str, StepSpec]
    rows: dict[str, Row] = field(default_factory=dict)
    slo: SLO = field(default_factory=SLO)
    checked: set[str] = field(default_factory=set)
    losses: Losses = field(default_factory=Losses)

    def begin(self, event: Event, records: Mapping[str, StepRecord]) -> None:
        """Start from what is known of a run when it starts or goes on.

        Args:
            event: what says so, with the limits and the plan.
            records: the records of steps that ran before.
        """
        self.slo = SLO.of_dict(_table(event.data["slo"]))
        plan = Plan.of_dict(_table(event.data["plan"]))
        self.rows = {path: row_of(path, records.get(path)) for path in self.specs}
        self.checked = {
            path for path, spec in self.specs.items() if treatment(spec, plan.of(path)).checked
        }

    def tell(self, event: Event) -> None:
        """Take in an event; those that concern no step change nothing."""
        if not event.step:
            return
        if event.kind == "switch":
            off = _table(event.data["changes"]).get("mode") == "off"
            (self.checked.discard if off else self.checked.add)(event.step)
        for loss in self.losses.tell(event):
            path = loss.visit[0]
            note = f"discarded: it was built on {loss.on}, which was refused"
            row = self.rows.get(path, Row(path=path))
            self.rows[path] = replace(row, phase="discarded", outcome="", since=0.0, note=note)
        row = self.rows.get(event.step, Row(path=event.step))
        self.rows[event.step] = told(row, event, checked=event.step in self.checked)


def row_of(path: str, record: StepRecord | None) -> Row:
    """The row of a step that ran before, or has not."""
    if record is None:
        return Row(path=path)
    return Row(
        path=path,
        phase="pending" if record.outcome is None else "settled",
        outcome=record.outcome or "",
        attempt=record.attempts,
        latency_s=record.latency_s,
        cost_usd=record.cost_usd,
        said=tuple(Said(one.verifier, one.status, one.feedback) for one in record.verdicts),
        note=record.reason,
    )


def told(row: Row, event: Event, *, checked: bool) -> Row:
    """The row after an event of its step."""
    match event.kind:
        case "step_started":
            return replace(
                row, phase="running", outcome="", attempt=1, since=event.at, said=(), note=""
            )
        case "attempt":
            phase: Phase = "checking" if checked else "running"
            row = replace(row, phase=phase, attempt=event.attempt)
        case "model_call":
            row = replace(row, cost_usd=row.cost_usd + (event.cost_usd or 0.0))
        case "verdict":
            row = replace(row, said=_heard(row.said, event))
        case "retry" if "tries" not in event.data:
            row = replace(row, phase="running", attempt=event.attempt + 1)
        case "question":
            row = replace(row, phase="asking")
        case "settled":
            return _settled(row, event)
    return replace(row, note=_note(row, event))


def _note(row: Row, event: Event) -> str:  # noqa: PLR0911 - a table of kinds reads best as one
    """What to know after an event: what it says, else what there was to know before."""
    said = {key: str(value) for key, value in event.data.items() if value}
    match event.kind:
        case "retry" if "tries" in event.data:
            return f"a call failed and is repeated: {said.get('why', '')}"
        case "retry":
            # Where verdicts say why, they stand on lines of their own.
            return "" if row.said else said.get("why", "")
        case "degrade":
            return f"{said.get('policy')}: {said.get('why', '')}"
        case "question":
            return "; ".join(part for part in (said.get("reason", ""), row.note) if part)
        case "answer":
            return f"{said.get('kind')} by {said.get('actor', 'a person')}"
        case "rollback":
            return f"refused: {said.get('why', '')}"
        case "switch":
            return f"switched by {said.get('by')}: {said.get('why', '')}"
        case "error":
            return said.get("error", "")
    return row.note


def _settled(row: Row, event: Event) -> Row:
    took_s = event.at - row.since if row.since else 0.0
    return replace(
        row,
        phase="settled",
        outcome=str(event.data.get("outcome", "")),
        latency_s=row.latency_s + took_s,
        since=0.0,
        note=str(event.data.get("reason") or ""),
    )


def _heard(said: tuple[Said, ...], event: Event) -> tuple[Said, ...]:
    """The verdicts with one more; those on an earlier output go."""
    data = event.data
    new = Said(
        str(data.get("verifier", "")),
        str(data.get("status", "")),
        str(data.get("feedback") or ""),
        event.attempt,
    )
    return (*(one for one in said if one.attempt == event.attempt), new)


def _table(value: object) -> Mapping[str, object]:
    assert isinstance(value, Mapping)
    return value

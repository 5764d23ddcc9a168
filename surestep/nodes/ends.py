"""The ways a visit of a step can end, as values its writer puts into the graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from langgraph.types import Command, Send

from surestep.storage.encode import from_json, to_json
from surestep.values import Question, StepOutcome, StepRecord, Verdict

Entry = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The step goes on with `value`, exactly as LangGraph would take it from a node.

    Attributes:
        value: what the node returns.
        path: path of the step.
        visit: which visit of it this was; 0 where nobody traces.
        record: how it went.
        key: names what is kept of it for review; `""` if nothing is.
    """

    value: object
    path: str
    visit: int = 0
    record: StepRecord
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsettled:
    """The step goes on with `value` before its verdicts are in.

    Attributes:
        value: exactly as LangGraph would take it from a node.
        path: path of the step.
        record: how it went so far.
        token: names the visit among the graph's open bets.
        entry: what is kept of the bet with the thread.
        visit: which visit of it this is; 0 where nobody traces.
    """

    value: object
    path: str
    record: StepRecord
    token: str
    entry: Entry
    visit: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """The visit has not happened: a bet it was built on is lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The step waits for a person, or for the rest of its fan-out.

    Attributes:
        question: what the person is asked; `None` if it waits for its fan-out only.
        value: what the step goes on with if the person approves, as `packed` makes it.
        outcome: how it settles if it goes on with that.
        arg: what a `Send` had given it, to be given again; `None` if it read the state.
        ask: how often this visit has asked, from 1.
        key: the visit's key.
        lineage: tells it from the other visits of a fan-out.
        before: whether the worker has yet to run, because its effect needs approval first.
        path: path of the step.
        visit: which visit of it this is; 0 where nobody traces.
        record: how it went so far.
    """

    question: Question | None
    value: Entry
    outcome: StepOutcome = "approved"
    arg: object
    ask: int
    key: str
    lineage: str
    before: bool
    path: str
    visit: int
    record: StepRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """The step failed closed, and the run with it.

    Attributes:
        reason: why.
        arg: what a `Send` had given it; `None` if it read the state.
        ask: how often this visit has asked a person.
        key: the visit's key.
        lineage: tells it from the other visits of a fan-out.
        path: path of the step.
        visit: which visit of it this was; 0 where nobody traces.
        record: how it went.
        cause: what made it fail, if that was an error.
    """

    reason: str
    arg: object
    ask: int
    key: str
    lineage: str
    path: str
    visit: int
    record: StepRecord
    cause: Exception | None = None


End: TypeAlias = Settled | Unsettled | Held | Broken | Gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """Why the planner sends a step on its way again.

    Attributes:
        kind: `redo` runs the worker again; the others say what to go on with.
        value: with `commit`, what to go on with, as `packed` made it.
        outcome: with `commit`, how the step then settled.
        feedback: with `redo`, what the worker should know.
        arg: what a `Send` had given the step; `None` if it reads the state.
        ask: how often this visit has asked a person.
        key: the visit's key; `""` makes a new one.
        lineage: tells it from the other visits of a fan-out.
        cleared: whether a person has approved the effect about to happen.
        again: whether a person has said that an effect in doubt did not happen.
        actor: who decided.
    """

    kind: str
    value: Entry = field(default_factory=dict)
    outcome: StepOutcome = "approved"
    feedback: str = ""
    arg: object = None
    ask: int = 0
    key: str = ""
    lineage: str = ""
    cleared: bool = False
    again: bool = False
    actor: str = ""
    record: Entry = field(default_factory=dict)


def packed(value: object) -> Entry:
    """What a worker returned, in a form every checkpointer can keep."""
    if isinstance(value, Command):
        goto = [value.goto] if isinstance(value.goto, (str, Send)) else list(value.goto)
        return {"update": value.update, "goto": goto, "graph": value.graph}
    return {"value": value}


def unpacked(entry: Mapping[str, object]) -> object:
    """What `packed` was given."""
    if "goto" not in entry:
        return entry.get("value")
    return Command(graph=entry.get("graph"), update=entry["update"], goto=entry["goto"])  # type: ignore[arg-type]


def edited(entry: Mapping[str, object], update: Mapping[str, object]) -> Entry:
    """What `packed` made, with a person's update in place of the worker's."""
    key = "update" if "goto" in entry else "value"
    return {**entry, key: dict(update)}


def entry_of(record: StepRecord) -> Entry:
    """A step's record as plain JSON values, without what says nothing."""
    entry: Entry = {
        "visits": record.visits,
        "attempts": record.attempts,
        "latency_s": record.latency_s,
    }
    if record.outcome is not None:
        entry["outcome"] = record.outcome
    if record.reason:
        entry["reason"] = record.reason
    if record.cost_usd:
        entry["cost_usd"] = record.cost_usd
    if record.confidence is not None:
        entry["confidence"] = record.confidence
    if record.verdicts:
        entry["verdicts"] = entries_of(record.verdicts)
    return entry


def entries_of(verdicts: Iterable[Verdict]) -> list[Entry]:
    """Verdicts as plain JSON values, without what says nothing."""
    return [_of_verdict(verdict) for verdict in verdicts]


def record_of(entry: Mapping[str, object]) -> StepRecord:
    """The record `entry_of` was given."""
    known = {key: value for key, value in entry.items() if key != "verdicts"}
    verdicts = entry.get("verdicts", ())
    assert isinstance(verdicts, (list, tuple))
    return StepRecord(verdicts=tuple(map(_verdict, verdicts)), **known)  # type: ignore[arg-type]


def combined(old: StepRecord | None, new: StepRecord) -> StepRecord:
    """One visit's record after those before it: figures add up, the rest is the last visit's."""
    if old is None:
        return new
    return replace(
        new,
        visits=old.visits + new.visits,
        latency_s=old.latency_s + new.latency_s,
        cost_usd=old.cost_usd + new.cost_usd,
    )


def plain(value: object) -> Entry:
    """A state update as plain JSON values a person can be shown."""
    found = from_json(to_json({"value": value}))["value"]
    return found if isinstance(found, dict) else {"value": found}


def _of_verdict(verdict: Verdict) -> Entry:
    entry: Entry = {
        "status": verdict.status,
        "verifier": verdict.verifier,
        "score": verdict.score,
        "feedback": verdict.feedback,
        "latency_s": verdict.latency_s,
    }
    return {key: value for key, value in entry.items() if value not in (None, "")}


def _verdict(entry: Mapping[str, object]) -> Verdict:
    return Verdict(**entry)  # type: ignore[arg-type]

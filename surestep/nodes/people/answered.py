"""What becomes of a step, now that a person has decided; and both as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from surestep.nodes.ends import Entry, Held, Ticket, edited, entry_of
from surestep.nodes.people.asking import question_entry
from surestep.nodes.people.together import commit_of
from surestep.storage.items import question_in
from surestep.values import Decision, Question


def waiting_entry(end: Held) -> Entry:
    """What is kept of a step that waits for an answer, or for the rest of its fan-out."""
    asked = end.question
    return {
        "question": None if asked is None else question_entry(asked),
        "value": end.value,
        "outcome": end.outcome,
        "arg": end.arg,
        "ask": end.ask,
        "key": end.key,
        "lineage": end.lineage,
        "before": end.before,
        "record": entry_of(end.record),
    }


def ticket_for(entry: Entry, decision: Decision) -> Ticket:
    """What becomes of a held step, now that a person has decided."""
    # Why it was asked about is not why it settles.
    record = {name: known for name, known in _table(entry["record"]).items() if name != "reason"}
    ticket = replace(commit_of(entry), actor=decision.actor, record=record)
    if entry["before"]:
        verb = "approve" if decision.kind == "approve" else "reject"
        why = f"rejected by {decision.actor or 'a person'}: {decision.message}".rstrip(": ")
        kind = "redo" if verb == "approve" else "reject"
        return replace(ticket, kind=kind, cleared=verb == "approve", feedback=why, record={})
    if decision.kind == "approve":
        return ticket
    if decision.kind == "edit":
        update = edited(ticket.value or {"value": None}, decision.update or {})
        return replace(ticket, outcome="edited", value=update)
    made = {"attempts": record.get("attempts", 0)}
    return replace(ticket, kind="redo", again=True, feedback=decision.message, record=made)


def question_of(entry: object) -> Question:
    """A question from the plain values the graph keeps it in."""
    return question_in(entry)


def decision_of(entry: Mapping[str, Any]) -> Decision:
    """A decision from plain values."""
    return Decision(**entry)


def decision_entry(decision: Decision) -> Entry:
    """A decision as plain values."""
    return {
        "kind": decision.kind,
        "update": None if decision.update is None else dict(decision.update),
        "message": decision.message,
        "actor": decision.actor,
        "decided_at": decision.decided_at,
    }


def _table(value: object) -> Mapping[str, object]:
    assert isinstance(value, Mapping)
    return value

"""What a thread's last checkpoint keeps of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver, CheckpointTuple

from surestep.nodes.channels import BETS, FAILED, HELD, RECORD, SESSION, Table
from surestep.nodes.ends import record_of
from surestep.nodes.people.answered import question_of
from surestep.values import Question, RunRecord, Spent, StepRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """The private values of a thread; empty for one that has not started.

    Attributes:
        exists: whether the thread has a checkpoint at all.
        session: the session's options.
        record: the run record.
        held: steps that wait for a person, by question id.
        failed: steps that failed closed, by path.
        unsettled: whether the run has gone on from outputs whose verdicts may be out.
        checkpoint_id: names the checkpoint; `""` if there is none.
    """

    exists: bool = False
    session: Table = field(default_factory=dict)
    record: Table = field(default_factory=dict)
    held: Table = field(default_factory=dict)
    failed: Table = field(default_factory=dict)
    unsettled: bool = False
    checkpoint_id: str = ""

    @property
    def number(self) -> int:
        """How many runs the thread has started."""
        number = self.record.get("number", 0)
        assert isinstance(number, int)
        return number

    @property
    def at(self) -> float:
        """When a node last wrote into the record, in seconds since the epoch."""
        spent = self.record.get("spent")
        return float(spent.get("at", 0.0)) if isinstance(spent, Mapping) else 0.0

    @property
    def questions(self) -> dict[str, Question]:
        """The open questions, by id."""
        return {
            question_id: question_of(entry["question"])
            for question_id, entry in self.held.items()
            if isinstance(entry, Mapping) and entry.get("question")
        }

    def run_record(self) -> RunRecord:
        """The record as values.

        The outcome is that of the thread at its last checkpoint: `failed` or `escalated` where
        something stands in the way, else none.
        """
        spent, steps = self.record.get("spent"), self.record.get("steps")
        return RunRecord(
            spent=_spent(spent if isinstance(spent, Mapping) else {}),
            steps=_steps(steps if isinstance(steps, Mapping) else {}),
        )


def _spent(entry: Mapping[str, Any]) -> Spent:
    return Spent(**{one.name: entry[one.name] for one in fields(Spent) if one.name in entry})


def _steps(entries: Mapping[str, Mapping[str, object]]) -> dict[str, StepRecord]:
    return {path: record_of(entry) for path, entry in entries.items()}


def _opened(found: CheckpointTuple) -> Table:
    """What a new run wrote first, if a crash has left that pending: its number, its options."""
    pending = {name: value for _, name, value in found.pending_writes or ()}
    opens = "number" in pending.get(RECORD, {})
    return {name: pending[name] for name in (RECORD, SESSION)} if opens else {}


async def saved(saver: object, config: RunnableConfig) -> Saved:
    """What the thread of `config` keeps; nothing where there is no checkpointer or thread."""
    if not isinstance(saver, BaseCheckpointSaver) or "thread_id" not in config["configurable"]:
        return Saved()
    found = await saver.aget_tuple(config)
    if found is None:
        return Saved()
    values = {**found.checkpoint["channel_values"], **_opened(found)}
    return Saved(
        exists=True,
        session=values.get(SESSION, {}),
        record=values.get(RECORD, {}),
        held=values.get(HELD, {}),
        failed=values.get(FAILED, {}),
        unsettled=bool(values.get(BETS))
        or any(one[1] == BETS for one in found.pending_writes or ()),
        checkpoint_id=found.checkpoint["id"],
    )

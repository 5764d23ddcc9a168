"""A run for programs: one JSON object a line, events as they happen, the result last."""

from __future__ import annotations

import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from surestep.cli.answering import is_foreign, submit
from surestep.cli.faults import FAILED
from surestep.cli.job import Job, Reply, Result
from surestep.cli.summary import ending
from surestep.errors import AnswerRefused
from surestep.graph import Session
from surestep.storage import Event, Redactor
from surestep.storage.encode import columns, from_json, to_json
from surestep.storage.events import redacted
from surestep.values import Question


@dataclass(slots=True)
class Lines:
    """The face of a run without a terminal."""

    _lock: threading.Lock = field(default_factory=threading.Lock)

    @asynccontextmanager
    async def watching(self, job: Job, session: Session) -> AsyncIterator[None]:
        """Each event of the block as a line."""
        redact = job.app.definition.redact
        session.listen(lambda event: self._say(event_line(event, redact)))
        yield

    async def ask(self, job: Job, result: Result) -> Reply:
        """Approval of all of them, if that is wanted and each takes it; else the run is left."""
        takes = [one for one in result.questions if _can_be_approved(one)]
        if job.on_question != "approve" or len(takes) < len(result.questions):
            return Reply(go_on=False)
        for question in takes:
            try:
                answered = await submit(job, question, {"type": "approve"})
            except AnswerRefused:
                return Reply(go_on=False)
            if answered.decision is None:
                return Reply(go_on=False)
        return Reply(go_on=True)

    def show(self, job: Job, result: Result) -> None:
        """The result as the last line; of one that failed, the words on standard error too."""
        self._say(result_line(result, resume=job.resume_words))
        if result.exit_code == FAILED:
            lines = ending(result, resume=job.resume_words)
            said = ("".join(text for text, _ in line) for line in lines)
            sys.stderr.write("\n".join(said) + "\n")

    def _say(self, line: str) -> None:
        with self._lock:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()


def event_line(event: Event, redact: Redactor | None) -> str:
    """An event as a line of JSON, redacted as it would be stored."""
    values = {key: value for key, value in columns(event).items() if key != "seq"}
    data = from_json(redacted(to_json(event.data), redact))
    return to_json({"type": "event", **values, "data": data})


def result_line(result: Result, *, resume: str = "") -> str:
    """How a run stands, as a line of JSON."""
    record = result.record
    values: dict[str, object] = {
        "type": "result",
        "thread": result.thread_id,
        "outcome": record.outcome,
        "reason": record.reason,
        "spent": columns(record.spent),
        "steps": {path: columns(step) for path, step in record.steps.items()},
        "values": result.values,
        "questions": [columns(question) for question in result.questions],
    }
    return to_json({**values, "resume": resume} if record.outcome != "succeeded" else values)


def _can_be_approved(question: Question) -> bool:
    return not is_foreign(question) and "approve" in question.allowed

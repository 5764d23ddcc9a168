"""What is to be run, what came of it, and who watches: the words the driver speaks in."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from surestep.cli.faults import FAILED, INTERRUPTED
from surestep.graph import Session, VerifiedApp
from surestep.graph.session import Wishes
from surestep.storage import Store
from surestep.values import Question, RunRecord

OnQuestion = Literal["ask", "fail", "queue", "approve"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """A person's wish that a step be checked differently.

    Attributes:
        step: its path.
        mode: `"off"`, or `"serial"` for on.
        why: the reason, for the trace.
        by: who wants it.
    """

    step: str
    mode: str
    why: str
    by: str = "person at the prompt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A thread to run, or to go on with.

    Attributes:
        app: the app, bound to the database.
        store: the database.
        thread_id: the thread.
        given: its input; `None` goes on with what is there.
        wishes: the session's options.
        values: answers to interrupts of the user's own, to start with.
        switches: switches that hold from the start.
        on_question: what to do when a person is needed.
        actor: under whose name answers are stored.
        resume_words: the command that goes on with it later.
    """

    app: VerifiedApp
    store: Store
    thread_id: str
    given: Mapping[str, object] | None
    wishes: Wishes
    values: Mapping[str, object] = field(default_factory=dict)
    switches: tuple[Switch, ...] = ()
    on_question: OnQuestion = "ask"
    actor: str = ""
    resume_words: str = ""

    @property
    def config(self) -> Any:
        """What LangGraph takes to find the thread."""
        return {"configurable": {"thread_id": self.thread_id}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How a run stands when the command ends.

    Attributes:
        thread_id: the thread.
        record: its record.
        values: the output of the graph, or its state so far.
        questions: what is still open.
        interrupted: whether somebody stopped it.
        refused: whether it ends as failed only because nobody may be asked.
    """

    thread_id: str
    record: RunRecord
    values: Mapping[str, object] = field(default_factory=dict)
    questions: tuple[Question, ...] = ()
    interrupted: bool = False
    refused: bool = False

    @property
    def exit_code(self) -> int:
        """0, 1 if the run failed, 130 if it was stopped."""
        if self.interrupted:
            return INTERRUPTED
        return FAILED if self.record.outcome == "failed" or self.refused else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a person wants done about the open questions.

    Attributes:
        go_on: whether the run goes on; otherwise it is left as it is.
        values: answers to interrupts of the user's own, by interrupt id.
        switches: what to switch when it goes on.
        interrupted: whether Ctrl-C was the answer.
    """

    go_on: bool
    values: Mapping[str, object] = field(default_factory=dict)
    switches: tuple[Switch, ...] = ()
    interrupted: bool = False


class Face(Protocol):
    """Who watches a run and speaks for the person: a terminal, or lines of JSON."""

    def watching(self, job: Job, session: Session) -> AbstractAsyncContextManager[None]:
        """Watches one pass while the block runs."""

    async def ask(self, job: Job, result: Result) -> Reply:
        """What becomes of the open questions of a run that stands like this."""

    def show(self, job: Job, result: Result) -> None:
        """Says how it ended."""

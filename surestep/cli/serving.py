"""What goes on with runs on behalf of the inbox in a browser."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from surestep.cli.deciding import Deciding, decided, gone_on, is_free
from surestep.cli.job import Job, Reply, Result
from surestep.cli.starting import Request, perform
from surestep.graph import Session
from surestep.storage import Store
from surestep.values import Question


class Quiet:
    """The face of a run that nobody watches: its questions wait in the inbox."""

    @asynccontextmanager
    async def watching(self, job: Job, session: Session) -> AsyncIterator[None]:
        """Nothing is shown."""
        yield

    async def ask(self, job: Job, result: Result) -> Reply:
        """The run is left, and its questions are open to whoever takes them."""
        return Reply(go_on=False)

    def show(self, job: Job, result: Result) -> None:
        """Nothing is said."""


class GraphRuns:
    """Goes on with the runs of one database, each by the TARGET its thread was started with.

    Args:
        store: the database.
        database: where it is.
        target: where the graph is now, if it has moved; default: as stored.
    """

    def __init__(self, store: Store, database: str, target: str | None = None) -> None:
        self._store, self._database, self._target = store, database, target

    async def decide(
        self, question_id: str, answer: Mapping[str, object], *, actor: str
    ) -> Question:
        """The question after the decision; it may need further approvers.

        Raises:
            AnswerRefused: the decision does not fit, or is not this person's to make.
        """
        return await decided(self._store, self._deciding(question_id, answer, actor))

    async def go_on(self, question: Question, *, actor: str) -> str:
        """How the run stands once it has gone on as far as it can, in a few words.

        Raises:
            SurestepError: it cannot go on; the decision is kept.
        """
        if not await is_free(self._store, question.thread_id):
            return "going on, in the process that runs it"
        results: list[Result] = []

        async def once(request: Request) -> int:
            results.append(await perform(request, Quiet()))
            return results[-1].exit_code

        wanted = self._deciding(question.question_id, {"type": "approve"}, actor)
        await gone_on(self._store, question, wanted, run=once)
        return _words(results[-1])

    def _deciding(self, question_id: str, answer: Mapping[str, object], actor: str) -> Deciding:
        return Deciding(
            question_id=question_id,
            answer=answer,
            actor=actor,
            target=self._target,
            database=self._database,
            json=False,
        )


def _words(result: Result) -> str:
    if result.questions:
        count = len(result.questions)
        return f"waits for {'another answer' if count == 1 else f'{count} more answers'}"
    outcome, reason = result.record.outcome or "interrupted", result.record.reason
    return f"{outcome}: {reason}" if reason else outcome

"""Runs that go on after a decision: in the background, one at a time for each thread."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Protocol
from weakref import WeakValueDictionary

from surestep.errors import SurestepError
from surestep.values import Question

_log = logging.getLogger(__name__)
_AT_ONCE = 8
"""Runs that go on side by side in one server; others wait their turn."""
_REMEMBERED = 1_000


class Runs(Protocol):
    """What knows the graphs: checks decisions by them, and goes on with their runs."""

    async def decide(
        self, question_id: str, answer: Mapping[str, object], *, actor: str
    ) -> Question:
        """The question after the decision; it may need further approvers.

        Raises:
            AnswerRefused: the decision does not fit, or is not this person's to make.
        """

    async def go_on(self, question: Question, *, actor: str) -> str:
        """How the run stands once it has gone on as far as it can, in a few words.

        Raises:
            SurestepError: it cannot go on; the decision is kept.
        """


class Background:
    """The runs that go on in this server.

    Args:
        runs: what goes on with them.
    """

    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        # Weak: the lock of a thread is gone with the last run that waits for it.
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._standing: dict[str, str] = {}

    def start(self, question: Question, *, actor: str) -> None:
        """Have the run of a decided question go on."""
        self._say(question.thread_id, "going on")
        task = asyncio.create_task(self._gone_on(question, actor))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def standing(self, thread_id: str) -> str:
        """How a thread stands that has gone on here; `""` for any other."""
        return self._standing.get(thread_id, "")

    async def wait(self) -> None:
        """Return once no run goes on any more."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def aclose(self) -> None:
        """Stop every run; what has settled is saved, and a later resume goes on from there."""
        for task in self._tasks:
            task.cancel()
        await self.wait()

    async def _gone_on(self, question: Question, actor: str) -> None:
        name = question.thread_id
        turn = self._turns.setdefault(name, asyncio.Lock())
        async with turn, self._places:
            try:
                self._say(name, await self._runs.go_on(question, actor=actor))
            except SurestepError as error:
                self._say(name, f"stopped: {error}")
            except Exception as error:  # noqa: BLE001 - a user's graph may raise anything
                _log.exception("The run of %s stopped.", name)
                self._say(name, f"stopped: {type(error).__name__}")

    def _say(self, thread_id: str, words: str) -> None:
        self._standing.pop(thread_id, None)
        self._standing[thread_id] = words
        if len(self._standing) > _REMEMBERED:
            del self._standing[next(iter(self._standing))]

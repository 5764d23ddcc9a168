"""Doubles: workers and verifiers that do as a script says and remember what they were asked."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from surestep.clock import now_s
from surestep.errors import SurestepError
from surestep.nodes.calls.attempt import Attempt, current
from surestep.values import Verdict

T = TypeVar("T")


class ScriptEnded(SurestepError):
    """A double that was asked more often than its script foresees."""


class Script(Iterator[T]):
    """Steps of a script, one after the other; exceptions in it are raised in their turn.

    Args:
        owner: who plays it, for the error when it ends.
        lines: the steps; an endless iterable (`itertools.repeat`) never ends.
    """

    def __init__(self, owner: str, lines: Iterable[T | BaseException]) -> None:
        self._owner = owner
        self._lines = iter(lines)
        self._played = 0

    def __next__(self) -> T:
        try:
            line = next(self._lines)
        except StopIteration:
            raise ScriptEnded(
                f"{self._owner} was asked {self._played + 1} times, its script has "
                f"{self._played} lines.",
                remedy="Lengthen the script, or repeat its last line with itertools.repeat.",
            ) from None
        self._played += 1
        if isinstance(line, BaseException):
            raise line
        return line


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a double.

    Attributes:
        state: the state it was given.
        update: the update it was to judge; `None` for a worker.
        at_s: when, on the loop's clock.
        attempt: what a worker inside a run was told; `None` elsewhere.
    """

    state: object
    update: object = None
    at_s: float = 0.0
    attempt: Attempt | None = None


class ScriptedWorker:
    """A worker that returns, or raises, what its script says.

    Args:
        outputs: what each call returns; exceptions are raised.
        latency_s: how long each call takes, in seconds of the loop's clock.

    Attributes:
        calls: the calls so far, those that raised included.
    """

    def __init__(
        self, outputs: Iterable[object | BaseException], *, latency_s: float = 0.0
    ) -> None:
        self.calls: list[Call] = []
        self._script = Script[object]("The worker", outputs)
        self._latency_s = latency_s

    async def __call__(self, state: object) -> object:
        """The script's next output."""
        told = current.get()
        self.calls.append(Call(state, at_s=now_s(), attempt=told() if told else None))
        await asyncio.sleep(self._latency_s)
        return next(self._script)


class ScriptedVerifier:
    """A verifier that answers, or raises, what its script says.

    Args:
        answers: what each check returns; exceptions are raised.
        name: its name.
        latency_s: how long each check takes, in seconds of the loop's clock.

    Attributes:
        calls: the checks so far, those that raised included.
    """

    def __init__(
        self,
        answers: Iterable[bool | Verdict | BaseException],
        *,
        name: str = "scripted",
        latency_s: float = 0.0,
    ) -> None:
        self.name = name
        self.calls: list[Call] = []
        self._script = Script[bool | Verdict]("The verifier", answers)
        self._latency_s = latency_s

    async def check(self, state: object, update: object) -> bool | Verdict:
        """The script's next answer."""
        self.calls.append(Call(state, update, at_s=now_s()))
        await asyncio.sleep(self._latency_s)
        return next(self._script)

"""Questions run under a plan, and what came of them against the recorded truth."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any
from uuid import uuid4

from langchain_core.runnables import RunnableConfig
from langgraph.types import Command

from examples.word_problems.data import Problem
from examples.word_problems.graph import State
from surestep import Plan, session
from surestep.errors import RunFailed
from surestep.graph import Session, VerifiedApp

AT_ONCE = 8

Person = Callable[[Problem, dict[str, Any]], Awaitable[dict[str, object] | None]]
"""Answers an interrupt's request; `None` leaves the question open in the database."""


@dataclass(frozen=True, slots=True)
class Run:
    """How one question ended.

    Attributes:
        right: whether the answer that went out is the recorded truth; `None` if none went out.
        asked: whether a person was asked.
        calls: model calls, worker and checks together.
        thread_id: the thread, to find it again.
    """

    right: bool | None
    asked: bool
    calls: int
    thread_id: str


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, with a 95 % interval."""

    count: int
    of: int

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's score interval, doi:10.1080/01621459.1927.10502953."""
        if self.of == 0:
            return (0.0, 1.0)
        z, share = 1.959964, self.count / self.of
        middle = (share + z * z / (2 * self.of)) / (1 + z * z / self.of)
        spread = math.sqrt(share * (1 - share) / self.of + (z / (2 * self.of)) ** 2)
        half = z * spread / (1 + z * z / self.of)
        return (max(0.0, middle - half), min(1.0, middle + half))

    def as_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        return {**asdict(self), "interval": list(self.interval)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One way of checking, over all questions.

    Attributes:
        questions: how many were run.
        accuracy: right answers among those that went out.
        answered: answers that went out, without a person or with one.
        asked: questions a person was asked.
        failed: runs that ended without an answer or a question.
        calls: model calls, worker and checks together.
        seconds: how long the whole took, many questions at once.
        waiting: the threads whose question is still open.
    """

    questions: int
    accuracy: Share
    answered: Share
    asked: Share
    failed: int
    calls: int
    seconds: float
    waiting: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        shares = ("accuracy", "answered", "asked")
        plain = {key: value for key, value in asdict(self).items() if key not in shares}
        return plain | {key: getattr(self, key).as_dict() for key in shares}


async def measure(
    app: VerifiedApp, problems: Iterable[Problem], plan: Plan, person: Person
) -> Figures:
    """Run every question under a plan, several at once."""
    places = asyncio.Semaphore(AT_ONCE)

    async def one(problem: Problem) -> Run:
        async with places:
            return await run_one(app, problem, plan, person)

    started = time.perf_counter()
    runs = await asyncio.gather(*(one(problem) for problem in problems))
    return figures(runs, time.perf_counter() - started)


async def run_one(app: VerifiedApp, problem: Problem, plan: Plan, person: Person) -> Run:
    """Run one question in a thread of its own, with a person for what they disagree on."""
    config: RunnableConfig = {"configurable": {"thread_id": uuid4().hex[:12]}}
    s = session(plan=plan)
    asked = False
    given: State | Command[None] = {"question": problem.question}
    while True:
        try:
            result = await app.ainvoke(given, config, context=s)
        except RunFailed:
            return _run(config, s, right=None, asked=asked)
        interrupts = result.get("__interrupt__", ())
        if not interrupts:
            return _run(config, s, right=result["answer"] == problem.truth, asked=asked)
        asked = True
        answer = await person(problem, interrupts[0].value)
        if answer is None:
            return _run(config, s, right=None, asked=True)
        given = Command(resume={interrupts[0].id: answer})


def _run(config: RunnableConfig, s: Session, *, right: bool | None, asked: bool) -> Run:
    return Run(right, asked, s.record.spent.calls, config["configurable"]["thread_id"])


def figures(runs: list[Run], seconds: float) -> Figures:
    """What the runs add up to."""
    answered = [run for run in runs if run.right is not None]
    return Figures(
        questions=len(runs),
        accuracy=Share(sum(run.right is True for run in answered), len(answered)),
        answered=Share(len(answered), len(runs)),
        asked=Share(sum(run.asked for run in runs), len(runs)),
        failed=sum(run.right is None and not run.asked for run in runs),
        calls=sum(run.calls for run in runs),
        seconds=seconds,
        waiting=tuple(run.thread_id for run in runs if run.asked and run.right is None),
    )

"""Chains whose workers and checkers are right at stated rates, in several worlds of errors."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, TypedDict

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START

from surestep import Plan, Verdict, VerifiedGraph
from surestep.errors import RunFailed
from surestep.verifiers import Vote

STEPS = 20
CHECKERS = tuple(f"checker{number}" for number in range(12))
Success = Callable[[random.Random], float]
"""Draws how likely a sample of one step of one run is right."""


def _append(old: list[str], new: list[str]) -> list[str]:
    return old + new


class State(TypedDict):
    """What each step came to, in order."""

    answers: Annotated[list[str], _append]


def alike(_: random.Random) -> float:
    """All tasks are equally hard: errors are independent."""
    return 0.95


def some_hard(chance: random.Random) -> float:
    """5 % of tasks are hard, and half of all errors fall on them; the mean is 0.95."""
    return 0.5 if chance.random() < 0.05 else 0.95 / 0.95 - 0.025 / 0.95


def spread(correlation: float) -> Success:
    """Attempts at one task are correlated: success is beta-binomial with mean 0.95."""
    strength = (1.0 - correlation) / correlation

    def draw(chance: random.Random) -> float:
        return chance.betavariate(0.95 * strength, 0.05 * strength)

    return draw


@dataclass(slots=True)
class World:
    """One run's draws. Wrong samples of a task agree, the worst case for a vote.

    Attributes:
        seed: every draw follows from it.
        success: how likely samples are right.
        accept_ok: P(accept | right) of each checker, independent given the truth.
        accept_bad: P(accept | wrong).
        work_s: seconds of a worker call, and of a check.
        calls: calls made so far, cancelled ones included.
    """

    seed: int
    success: Success
    accept_ok: float = 0.95
    accept_bad: float = 0.10
    work_s: float = 1.0
    calls: Counter[str] = field(default_factory=Counter)

    def worker(self, step: str) -> Any:
        """A worker whose samples are right or wrong."""
        # A task is as hard for every sample of it.
        rate = self.success(random.Random(f"{self.seed} {step}"))
        chance = random.Random(f"{self.seed} {step} samples")

        async def work(_: State) -> dict[str, list[str]]:
            self.calls["work"] += 1
            answer = "right" if chance.random() < rate else "wrong"
            await asyncio.sleep(self.work_s)
            return {"answers": [answer]}

        return work

    def checker(self, step: str, name: str) -> Any:
        """A verifier that errs at the stated rates."""
        chance = random.Random(f"{self.seed} {step} {name}")

        async def check(_: State, update: Mapping[str, list[str]]) -> Verdict:
            self.calls["check"] += 1
            rate = self.accept_ok if update["answers"] == ["right"] else self.accept_bad
            accepted = chance.random() < rate
            await asyncio.sleep(self.work_s)
            return Verdict("pass" if accepted else "fail")

        check.__name__ = name
        return check

    def graph(self) -> VerifiedGraph:
        """The chain."""
        graph, before = VerifiedGraph(State), START
        for number in range(STEPS):
            step = f"step{number}"
            checkers = [self.checker(step, name) for name in CHECKERS]
            graph.add_step(step, self.worker(step), verifiers=[*checkers, Vote()])
            graph.add_edge(before, step)
            before = step
        graph.add_edge(before, END)
        return graph


@dataclass(frozen=True, slots=True)
class Ended:
    """How one run ended.

    Attributes:
        right: whether every step's output was right in the end.
        answered: whether it came to an answer at all.
        steps_s: its time, in times that of one worker call.
        work: worker calls.
        checks: verifier calls.
    """

    right: bool
    answered: bool
    steps_s: float
    work: int
    checks: int


async def ended(world: World, plan: Plan) -> Ended:
    """One run of the chain under a plan."""
    loop = asyncio.get_running_loop()
    app = world.graph().compile(checkpointer=InMemorySaver(), plan=plan)
    began = loop.time()
    try:
        state = await app.ainvoke({"answers": []}, {"configurable": {"thread_id": "run"}})
    except RunFailed:
        state = {"answers": []}
    took_s = loop.time() - began
    return Ended(
        right=state["answers"] == ["right"] * STEPS,
        answered=bool(state["answers"]),
        steps_s=took_s / world.work_s,
        work=world.calls["work"],
        checks=world.calls["check"],
    )

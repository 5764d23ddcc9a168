"""Graphs whose latencies and verdicts are drawn by lineage, and how soon they could be done.

What a step does depends on the outputs it builds on, on which attempt it is, and on nothing
else. So a scheduler that is simulated and a graph that is run meet the same draws, also on work
that is thrown away, and a finished run's log tells which draws were those of its final lineage.
"""

from __future__ import annotations

import operator
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, NamedTuple, TypedDict

Shape = Mapping[str, tuple[str, ...]]
"""The steps in an order that fits, each with the steps it joins; the first has none."""


class State(TypedDict, total=False):
    """What has happened: `step.attempt` for every accepted output."""

    log: Annotated[list[str], operator.add]


class Draw(NamedTuple):
    """What is drawn for one attempt: how long work and check take, and the verdict."""

    work_s: float
    check_s: float
    passes: bool


@dataclass(frozen=True, slots=True)
class Draws:
    """What chance has in store for one run.

    Attributes:
        seed: which run.
        work_s: mean time of the work, in seconds; each attempt takes 0.5 to 1.5 of it.
        check_to_work: mean time of a check to that of the work, spread alike.
        refusing: the chance that an attempt is refused.
    """

    seed: int
    work_s: float
    check_to_work: float
    refusing: float

    def of(self, built_on: Iterable[str], step: str, attempt: int) -> Draw:
        """The draw of one attempt."""
        chance = random.Random(f"{self.seed} {' '.join(sorted(built_on))} {step}.{attempt}")
        work_s = self.work_s * chance.uniform(0.5, 1.5)
        check_s = self.work_s * self.check_to_work * chance.uniform(0.5, 1.5)
        return Draw(work_s, check_s, chance.random() >= self.refusing)


def chain(steps: int) -> Shape:
    """Steps in a row."""
    return {f"n{place}": (f"n{place - 1}",) if place else () for place in range(steps)}


def series_parallel(steps: int, seed: int) -> Shape:
    """About so many steps: single ones and forks of two or three uneven arms, in a row."""
    chance, last = random.Random(seed), "n0"
    shape: dict[str, tuple[str, ...]] = {last: ()}
    while len(shape) < steps:
        arms = []
        for _ in range(chance.choice([0, 2, 3])):
            arm = last
            for _ in range(chance.randint(1, 3)):
                arm = _added(shape, (arm,))
            arms.append(arm)
        last = _added(shape, tuple(arms) or (last,))
    return shape


def _added(shape: dict[str, tuple[str, ...]], after: tuple[str, ...]) -> str:
    name = f"n{len(shape)}"
    shape[name] = after
    return name


def levels(shape: Shape) -> list[list[str]]:
    """The steps by the superstep LangGraph runs them in, when each joins all before it."""
    level: dict[str, int] = {}
    for step, before in shape.items():
        level[step] = 1 + max((level[one] for one in before), default=-1)
    return [
        [step for step in shape if level[step] == one] for one in range(max(level.values()) + 1)
    ]


def final_lineage_s(
    draws: Draws, shape: Shape, log: Iterable[str], *, knowing: bool = False
) -> float:
    """The least time in which the outputs in `log` could be made and verified, in seconds.

    The recursion `T = max T of those before + D + w; V = T + C; makespan = max V`: D is the
    work and checks of refused attempts, as a refusal is known only when its check ends, and
    nothing else waits for anything.

    Args:
        draws: the run's draws.
        shape: the graph.
        log: the accepted outputs of a run.
        knowing: whether verdicts are known as soon as there is an output, and cost no time.
    """
    accepted = {step: int(number) for step, number in (entry.split(".") for entry in log)}
    built_on: list[str] = []
    made_s: dict[str, float] = {}
    verified_s = 0.0
    for level in levels(shape):
        for step in level:
            drawn = [draws.of(built_on, step, one + 1) for one in range(accepted[step])]
            started_s = max((made_s[one] for one in shape[step]), default=0.0)
            checked = 0.0 if knowing else sum(one.check_s for one in drawn[:-1])
            made_s[step] = started_s + sum(one.work_s for one in drawn) + checked
            verified_s = max(verified_s, made_s[step] + (0.0 if knowing else drawn[-1].check_s))
        built_on += [f"{step}.{accepted[step]}" for step in level]
    return verified_s


def superstepped_s(draws: Draws, shape: Shape) -> float:
    """The time of the run if only LangGraph's supersteps stood in its way, in seconds.

    A superstep starts when all steps of the one before have put out something. A refusal is
    known when its check ends, and starts its whole superstep again at once: of its siblings,
    those with an output keep it and its check, and those still at work start again.
    """
    return _Superstepped(draws, levels(shape)).run()


@dataclass(slots=True)
class _Bet:
    level: int
    known_s: float
    passes: bool


@dataclass(slots=True)
class _Superstepped:
    draws: Draws
    levels: list[list[str]]
    level: int = 0
    now_s: float = 0.0
    attempts: dict[str, int] = field(default_factory=dict)
    bets: dict[str, _Bet] = field(default_factory=dict)
    working: dict[str, tuple[float, Draw]] = field(default_factory=dict)

    def run(self) -> float:
        """The virtual time at which every step has an output whose verdict is in."""
        self._start()
        while True:
            refusals = {step: bet.known_s for step, bet in self.bets.items() if not bet.passes}
            made = {step: done_s for step, (done_s, _) in self.working.items()}
            refused_s = min(refusals.values(), default=float("inf"))
            if made and min(made.values()) <= refused_s:
                self._put_out(min(made, key=made.__getitem__))
            elif refusals:
                self._refuse(min(refusals, key=refusals.__getitem__))
            else:
                return max(bet.known_s for bet in self.bets.values())

    def _start(self) -> None:
        built_on = [f"{one}.{self.attempts[one]}" for level in self._before() for one in level]
        for step in self.levels[self.level]:
            if step not in self.bets:
                drawn = self.draws.of(built_on, step, self.attempts.setdefault(step, 1))
                self.working[step] = (self.now_s + drawn.work_s, drawn)

    def _before(self) -> list[list[str]]:
        return self.levels[: self.level]

    def _put_out(self, step: str) -> None:
        self.now_s, drawn = self.working.pop(step)
        self.bets[step] = _Bet(self.level, self.now_s + drawn.check_s, drawn.passes)
        if not self.working and self.level + 1 < len(self.levels):
            self.level += 1
            self._start()

    def _refuse(self, step: str) -> None:
        lost = self.bets.pop(step)
        self.now_s, self.level = lost.known_s, lost.level
        self.working.clear()
        for level in self.levels[lost.level + 1 :]:
            for later in level:
                self.bets.pop(later, None)
                self.attempts.pop(later, None)
        self.attempts[step] += 1
        self._start()

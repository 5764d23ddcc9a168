"""Chains under a deadline: what their steps draw, and how runs of them go."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import gzip
import operator
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, TypedDict

import _recorded
import numpy as np
from langgraph.graph import START
from numpy.typing import NDArray

from surestep import SLO, Output, Plan, Profile, VerifiedGraph, session
from surestep.budgets import CheckProfile, StepProfile
from surestep.budgets.planner import Planner
from surestep.budgets.profiled import Confidence
from surestep.errors import RunFailed
from surestep.testing import run

STEPS = 20
WORK_USD, CHECK_USD = 2.0, 1.0
ACCEPT_OK, ACCEPT_BAD = 0.95, 0.10
RETRIES = 2
LEVELS, TIMES = 20, 400
"""Levels of confidence, and times, that a profile tells apart."""

Floats = NDArray[np.float64]
Gate = Callable[[int, Floats], NDArray[np.bool_] | NDArray[np.intp]]
"""How many checks outputs get, by the step's place and the worker's confidence."""


@dataclass(frozen=True, slots=True)
class Pool:
    """What the calls of a world are drawn from, evenly.

    Attributes:
        sure: confidences of workers.
        right: whether the outputs they belong to are right.
        work_s: times of worker calls, in seconds.
        check_s: times of checks, in seconds.
    """

    sure: Floats
    right: NDArray[np.bool_]
    work_s: Floats
    check_s: Floats

    def halves(self) -> tuple[Pool, Pool]:
        """What a profile is made of, and what runs are drawn from afterwards."""
        return self._every(0), self._every(1)

    def _every(self, start: int) -> Pool:
        return Pool(*(getattr(self, name)[start::2] for name in self.__slots__))

    def profile(self) -> Profile:
        """A chain of steps like these."""
        order = np.argsort(self.sure, kind="stable")
        levels = tuple(
            Confidence(
                said=float(self.sure[part].mean()),
                right=float(self.right[part].mean()),
                trials=float(part.size),
            )
            for part in np.array_split(order, LEVELS)
        )
        check = CheckProfile(
            accept_ok=ACCEPT_OK,
            accept_bad=ACCEPT_BAD,
            latencies_s=_even(self.check_s),
            cost_usd=CHECK_USD,
        )
        step = StepProfile(
            success=float(self.right.mean()),
            latencies_s=_even(self.work_s),
            cost_usd=WORK_USD,
            calibration=levels,
            checks={"judge": check},
        )
        return Profile.of({f"step{place}": step for place in range(STEPS)})


def _even(times_s: Floats) -> tuple[float, ...]:
    """As many times as a profile needs, which lie as all of them do."""
    return tuple(np.quantile(times_s, (np.arange(TIMES) + 0.5) / TIMES).tolist())


def log_normal(draws: int, seed: int) -> Pool:
    """Times of mean 1 s and a coefficient of variation of 0.5; confidences as they should be.

    Four workers of five are right 99 times of 100, the fifth 79 times, each varying from task
    to task, and each says so.
    """
    chance = np.random.default_rng(seed)
    sure = np.where(
        chance.random(draws) < 0.8, chance.beta(99, 1, draws), chance.beta(15.8, 4.2, draws)
    )
    spread = np.sqrt(np.log(1.25))
    work_s, check_s = (chance.lognormal(-(spread**2) / 2, spread, draws) for _ in range(2))
    return Pool(sure, chance.random(draws) < sure, work_s, check_s)


def recorded(seed: int) -> Pool:
    """Times of recorded calls of language models, and confidences with their truth.

    Times are those of GPT-3.5 writing code (Kapoor et al. 2024), in random order; confidences
    those of Google's classifier on film reviews about which it is above 0.1 sure (Chen et al.
    2020), raw as it gave them: it is right on 0.945 of them.
    """
    chance = np.random.default_rng(seed)
    calls = _rows("agents_that_matter_humaneval/calls.csv.gz")
    times = np.array([float(row["latency_s"]) for row in calls if row["model"].startswith("gpt-3")])
    chance.shuffle(times)
    reviews = _rows("frugalml_apis/imdb.csv.gz")
    answers = [row for row in reviews if float(row["Google_conf"]) > 0.1]
    chance.shuffle(answers)
    half = len(times) // 2
    return Pool(
        np.array([float(row["Google_conf"]) for row in answers]),
        np.array([row["Google_correct"] == "1" for row in answers]),
        times[:half],
        times[half:],
    )


def _rows(name: str) -> list[dict[str, str]]:
    with gzip.open(_recorded.DATA / name, "rt", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


@dataclass(frozen=True, slots=True)
class Came:
    """What runs came to: P(right and in time), and their mean cost in US dollars."""

    right: float
    cost_usd: float


@dataclass(frozen=True, slots=True)
class Courses:
    """How runs went, one by one.

    Attributes:
        right: whether all outputs that went on were right.
        ended: whether the run came to its end in time, and was not refused for good.
        time_s: how long it took, in seconds.
        cost_usd: what it cost, in US dollars.
    """

    right: NDArray[np.bool_]
    ended: NDArray[np.bool_]
    time_s: Floats
    cost_usd: Floats


def simulated(pool: Pool, gate: Gate, deadline_s: float, *, runs: int, seed: int) -> Came:
    """Runs in which the checks of a step are decided on by its place and confidence alone."""
    found = courses(pool, gate, deadline_s=deadline_s, runs=runs, seed=seed)
    return Came(float((found.ended & found.right).mean()), float(found.cost_usd.mean()))


def courses(
    pool: Pool,
    gate: Gate,
    *,
    runs: int,
    seed: int,
    steps: int = STEPS,
    deadline_s: float = np.inf,
) -> Courses:
    """Such runs one by one; a run is cut off at its deadline."""
    chance = np.random.default_rng(seed)
    found = Courses(np.ones(runs, bool), np.ones(runs, bool), np.zeros(runs), np.zeros(runs))
    for place in range(steps):
        todo = found.ended.copy()
        for attempt in range(RETRIES + 1):
            at = np.flatnonzero(todo & (found.time_s < deadline_s))
            drawn = chance.integers(pool.sure.size, size=at.size)
            found.time_s[at] += chance.choice(pool.work_s, at.size)
            found.cost_usd[at] += WORK_USD
            truth = pool.right[drawn]
            asked = np.where(found.time_s[at] < deadline_s, gate(place, pool.sure[drawn]), 0)
            accepted = _checked(pool, chance, found, at=at, asked=asked, truth=truth)
            found.right[at] &= truth | ~accepted
            todo[at] = ~accepted
            if attempt == RETRIES:
                found.ended[at] &= accepted
        found.ended[:] &= found.time_s < deadline_s
    return found


def _checked(
    pool: Pool,
    chance: np.random.Generator,
    found: Courses,
    *,
    at: NDArray[np.intp],
    asked: NDArray[np.intp],
    truth: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Whether all the checks asked for accept; they run side by side."""
    accepted = np.ones(at.size, bool)
    took_s = np.zeros(at.size)
    for number in range(int(asked.max(initial=0))):
        among = asked > number
        accepts = chance.random(at.size) < np.where(truth, ACCEPT_OK, ACCEPT_BAD)
        accepted &= accepts | ~among
        took_s = np.maximum(took_s, np.where(among, chance.choice(pool.check_s, at.size), 0.0))
    found.time_s[at] += took_s
    found.cost_usd[at] += CHECK_USD * asked
    return accepted


class State(TypedDict):
    """Whether each output was right, in order."""

    right: Annotated[list[bool], operator.add]


class Rehearsed:
    """A chain whose workers and checks draw from a pool; every run of one seed draws alike."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._chance = random.Random(0)
        self._cost_usd = 0.0
        graph, before = VerifiedGraph(State), START
        for place in range(STEPS):
            name = f"step{place}"
            graph.add_step(name, self._work, verifiers=[self._judge], retries=RETRIES)
            graph.add_edge(before, name)
            before = name
        self._app = graph.compile()

    def runs(self, count: int, slo: SLO, plan: Plan, planner: Planner | None) -> Came:
        """What runs through the engine came to, on a clock on which waiting is free."""

        async def went() -> list[tuple[bool, float]]:
            return [await self._run(seed, slo, plan, planner) for seed in range(count)]

        found = run(went())
        rights, costs = zip(*found, strict=True)
        return Came(float(np.mean(rights)), float(np.mean(costs)))

    async def _run(
        self, seed: int, slo: SLO, plan: Plan, planner: Planner | None
    ) -> tuple[bool, float]:
        self._chance, self._cost_usd = random.Random(seed), 0.0
        context = session(slo=slo, plan=plan, planner=planner)
        right = False
        with contextlib.suppress(RunFailed):
            state = await self._app.ainvoke({"right": []}, context=context)
            right = len(state["right"]) == STEPS and all(state["right"])
        return right, self._cost_usd

    async def _work(self, state: State) -> Output:
        drawn = self._chance.randrange(self._pool.sure.size)
        self._cost_usd += WORK_USD
        await asyncio.sleep(self._chance.choice(self._pool.work_s))
        right = bool(self._pool.right[drawn])
        return Output({"right": [right]}, confidence=float(self._pool.sure[drawn]))

    async def _judge(self, state: State, update: Mapping[str, Sequence[bool]]) -> bool:
        self._cost_usd += CHECK_USD
        rate = ACCEPT_OK if update["right"][0] else ACCEPT_BAD
        accepts = self._chance.random() < rate
        await asyncio.sleep(self._chance.choice(self._pool.check_s))
        return accepts

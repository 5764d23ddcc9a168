"""Twenty steps, each right 95 % of the time: how right the whole comes out, how fast, how dear.

Checkers accept 95 % of right outputs and 10 % of wrong ones, and take as long as the work. A
run is right only if all 20 outputs are, in the end; wrong samples of a task agree, the worst
case for a vote. Latency and cost are multiples of the unverified chain's; calls that were
cancelled are charged in full.

- Independent errors, on the virtual clock: a vote (3 samples at once, first to be ahead by 3),
  and weighed evidence (2 samples, checks where they disagree; 3 samples in the last three
  steps), which is the cheaper where a check costs a fifth of the work. The share of right runs
  stands with its 95 % Wilson interval.
- The vote once more on the real clock, over HTTP against the rehearsal server, workers of half
  a second through langchain-openai, five runs at a time, with as many unverified runs between
  them: the ratio is to those, of what a step really took.
- Correlated errors, where nothing is promised: half of all errors on 5 % hard tasks (0.5), and
  success that is beta-binomial with correlation 0.1 and 0.3 between attempts at one task. The
  vote beside evidence that is weighed knowing these classes. Checkers stay independent of each
  other and of the worker given the truth, which real ones are not: see the recorded runs.

Runs are seeded; with --quick they are fewer, with the same targets.
"""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

from _real_chain import compared
from _report import Figure, main
from _worlds import CHECKERS, STEPS, Ended, Success, World, alike, ended, some_hard, spread

from surestep import Assurance, Plan
from surestep.budgets.algebra.classes import difficulties
from surestep.budgets.profiled import StepProfile
from surestep.budgets.shares import wilson
from surestep.budgets.tally import Difficulty, Strength, Tally
from surestep.testing import run

CHECKS = {name: Strength(accept_ok=0.95, accept_bad=0.10) for name in CHECKERS}
ALIKE = (Difficulty(share=1.0, success=0.95),)
HARD = (Difficulty(share=0.95, success=1 - 0.025 / 0.95), Difficulty(share=0.05, success=0.5))
# What the arithmetic of a class can still weigh; the ends stand for "never" and "always".
LEAST, MOST = 1e-6, 1.0 - 1e-6


def voted() -> Plan:
    """Every step by vote."""
    vote = {"ahead_by": 3, "first": 3, "wave": 2, "cap": 15}
    return Plan(default=Assurance(mode="speculative", verifiers=("vote",), vote=vote))


def weighed(first: int, classes: tuple[Difficulty, ...]) -> Assurance:
    """A step by weighed evidence, from this many samples on."""
    tally = Tally(risk=5e-4, classes=classes, checks=CHECKS, first=first, cap=25)
    return Assurance(mode="speculative", tally=tally)


def cheap() -> Plan:
    """Two samples a step; three in the last steps, where nothing hides the wait for a check."""
    last = {f"step{STEPS - place}": weighed(3, ALIKE) for place in (1, 2, 3)}
    return Plan(last, default=weighed(2, ALIKE))


def classes_of(correlation: float) -> tuple[Difficulty, ...]:
    """The classes that stand for a beta-binomial with mean 0.95."""
    found = difficulties(StepProfile(success=0.95, spread=correlation))
    return tuple(
        Difficulty(share=one.share, success=min(max(one.success, LEAST), MOST)) for one in found
    )


@dataclass(frozen=True, slots=True)
class Design:
    """A plan in a world, and what it is held to.

    Attributes:
        name: how it is printed.
        success: the world's errors.
        plan: how steps are treated.
        check_cost: what a check costs, in worker calls.
        cost: the most it may cost, in unverified chains; `None` promises nothing at all.
    """

    name: str
    success: Success
    plan: Plan
    check_cost: float
    cost: float | None = None


def designs() -> Iterator[Design]:
    """All designs, those that promise something first."""
    yield Design("vote", alike, voted(), 1.0, cost=3.4)
    yield Design("evidence", alike, cheap(), 0.2, cost=2.65)
    worlds: Mapping[str, tuple[Success, tuple[Difficulty, ...]]] = {
        "half on 5 % hard tasks": (some_hard, HARD),
        "correlation 0.1": (spread(0.1), classes_of(0.1)),
        "correlation 0.3": (spread(0.3), classes_of(0.3)),
    }
    for name, (success, classes) in worlds.items():
        yield Design(f"{name}: vote", success, voted(), 1.0)
        yield Design(f"{name}: evidence", success, Plan(default=weighed(4, classes)), 1.0)


def many(place: int, seeds: Sequence[int]) -> list[Ended]:
    """The runs of one design with these seeds, on the virtual clock."""
    design = list(designs())[place]
    return [run(ended(World(seed, design.success), design.plan)) for seed in seeds]


def figures_of(design: Design, runs: Sequence[Ended]) -> list[Figure]:
    """What the runs of a design come to."""
    number, right = len(runs), sum(one.right for one in runs)
    share = wilson(right, number)
    promised = design.cost is not None
    mean_x = statistics.mean(one.steps_s for one in runs) / STEPS
    p95_x = sorted(one.steps_s for one in runs)[int(0.95 * number)] / STEPS
    work = statistics.mean(one.work for one in runs) / STEPS
    checks = statistics.mean(one.checks for one in runs) / STEPS
    name, cost = design.name, f"check at {design.check_cost:g}"
    return [
        Figure(f"{name}: right", right / number, number, at_least=0.99 if promised else None),
        Figure(f"{name}: right, 95 % low", share.low, number),
        Figure(f"{name}: right, 95 % high", share.high, number),
        Figure(f"{name}: answered", statistics.mean(one.answered for one in runs), number),
        Figure(f"{name}: mean latency, x", mean_x, number, at_most=1.10 if promised else None),
        Figure(f"{name}: p95 latency, x", p95_x, number),
        Figure(
            f"{name}: cost, {cost}, x",
            work + design.check_cost * checks,
            number,
            at_most=design.cost,
        ),
    ]


def virtual(*, quick: bool) -> Iterator[Figure]:
    """The figures of all designs, and of the chain without any check."""
    yield Figure("unverified: right, exactly 0.95^20", 0.95**STEPS, 0)
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        work = []
        for place, design in enumerate(designs()):
            number = (200 if design.cost else 30) if quick else (2_000 if design.cost else 1_000)
            seeds = range(number)
            parts = [pool.submit(many, place, seeds[start : start + 50]) for start in seeds[::50]]
            work.append((design, parts))
        for design, parts in work:
            yield from figures_of(design, [one for part in parts for one in part.result()])


def real(*, quick: bool) -> list[Figure]:
    """The vote over HTTP, beside the same chain unverified."""
    number = 4 if quick else 50
    found = asyncio.run(compared(voted(), number, work_s=0.25 if quick else 0.5))
    share = wilson(found.right, number)
    return [
        Figure("vote, real clock: right", found.right / number, number),
        Figure("vote, real clock: right, 95 % low", share.low, number),
        Figure("vote, real clock: right, 95 % high", share.high, number),
        Figure("unverified, real clock: right", found.unverified_right / number, number),
        Figure("vote, real clock: mean latency, x", found.latency_x, number, at_most=1.10),
    ]


def measure(*, quick: bool) -> list[Figure]:
    """All figures."""
    return [*real(quick=quick), *virtual(quick=quick)]


if __name__ == "__main__":
    main(__doc__, measure)

"""Running a suite: many cases at once through the model server, each judged by its truth."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from surestep.budgets.limits import SLO
from surestep.budgets.plan import Plan
from surestep.budgets.profile import Profile
from surestep.errors import InputError
from surestep.graph import VerifiedGraph
from surestep.graph.app import VerifiedApp
from surestep.rehearsal.case import Case, Trial
from surestep.rehearsal.staging import Make, staged
from surestep.rehearsal.suite import Input, Suite
from surestep.rehearsal.truth import Truths
from surestep.traces.labels import steps_in


async def rehearse_suite(
    suite: Suite,
    make: Make,
    n: int,
    *,
    seed: int = 0,
    plan: Plan | None = None,
    slo: SLO | None = None,
    at_once: int = 16,
    time_scale: float | None = 1.0,
    done: Callable[[Trial], object] = lambda _: None,
) -> tuple[Trial, ...]:
    """How the first `n` cases of a suite go, in their order.

    Equal seeds give equal answers to equal requests. The model server runs on the calling loop:
    on the virtual one of `surestep.testing.run`, latencies are exact and cost no real time.

    Args:
        suite: the cases and their world.
        make: gives the graph; called once the model server is up and the environment names it.
        n: how many cases.
        seed: of the inputs and of the world.
        plan: how steps are treated; by default as compiled in.
        slo: what each run must meet; its `latency_s` and `cost_usd` are hard limits.
        at_once: cases worked on at the same time.
        time_scale: factor on all latencies of the world, 1 by default, for a virtual clock;
            `None` leaves it to the scenario.
        done: called with each case as it ends.

    Raises:
        InputError: something does not fit; what has run is lost.
    """
    inputs = suite.drawn(seed, n)
    gate = asyncio.Semaphore(at_once)
    async with staged(suite.scenario, make, seed=seed, time_scale=time_scale) as (app, server):
        truths = Truths(suite, server.requests)

        async def one(place: int, given: Input) -> Trial:
            async with gate:
                case = Case(suite, app, truths, given, f"{seed}-{place}")
                trial = await case.run(plan, slo)
            done(trial)
            return trial

        # A group, so that the first thing that does not fit ends the others too.
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(*case)) for case in enumerate(inputs)]
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None
    return tuple(task.result() for task in tasks)


def profiled(suite: Suite, trials: Sequence[Trial], graph: VerifiedGraph | VerifiedApp) -> Profile:
    """The profile the trials of a suite speak for, in the shape of their graph.

    Raises:
        InputError: no step gave an output in any of them.
    """
    records = [trial.record for trial in trials]
    if not any(steps_in(record) for record in records):
        how = records[0] if records else {"outcome": "none", "reason": ""}
        raise InputError(
            f"No step gave an output in {len(records)} rehearsals; the first ended: "
            f"{how['outcome']}, {how['reason']}.",
            remedy="Mend the graph, or the suite's scenario.",
        )
    profile = Profile.fit(records, graph)
    return replace(profile, person=suite.person or profile.person)

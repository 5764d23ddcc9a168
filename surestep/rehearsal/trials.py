"""Running a suite: many cases at once through the model server, each judged by its truth."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from surestep.budgets.limits import SLO
from surestep.budgets.plan import Plan
from surestep.budgets.profile import Profile
from surestep.errors import InputError, RunFailed
from surestep.graph import VerifiedGraph, session
from surestep.graph.app import VerifiedApp
from surestep.graph.reply import reply
from surestep.graph.stores import store_at
from surestep.nodes.answered import question_of
from surestep.rehearsal.process import Rehearsal, rehearse_here
from surestep.rehearsal.suite import Input, State, Suite
from surestep.rehearsal.truth import Truths
from surestep.review import is_ours
from surestep.storage import Event, checkpointer
from surestep.traces.runs import Record, runs_of

Make = Callable[[], Awaitable[VerifiedGraph | VerifiedApp]]
VARIABLES = ("OPENAI_BASE_URL", "OPENAI_API_KEY")
# A redone output may be asked about again; more often than this is a loop.
MOST_ROUNDS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """How one case of a suite went.

    Attributes:
        given: its input.
        record: the run's record, as `surestep.traces.runs` describes it, with its truth: `ok` is
            1 for a right result, 0 for a wrong one or none, null while a person is waited for.
        state: what the run ended with; empty if it did not come to its end.
    """

    given: Input
    record: Record
    state: State = field(default_factory=dict)

    @property
    def right(self) -> bool:
        """Whether the run came to a right result."""
        return self.record["ok"] == 1


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
    async with _stage(suite, make, seed, time_scale) as (app, server):
        truths = Truths(suite, server.requests)

        async def one(place: int, given: Input) -> Trial:
            async with gate:
                case = _Case(suite, app, truths, given, f"{seed}-{place}")
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


def profiled(suite: Suite, trials: Iterable[Trial], graph: VerifiedGraph | VerifiedApp) -> Profile:
    """The profile the trials of a suite speak for, in the shape of their graph.

    Raises:
        PlanError: the trials hold no step.
    """
    profile = Profile.fit([trial.record for trial in trials], graph)
    return replace(profile, person=suite.person or profile.person)


@contextmanager
def named_by_environment(base_url: str) -> Iterator[None]:
    """A block in which clients that nobody tells otherwise speak to this address."""
    before = {name: os.environ.get(name) for name in VARIABLES}
    os.environ.update(OPENAI_BASE_URL=base_url, OPENAI_API_KEY="rehearsal")
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


@asynccontextmanager
async def _stage(
    suite: Suite, make: Make, seed: int, time_scale: float | None
) -> AsyncIterator[tuple[VerifiedApp, Rehearsal]]:
    """The graph over a database of its own, and the world it runs in."""
    async with rehearse_here(suite.scenario, seed=seed, time_scale=time_scale) as server:
        with (
            named_by_environment(server.base_url),
            tempfile.TemporaryDirectory(prefix="rehearsal-") as folder,
        ):
            database = str(Path(folder) / "runs.db")
            found = await make()
            async with checkpointer(database) as saver:
                if isinstance(found, VerifiedApp):
                    app = found.bound(checkpointer=saver, database=database)
                else:
                    app = found.compile(checkpointer=saver, database=database)
                yield app, server
            store = store_at(database)
            assert store is not None
            await store.aclose()


@dataclass(slots=True)
class _Case:
    """One case under way."""

    suite: Suite
    app: VerifiedApp
    truths: Truths
    given: Input
    thread_id: str
    events: list[Event] = field(default_factory=list)

    async def run(self, plan: Plan | None, slo: SLO | None) -> Trial:
        """How it went."""
        state = await self._ended(plan, slo)
        (record,) = runs_of([self.events], truth=self.truths.of(self.given))
        succeeded = record["outcome"] == "succeeded"
        if succeeded:
            record["ok"] = int(self.suite.is_right(self.given, state))
        elif record["outcome"] == "failed":
            record["ok"] = 0
        return Trial(given=self.given, record=record, state=state if succeeded else {})

    async def _ended(self, plan: Plan | None, slo: SLO | None) -> State:
        """What the run came to, its questions answered."""
        next_: object = dict(self.given)
        state: State = {}
        for _ in range(MOST_ROUNDS):
            handle = session(plan=plan, slo=slo)
            handle.listen(self.events.append)
            try:
                state = await self.app.ainvoke(
                    next_, {"configurable": {"thread_id": self.thread_id}}, context=handle
                )
            except InputError:
                raise
            except RunFailed:
                break
            except Exception:  # noqa: BLE001 - nodes are foreign code; the trace has what it was
                break
            answers = self._answers(state)
            if not answers:
                break
            next_ = reply(answers)
        return state

    def _answers(self, state: State) -> Mapping[str, object]:
        """What people say to the questions a run has stopped at."""
        answer = self.suite.answer
        if answer is None:
            return {}
        asked = [one.value for one in state.get("__interrupt__", ()) if is_ours(one.value)]
        questions = [question_of(value["question"]) for value in asked]
        said = {one.question_id: answer(self.given, one) for one in questions}
        return {name: it for name, it in said.items() if it is not None}

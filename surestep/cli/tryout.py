"""A TARGET's rehearsals before and after planning: what its profile is fitted to, and the proof."""

from __future__ import annotations

from dataclasses import dataclass

from surestep.budgets.plan import Plan
from surestep.budgets.predicted import Predicted
from surestep.budgets.profile import Profile
from surestep.cli.suites import make_of, on_clock, progress
from surestep.graph import VerifiedApp, VerifiedGraph
from surestep.rehearsal.case import Trial
from surestep.rehearsal.measured import measured
from surestep.rehearsal.suite import Suite
from surestep.rehearsal.trials import profiled, rehearse_suite


@dataclass(frozen=True, slots=True, kw_only=True)
class Tryout:
    """How a TARGET is rehearsed.

    Attributes:
        target: its name.
        suite: its cases.
        runs: how many of them, each time.
        seed: of the first time; the second has the next one, so no case comes twice.
        real_time: whether waiting takes its time.
        silent: whether no progress is shown.
    """

    target: str
    suite: Suite
    runs: int
    seed: int
    real_time: bool
    silent: bool

    def profile(self) -> Profile:
        """What runs say in which every verifier judges every output.

        Raises:
            InputError: it cannot be rehearsed.
        """
        made: list[VerifiedGraph | VerifiedApp] = []
        trials = self._trials(Plan.everything(), self.seed, "Rehearsing", made)
        return profiled(self.suite, trials, made[0])

    def measured(self, plan: Plan, *, confidence: float) -> Predicted:
        """What as many other runs come to under a plan.

        Raises:
            InputError: it cannot be rehearsed.
        """
        trials = self._trials(plan, self.seed + 1, "Rehearsing the plan", [])
        return measured(trials, person=self.suite.person, confidence=confidence)

    def _trials(
        self, plan: Plan, seed: int, what: str, made: list[VerifiedGraph | VerifiedApp]
    ) -> tuple[Trial, ...]:
        async def make() -> VerifiedGraph | VerifiedApp:
            graph = await make_of(self.target)()
            made.append(graph)
            return graph

        with progress(what, self.runs, silent=self.silent) as done:
            work = rehearse_suite(
                self.suite,
                make,
                self.runs,
                seed=seed,
                plan=plan,
                time_scale=None if self.real_time else 1.0,
                done=done,
            )
            return on_clock(work, real_time=self.real_time)

"""One visit of a step: what it runs with, and its worker and verifiers under its limits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from langchain_core.runnables import RunnableConfig

from surestep.budgets.ledger import Ledger
from surestep.clock import now_s
from surestep.errors import BudgetExceeded
from surestep.nodes.attempt import Attempt
from surestep.nodes.check import Checked, Inspection, check
from surestep.nodes.live import Live
from surestep.nodes.metering import Account, Meter
from surestep.nodes.spec import StepSpec, Worker
from surestep.nodes.treatment import Treatment
from surestep.nodes.worker import Errand, call, update_of
from surestep.values import Effect, Output


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What one visit of a step runs with.

    Attributes:
        live: the run.
        spec: the step as declared.
        how: how it is treated this time.
        path: its path.
        visit: which visit this is, from 1.
        key: names the visit; `""` without a thread.
        state: what the worker sees.
        arg: what a `Send` gave it; `None` if it read the state.
        config: the node's config.
        ledger: the visit's money.
        started_s: when it began, on the loop's clock.
    """

    live: Live
    spec: StepSpec
    how: Treatment
    path: str
    visit: int
    key: str
    state: object
    arg: object
    config: RunnableConfig
    ledger: Ledger
    started_s: float

    @property
    def deadline_s(self) -> float | None:
        """When the visit must be done: the earlier of its own limit and the run's."""
        own_s = self.spec.budget.latency_s
        ends = [None if own_s is None else self.started_s + own_s, self.live.deadline_s]
        return min((end for end in ends if end is not None), default=None)

    def late(self) -> BudgetExceeded:
        """The error that says whose time has run out."""
        own_s, run_s = self.spec.budget.latency_s, self.live.options.slo.latency_s
        run_end = self.live.deadline_s
        own = own_s is not None and (run_end is None or self.started_s + own_s <= run_end)
        spent = now_s() - self.started_s if own else self.live.spent.machine_s
        return BudgetExceeded(
            "latency_s",
            limit=(own_s if own else run_s) or 0.0,
            spent=spent,
            needed=0.0,
            scope=self.path if own else "run",
        )

    def account(self, attempt: int) -> Account:
        """Who pays for the calls of one attempt."""
        account = self.live.account(self.ledger, self.path)
        return replace(account, visit=self.visit, attempt=attempt)

    async def work(
        self, attempt: Attempt, *, worker: Worker | None = None, to_run_end: bool = False
    ) -> Output:
        """The output of one worker call.

        Args:
            attempt: what the worker is told.
            worker: whom to call; by default the step's own.
            to_run_end: whether only the run's deadline counts, the step's own being over.

        Raises:
            BudgetExceeded: money or time did not suffice.
        """
        deadline_s = self.live.deadline_s if to_run_end else self.deadline_s
        errand = Errand(
            step=self.path,
            worker=worker or self.spec.worker,
            state=self.state,
            config=self.config,
            takes_key=self.spec.takes_key and worker is None,
            deadline_s=deadline_s,
            reconnect=self.spec.effect is not Effect.IRREVERSIBLE,
        )
        meter = Meter(self.account(attempt.number))
        started_s = now_s()
        output: Output | None = None
        try:
            async with self._until(deadline_s):
                output = await call(errand, attempt, meter)
            return output
        finally:
            if self.live.tracer:
                self._trace(attempt, output, now_s() - started_s, meter)

    async def judge(self, output: Output, attempt: int) -> Checked:
        """What the step's verifiers say of an output."""
        if not self.how.verifiers:
            return Checked()
        deadline_s = self.deadline_s
        return await check(
            self.how.verifiers,
            Inspection(
                state=self.state,
                update=update_of(output),
                config=self.config,
                account=self.account(attempt),
                deadline_s=deadline_s,
                late=None if deadline_s is None else self.late(),
            ),
        )

    @asynccontextmanager
    async def _until(self, deadline_s: float | None) -> AsyncIterator[None]:
        if deadline_s is None:
            yield
            return
        limit = asyncio.timeout_at(deadline_s)
        try:
            async with limit:
                yield
        except TimeoutError:
            if limit.expired():
                raise self.late() from None
            raise

    def _trace(
        self, attempt: Attempt, output: Output | None, latency_s: float, meter: Meter
    ) -> None:
        self.live.tracer.emit(
            "attempt",
            step=self.path,
            visit=self.visit,
            attempt=attempt.number,
            latency_s=latency_s,
            cost_usd=meter.usage.cost_usd,
            number=attempt.number,
            feedback=attempt.feedback,
            output=None if output is None else update_of(output),
            confidence=None if output is None else output.confidence,
        )

"""One visit of a step: what it runs with, and its worker and verifiers under its limits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph._internal._constants import CONFIG_KEY_CHECKPOINT_NS, CONFIG_KEY_READ

from surestep.budgets.ledger import Ledger
from surestep.budgets.planner import Finding, Next
from surestep.clock import now_s
from surestep.errors import BudgetExceeded
from surestep.nodes.advised import advised
from surestep.nodes.calls.attempt import Attempt
from surestep.nodes.calls.gate import pace
from surestep.nodes.calls.metering import Account, Meter
from surestep.nodes.calls.worker import Errand, call, update_of
from surestep.nodes.channels import BETS, RECORD, SESSION, visits
from surestep.nodes.check import Checked, Inspection, by_quorum, check
from surestep.nodes.journal import Journal, keeper_of
from surestep.nodes.live import Live
from surestep.nodes.spec import StepSpec, Worker
from surestep.nodes.treatment import Treatment
from surestep.review.rungs import Rung
from surestep.values import Effect, Output, Verdict


class Stage:
    """What one visit of a step runs with.

    What few visits need, such as their number and their key, is worked out when asked for.

    Args:
        live: the run.
        spec: the step as declared.
        how: how it is treated this time.
        path: its path.
        state: what the worker sees.
        arg: what a `Send` gave it; `None` if it read the state.
        config: the node's config.
        lineage: tells it from the other visits of a fan-out.
        key: the visit's key, if it has one already; `""` makes one.

    Attributes:
        rung: where the step stands on the ladder of autonomy, if it earns that.
        began: the checkpoint the visit's superstep started from; `""` if that is the present one.
    """

    def __init__(
        self,
        *,
        live: Live,
        spec: StepSpec,
        how: Treatment,
        path: str,
        state: object,
        arg: object,
        config: RunnableConfig,
        lineage: str = "",
        key: str = "",
    ) -> None:
        self.live, self.spec, self.how, self.path = live, spec, how, path
        self.state, self.arg, self.config = state, arg, config
        self.started_s = now_s()
        self.payer = Meter.payer(live.till.ledger)
        pace(live.gate)
        self.lineage, self._known_key = lineage, key
        self._outputs: list[Output | None] = []
        self.rung: Rung | None = None
        self.began = ""

    @cached_property
    def visit(self) -> int:
        """Which visit this is, from 1, counted from the state the superstep started from.

        A re-run after a crash starts from that same state, so it gets the same number, and an
        irreversible effect the same key.
        """
        values = self.config["configurable"][CONFIG_KEY_READ]([RECORD, SESSION], False)
        base = values.get(SESSION, {}).get("base", {}).get(self.path, 0)
        return visits(values.get(RECORD, {}), self.path) + int(base) + 1

    @property
    def traced_visit(self) -> int:
        """The same for the trace; 0 where nobody traces, which spares the reading."""
        return self.visit if self.live.tracer else 0

    @cached_property
    def key(self) -> str:
        """Names the visit; `""` without a thread."""
        if self._known_key or self.live.thread_id is None:
            return self._known_key
        live = self.live
        return f"{live.thread_id}/{live.number}/{self.path}/{self.visit}{self.lineage}"

    @cached_property
    def journal(self) -> Journal | None:
        """The journal of what a reversible step does; `None` where that cannot be undone later.

        That is so without a database or a checkpointer, in nested graphs, and where one attempt
        may have several effects under one key.
        """
        if self.spec.effect is not Effect.REVERSIBLE:
            return None
        live, how = self.live, self.how
        keeper = keeper_of(self.config["configurable"])
        if live.store is None or keeper is None:
            return None
        if live.thread_id is None or "/" in self.path or how.several or how.hedge_after_s:
            return None
        return Journal(self, live.store, keeper)

    @property
    def may_ask(self) -> bool:
        """Whether the visit may have to wait for a person."""
        spec = self.spec
        in_doubt = spec.effect is Effect.IRREVERSIBLE and spec.confirm is None
        escalates = "escalate" in (spec.on_budget, spec.on_inconclusive)
        return self.how.human != "never" or escalates or in_doubt

    @cached_property
    def token(self) -> str:
        """Names the visit among the open bets of its graph."""
        return f"{self.path}/{self.visit}{self.lineage}"

    @cached_property
    def left(self) -> Mapping[str, Any] | None:
        """What the planner's node has left for this visit, if it was taken back."""
        found = self.config["configurable"][CONFIG_KEY_READ]([BETS], False).get(BETS, {})
        entry = found.get(self.token)
        return entry if isinstance(entry, Mapping) and entry["state"] != "open" else None

    @cached_property
    def ledger(self) -> Ledger:
        """The visit's money."""
        found = self.payer.child(self.path, self.spec.budget.cost_usd)
        if self.live.speculative:
            bets = self.live.bets(self.config["configurable"][CONFIG_KEY_CHECKPOINT_NS])
            bets.pays(found, self.config["metadata"]["langgraph_step"], self.token)
        return found

    @property
    def cost_usd(self) -> float:
        """What the visit has cost so far, in US dollars."""
        return self.ledger.spent_usd if "ledger" in vars(self) else 0.0

    @property
    def deadline_s(self) -> float | None:
        """When the visit must be done: the earlier of its own limit and the run's."""
        own_s, run_end = self.spec.budget.latency_s, self.live.deadline_s
        if own_s is None:
            return run_end
        own_end = self.started_s + own_s
        return own_end if run_end is None else min(own_end, run_end)

    def late(self, needed_s: float = 0.0, *, of_run: bool = False) -> BudgetExceeded:
        """The error that says whose time has run out.

        Args:
            needed_s: the time it would have taken still, in seconds.
            of_run: whether only the run's counts.
        """
        own_s, run_s = self.spec.budget.latency_s, self.live.options.slo.latency_s
        run_end = self.live.deadline_s
        if of_run or own_s is None:
            own = False
        else:
            own = run_end is None or self.started_s + own_s <= run_end
        return BudgetExceeded(
            "latency_s",
            limit=(own_s if own else run_s) or 0.0,
            spent=now_s() - self.started_s if own else self.live.till.spent.machine_s,
            needed=needed_s,
            scope=self.path if own else "run",
        )

    def attempt(
        self, number: int = 1, feedback: str = "", checked: Checked | None = None
    ) -> Attempt:
        """What the worker is told when it is called for the `number`-th time."""
        verdicts = checked.verdicts if checked else ()
        return Attempt(number=number, feedback=feedback, verdicts=verdicts, name=lambda: self.key)

    def account(self, attempt: int, verifier: str = "", *, call: int = 0) -> Account:
        """Who pays for the calls of one attempt: its worker's, or a verifier's."""
        live = self.live
        return Account(
            ledger=self.ledger,
            prices=live.options.prices,
            typical=live.typical,
            tracer=live.tracer,
            charge=live.till.charge,
            role="checker" if verifier else "worker",
            step=self.path,
            visit=self.visit,
            attempt=attempt,
            call=call,
            verifier=verifier,
        )

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
        # Few steps have effects, and others need not look for a journal.
        if self.spec.effect is not Effect.REVERSIBLE or self.journal is None:
            return await self._worked(attempt, worker, to_run_end=to_run_end)
        return await self.journal.acting(
            partial(self._worked, attempt, worker, to_run_end=to_run_end)
        )

    async def _worked(self, attempt: Attempt, worker: Worker | None, *, to_run_end: bool) -> Output:
        spec = self.spec
        end_s = partial(self._end_s, to_run_end=to_run_end)
        errand = Errand(
            step=self.path,
            worker=worker or spec.worker,
            state=self.state,
            config=self.config,
            again=attempt.number > 1 or self.how.several,
            takes_key=spec.takes_key if worker is None else spec.fallback_takes_key,
            deadline_s=end_s(),
            late=partial(self.late, of_run=to_run_end),
            reconnect=spec.effect is not Effect.IRREVERSIBLE,
        )
        self._outputs.append(None)
        number = len(self._outputs)
        account = partial(self.account, attempt.number, call=number)
        meter = Meter(account, patient=errand.reconnect)
        if not self.live.tracer:
            return await self._called(errand, attempt, meter, end_s)
        started_s = now_s()
        output: Output | None = None
        try:
            output = await self._called(errand, attempt, meter, end_s)
            self._outputs[number - 1] = output
            return output
        finally:
            self._trace(attempt, output, now_s() - started_s, meter)

    async def judge(self, output: Output, attempt: int, *, only: str | None = None) -> Checked:
        """What the step's verifiers say of an output, or only the one of that name."""
        verifiers = self.how.verifiers
        if only is not None:
            verifiers = tuple(one for one in verifiers if one.name == only)
        if not verifiers:
            return Checked()
        inspection = Inspection(
            state=self.state,
            update=update_of(output),
            config=self.config,
            tracer=self.live.tracer,
            account=partial(self.account, attempt, call=self._call_of(output)),
            deadline_s=self.deadline_s,
            late=self.late,
        )
        quorum, advisor = self.how.quorum, self.live.advisor(self.path)
        if advisor is not None and quorum is None and not self.how.several:
            found = partial(self._finding, output, attempt)
            note = partial(self._trace_decision, attempt)
            return await advised(advisor, verifiers, inspection, found=found, note=note)
        checked = await check(verifiers, inspection)
        return checked if quorum is None else by_quorum(checked, quorum, len(verifiers))

    def _call_of(self, output: Output) -> int:
        """Which worker call of the visit made an output, from 1; 0 where nobody traces."""
        made = enumerate(self._outputs, start=1)
        return next((number for number, one in made if one is output), 0)

    def _finding(
        self, output: Output, attempt: int, said: tuple[Verdict, ...], left: tuple[str, ...]
    ) -> Finding:
        live = self.live
        return Finding(
            step=self.path,
            assurance=live.options.plan.of(self.path),
            slo=live.options.slo,
            record=live.record(),
            attempt=attempt,
            last=attempt > self.how.retries,
            confidence=output.confidence,
            verdicts=said,
            unasked=left,
        )

    def _trace_decision(self, attempt: int, chosen: Next) -> None:
        if self.live.tracer:
            self.live.tracer.emit(
                "decision",
                step=self.path,
                visit=self.visit,
                attempt=attempt,
                action=chosen.action,
                verifiers=list(chosen.verifiers),
                why=chosen.why,
                instead=chosen.instead,
            )

    def _end_s(self, *, to_run_end: bool) -> float | None:
        return self.live.deadline_s if to_run_end else self.deadline_s

    async def _called(
        self, errand: Errand, attempt: Attempt, meter: Meter, end_s: Callable[[], float | None]
    ) -> Output:
        if errand.deadline_s is None:
            return await call(errand, attempt, meter)
        if errand.deadline_s <= now_s():
            raise errand.late(0.0)
        limit = asyncio.timeout_at(errand.deadline_s)
        try:
            async with limit:
                with self.live.follow(limit, end_s):
                    output = await call(errand, attempt, meter)
        except TimeoutError:
            if limit.expired():
                raise errand.late(0.0) from None
            raise
        if limit.expired():
            raise errand.late(0.0)  # the worker has swallowed its cancellation
        return output

    def trace_error(self, attempt: int, error: Exception) -> None:
        """Trace that a worker call failed, whatever is made of it."""
        if self.live.tracer:
            self.live.tracer.emit(
                "error", step=self.path, visit=self.visit, attempt=attempt, error=repr(error)
            )

    def trace_verdict(self, attempt: int, verdict: Verdict) -> None:
        """Trace a verdict that no verifier gave, but all samples together."""
        if self.live.tracer:
            self.live.tracer.emit(
                "verdict",
                step=self.path,
                visit=self.visit,
                attempt=attempt,
                verifier=verdict.verifier,
                status=verdict.status,
                score=verdict.score,
                feedback=verdict.feedback,
                evidence=dict(verdict.evidence),
            )

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
            call=meter.account.call,
            number=attempt.number,
            feedback=attempt.feedback,
            output=None if output is None else update_of(output),
            confidence=None if output is None else output.confidence,
        )

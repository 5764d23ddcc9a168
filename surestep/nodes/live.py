"""The live side of one run: what it may spend, what it has done, where it writes it down.

One object serves a run and every verified graph nested in it. It travels in LangGraph's
`configurable`, so neither the user's context nor the user's state carries anything of ours.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property, lru_cache

from langchain_core.runnables import RunnableConfig
from langgraph._internal._constants import CONFIG_KEY_CHECKPOINT_NS

from surestep.budgets.assurance import Assurance
from surestep.budgets.ledger import Ledger
from surestep.budgets.limits import SLO
from surestep.budgets.plan import Plan
from surestep.budgets.planner import Advisor, Choice, Moment
from surestep.budgets.typical import Typical
from surestep.errors import GraphError
from surestep.nodes.backlog import Backlog
from surestep.nodes.bets.book import Bets
from surestep.nodes.calls.gate import Gate
from surestep.nodes.calls.metering import Account
from surestep.nodes.channels import LIVE
from surestep.nodes.ends import Entry
from surestep.nodes.holding import HeldStream
from surestep.nodes.options import Options
from surestep.nodes.records import Records
from surestep.nodes.till import Till
from surestep.storage import Store
from surestep.traces.record import Tracer
from surestep.values import Decision, RunOutcome, RunRecord, Usage

PLANNER = "planner"
"""Signs what the run's planner does."""

SUMS = ("cost_usd", "estimated_usd", "withheld_usd")
"""What is kept of the costs of a thread's earlier runs."""

OWN = frozenset({PLANNER, "profile"})
"""Who switches steps on behalf of the run; anybody else's switch stands."""


class Live:
    """One run while it runs. Its `till` is safe to use from worker threads; all else is the loop's.

    Attributes:
        run_id: names this pass over the thread.
        number: which run of its thread this is, from 1; a resume goes on with the same one.
        thread_id: the thread; `None` without a checkpointer.
        answers: what people have answered in this pass, by question id.
        gave_way: how often each question has given way to such an answer.
        waiting: why the run stopped for a person; `""` while it has not.
        context_entry: what is stored of the user's own context.
        traced: what calls of the thread's earlier runs were traced to cost.
        typical: what calls that came back have consumed, in this run and in others of its app.
        causes: what made steps fail, by path.
        records: how the visits of its steps went.
        till: what it has spent.
        outcome: how the run ended; `None` while it has not.
        reason: why.
        switched_by_hand: steps that somebody has switched, which no planner decides on any more.
        speculative: whether any step may be gone on from before its verdicts are in.
        resumes_unsettled: whether some may have been, before this pass.
        held: what is streamed only once it is settled; `None` if all is at once.
        gate: makes model calls wait for their provider's turn; `None` if none has to.
        still_ours: raises `ThreadBusy` once another run has taken the thread over; `None` where
            none can.
    """

    still_ours: Callable[[], Awaitable[None]] | None = None

    def __init__(
        self,
        options: Options,
        *,
        run_id: str,
        thread_id: str | None,
        tracer: Tracer,
        store: Store | None = None,
        before: RunRecord | None = None,
        number: int = 0,
        depth: int = 0,
        typical: Typical | None = None,
        check: Callable[[Plan], None],
    ) -> None:
        record = before or RunRecord()
        self.options = options
        self.run_id = run_id
        self.number = number
        self.thread_id = thread_id
        self.tracer = tracer
        self.store = store
        self.answers: dict[str, Decision] = {}
        self.gave_way: Counter[str] = Counter()
        self.waiting = ""
        self.context_entry: object = None
        self.traced = Usage()
        self.typical = typical or Typical()
        self.outcome: RunOutcome | None = None
        self.reason = ""
        self.causes: dict[str, Exception] = {}
        self.records = Records(record.steps)
        self._switched = False
        self._limits: dict[asyncio.Timeout, Callable[[], float | None]] = {}
        self.till = Till(record.spent, cost_usd=options.slo.cost_usd)
        self._depth = depth
        self._check = check
        self.gate = None if options.rates is None else Gate(options.rates)
        self._advisor = advisor_of(options.planner)
        self.switched_by_hand: set[str] = set()
        self._bets: dict[str, Bets] = {}
        self.held = HeldStream(self.is_unsettled) if options.hold_stream else None
        self._may_speculate = True
        self.resumes_unsettled = False
        self.speculative = _speculates(options.plan)

    @cached_property
    def backlog(self) -> Backlog | None:
        """The outputs that are to be reviewed; `None` without a store."""
        return None if self.store is None else Backlog(self.store, self.tracer.thread_id)

    @property
    def deadline_s(self) -> float | None:
        """When the run must be done, in seconds of the loop's clock; `None` if never."""
        limit_s = self.options.slo.latency_s
        return None if limit_s is None else self.till.ends_at_s(limit_s)

    @property
    def unwatched(self) -> bool:
        """Whether nobody traces the run, limits its time or paces its calls."""
        return not self.tracer and self.options.slo.latency_s is None and self.gate is None

    def record(self) -> RunRecord:
        """The run as it stands now."""
        return RunRecord(
            outcome=self.outcome,
            reason=self.reason,
            spent=self.till.spent,
            steps=dict(self.records.steps),
        )

    def stop(self, outcome: RunOutcome | None, reason: str = "") -> None:
        """Stop the clock and say how the run ended; `None` where it can simply go on later."""
        self.outcome, self.reason = outcome, reason
        self.till.stop()

    def account(self, node: str, payer: Ledger) -> Account:
        """Who pays for the calls of a node that has no budget of its own."""
        return Account(
            ledger=payer,
            prices=self.options.prices,
            typical=self.typical,
            tracer=self.tracer,
            charge=self.till.charge,
            step=node,
        )

    def path(self, name: str, namespace: str) -> str:
        """A step's path: its name, after those of the nodes it is nested in."""
        if namespace.count("|") == self._depth:
            return name
        parts = namespace.split("|")[self._depth :]
        # LangGraph puts bare numbers between those of graphs that one node calls in turn.
        return "/".join(part.partition(":")[0] for part in parts if not part.isdigit())

    def assurance(self, path: str, name: str, compiled: Plan) -> Assurance:
        """How to treat a step now; asks the planner, if there is one.

        Args:
            path: the step's path.
            name: its name in its own graph.
            compiled: the plan its own graph was compiled with; counts for a nested graph
                where the run's plan does not name the step.
        """
        if self.options.planner is not None and path not in self.switched_by_hand:
            self._replan(path)
        plan = self.options.plan
        own = compiled.steps.get(name) if "/" in path and path not in plan.steps else None
        return plan.of(path) if own is None else own

    def advisor(self, path: str) -> Advisor | None:
        """The planner, if it wants to be asked about each output, and the step is left to it."""
        return None if path in self.switched_by_hand else self._advisor

    def switch(self, path: str, changes: Mapping[str, object], *, why: str, by: str) -> None:
        """Treat a step differently from its next start on, and trace who wanted that and why.

        Raises:
            PlanError: the change does not fit, or the run has no such step or verifier.
        """
        plan = self.options.plan.with_step(path, **changes)
        self._check(plan)
        self.options = replace(self.options, plan=plan)
        if by not in OWN:
            self.switched_by_hand.add(path)
        self.speculative |= self._may_speculate and _speculates(plan)
        self._switched = True
        if self.tracer:
            self.tracer.emit("switch", step=path, why=why, by=by, changes=dict(changes))

    def change(self, slo: SLO, *, why: str, by: str) -> None:
        """Hold the run to another SLO from now on, and trace who wanted that and why.

        Worker calls under way follow the new deadline, if they had one before.
        """
        before = self.options.slo
        self.till.ledger.limit(slo.cost_usd)
        self.options = replace(self.options, slo=slo)
        self._switched = True
        for limit, deadline_s in self._limits.items():
            if not limit.expired():
                limit.reschedule(deadline_s())
        if self.tracer:
            self.tracer.emit("change", why=why, by=by, slo=slo.as_dict(), before=before.as_dict())

    @contextmanager
    def follow(
        self, limit: asyncio.Timeout, deadline_s: Callable[[], float | None]
    ) -> Iterator[None]:
        """A context in which a time-out follows changes of the deadline it was made for."""
        self._limits[limit] = deadline_s
        try:
            yield
        finally:
            del self._limits[limit]

    def stored(self) -> Entry:
        """What is kept of the session with its thread."""
        self._switched = False
        return {
            "slo": _written(self.options.slo),
            "plan": _written(self.options.plan),
            "context": self.context_entry,
            "traced": {name: getattr(self.traced, name) for name in SUMS},
            "max_waste_usd": self.options.max_waste_usd,
            "max_unsettled": self.options.max_unsettled,
            "switched_by_hand": sorted(self.switched_by_hand),
        }

    def switched(self) -> Entry | None:
        """The session's options to be stored anew, if somebody has switched something."""
        return self.stored() if self._switched else None

    def forbid_speculation(self) -> None:
        """Have every check waited for, whatever the plan says."""
        self.speculative = self._may_speculate = False

    def bets(self, namespace: str) -> Bets:
        """The bets of the graph a node with this checkpoint namespace runs in."""
        graph = namespace.rpartition("|")[0]
        if graph not in self._bets:
            self._bets[graph] = Bets(ready=self._ready)
        return self._bets[graph]

    def begins(self, config: RunnableConfig) -> None:
        """Take note that a node starts that may be taken back."""
        if self.held is not None:
            graph = str(config["configurable"][CONFIG_KEY_CHECKPOINT_NS]).rpartition("|")[0]
            self.held.begins(graph, config["metadata"]["langgraph_step"])

    def is_unsettled(self) -> bool:
        """Whether any output of the run may yet be taken back."""
        return any(bets.open or bets.lost for bets in self._bets.values())

    async def abandon(self) -> None:
        """Cancel what runs beside the run."""
        for bets in list(self._bets.values()):
            await bets.abandon()

    async def abandon_inside(self, graph: str) -> None:
        """Cancel what runs beside the graphs nested in one, which are taken back with its nodes.

        Args:
            graph: the checkpoint namespace of the graph; `""` for the outermost.
        """
        inside = f"{graph}|" if graph else ""
        for name in [name for name in self._bets if name != graph and name.startswith(inside)]:
            await self._bets.pop(name).abandon()

    async def answer_to(self, question_id: str) -> Decision | None:
        """What a person has decided, in this call or in the database."""
        if found := self.answers.get(question_id):
            return found
        if self.store is None:
            return None
        question = await self.store.question(question_id)
        return question.decision if question else None

    def _ready(self, bets: Bets) -> bool:
        """Whether a node may start on the outputs that are unsettled now."""
        unsettled, waste_usd = self.options.max_unsettled, self.options.max_waste_usd
        if unsettled is not None and len(bets.open) > unsettled:
            return False
        return waste_usd is None or self.till.spent.wasted_usd + bets.at_risk_usd() < waste_usd

    def _replan(self, path: str) -> None:
        planner, plan = self.options.planner, self.options.plan
        if planner is None:
            return
        chosen = planner(
            Moment(step=path, assurance=plan.of(path), slo=self.options.slo, record=self.record())
        )
        if chosen is None:
            return
        choice = chosen if isinstance(chosen, Choice) else Choice(assurance=chosen)
        if choice.assurance != plan.of(path):
            why = ", ".join(part for part in (choice.why, choice.instead) if part)
            self.switch(path, _changes(plan.of(path), choice.assurance), why=why, by=PLANNER)


def advisor_of(planner: object) -> Advisor | None:
    """A planner that wants to be asked about each output; `None` if it does not."""
    # Asking whether an object fits a protocol is dear, and most runs have no planner.
    return planner if planner is not None and isinstance(planner, Advisor) else None


def live_of(config: RunnableConfig) -> Live:
    """The live run a node belongs to.

    Raises:
        GraphError: the node was called outside of any run.
    """
    try:
        live: Live = config["configurable"][LIVE]
    except KeyError:
        raise GraphError(
            "A verified step was called outside of its graph.",
            remedy="Run it through the app that compile() returns.",
        ) from None
    return live


@lru_cache(maxsize=64)
def _written(wish: Plan | SLO) -> Entry:
    """A plan or SLO as plain JSON values; run after run writes down the same ones."""
    return {**wish.as_dict()}


def _speculates(plan: Plan) -> bool:
    return any(one.mode == "speculative" for one in (plan.default, *plan.steps.values()))


def _changes(old: Assurance, new: Assurance) -> dict[str, object]:
    before, after = old.as_dict(), new.as_dict()
    return {key: after.get(key) for key in {**before, **after} if before.get(key) != after.get(key)}

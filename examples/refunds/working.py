"""Working through many tickets at once, and how each of them ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.types import Command

from examples.refunds.policy import Ruling, usd
from examples.refunds.reviewer import Reviewer
from examples.refunds.scenario import reply_to
from examples.refunds.tickets import Ticket
from examples.refunds.tiers import APPROVALS
from surestep import SLO, Plan, session
from surestep.errors import RunFailed
from surestep.graph.app import VerifiedApp
from surestep.storage import Store
from surestep.values import Question, RunRecord

# A redone or mended decision may be asked about again; more often than this is a loop.
MOST_ROUNDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How one ticket ended.

    Attributes:
        ticket: the ticket.
        record: the run's record; times as measured.
        reason: why it ended so, in words that many tickets share.
        decided: what was decided in the end; `None` if nothing was settled.
        reply: what the customer was told; `""` if nothing.
        questions: how often a person was asked.
        tier: the tier recorded with the decision, if one was.
    """

    ticket: Ticket
    record: RunRecord
    reason: str
    decided: Ruling | None
    reply: str
    questions: int
    tier: str

    @property
    def finished(self) -> bool:
        """Whether the run came to its end."""
        return self.record.outcome == "succeeded"

    @property
    def reply_right(self) -> bool:
        """Whether the reply tells the decision, and nothing else; known in rehearsals only."""
        if self.decided is None:
            return False
        return self.reply == reply_to(self.decided.kind, usd(self.decided.cents))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """What all tickets of one arm share.

    Attributes:
        app: the compiled graph.
        store: its database.
        plan: how its steps are treated.
        reviewer: who answers approvals.
        limit_usd: what one ticket may cost.
        name: prefix of the threads.
    """

    app: VerifiedApp
    store: Store
    plan: Plan
    reviewer: Reviewer
    limit_usd: float
    name: str

    async def work(
        self, tickets: Sequence[Ticket], *, at_once: int, done: Callable[[], object]
    ) -> list[Ending]:
        """How each ticket ended, in their order.

        Args:
            tickets: what there is to do.
            at_once: how many are worked on at the same time.
            done: called when one is through.
        """
        gate = asyncio.Semaphore(at_once)

        async def one(ticket: Ticket) -> Ending:
            async with gate:
                ending = await self.one(ticket)
            done()
            return ending

        return list(await asyncio.gather(*map(one, tickets)))

    async def one(self, ticket: Ticket) -> Ending:
        """How one ticket ended, its approvals answered."""
        thread_id = f"{self.name}-{ticket.ticket_id}"
        config: RunnableConfig = {"configurable": {"thread_id": thread_id}}
        asked: list[Question] = []
        given: Any = {
            "ticket": ticket.ticket_id,
            "customer": ticket.claim.customer,
            "text": ticket.text,
        }
        record = RunRecord()
        for _ in range(MOST_ROUNDS):
            record = await self._run(given, config)
            opened = await self.store.questions(thread_id)
            asked += opened
            approvals = [question for question in opened if question.queue == APPROVALS]
            if not approvals or record.outcome == "failed":
                break
            given = Command(
                resume={
                    question.question_id: self.reviewer.answer(ticket.ticket_id, question)
                    for question in approvals
                }
            )
        state = (await self.app.aget_state(config)).values
        return _ending(ticket, record, asked, state)

    async def _run(self, given: Any, config: RunnableConfig) -> RunRecord:
        handle = session(plan=self.plan, slo=SLO(cost_usd=self.limit_usd))
        try:
            await self.app.ainvoke(given, config, context=handle)
        except RunFailed as failure:
            return failure.record
        return handle.record


def _ending(
    ticket: Ticket, record: RunRecord, asked: Sequence[Question], state: Mapping[str, Any]
) -> Ending:
    finished = record.outcome == "succeeded"
    decided = Ruling(state["decision"], state["amount_cents"]) if "decision" in state else None
    return Ending(
        ticket=ticket,
        record=record,
        reason=_reason(record, asked),
        decided=decided,
        reply=state.get("reply", "") if finished else "",
        questions=len(asked),
        tier=state.get("tier", {}).get("name", ""),
    )


def _reason(record: RunRecord, asked: Sequence[Question]) -> str:
    """Why a run ended as it did, without the figures that differ from ticket to ticket."""
    if record.outcome == "succeeded":
        return f"{asked[-1].step}: {_class(asked[-1].reason)}" if asked else "no person needed"
    if record.outcome == "escalated" and asked:
        return f"{asked[-1].step}: {_class(asked[-1].reason)}"
    failed = [path for path, step in record.steps.items() if step.outcome == "failed"]
    return f"{', '.join(failed) or 'run'}: {_class(record.reason)}"


def _class(reason: str) -> str:
    what = reason.partition(":")[0]
    return "judge gave no verdict" if what == "judge" else what

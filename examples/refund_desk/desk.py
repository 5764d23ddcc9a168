"""The day through the real graph and the real queue, on a virtual clock.

Each ticket is a run of its own, and the model is asked over HTTP. Questions lie in the store, where
reviewers claim and decide them. Simulated are the model, the reviewers, and time: the clock jumps
to whatever happens next.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from langchain_core.runnables import RunnableConfig

from examples.refund_desk.agent import right
from examples.refund_desk.learning import World
from examples.refund_desk.tickets import REVIEWERS, SLA_S
from examples.refund_desk.tiers import QUEUE
from surestep.clock import now_s
from surestep.graph.app import VerifiedApp
from surestep.review import Queue
from surestep.storage import Store
from surestep.values import Decision, Question

# Longer than any look at a ticket takes, so that no lease has to be renewed.
LEASE_S = 7200.0


@dataclass(slots=True)
class Desk:
    """The agent and the people at work on one day.

    Attributes:
        world: the day.
        app: the agent.
        store: where questions lie.
        decided: what each ticket came to.
    """

    world: World
    app: VerifiedApp
    store: Store
    decided: dict[int, str] = field(default_factory=dict)
    _idle: list[str] = field(default_factory=lambda: [f"reviewer-{n}" for n in range(REVIEWERS)])
    _offering: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def work(self) -> None:
        """The whole day, until nothing is left to do."""
        await self.store.save_queues(Queue(QUEUE, sla_s=SLA_S, lease_s=LEASE_S))
        began_s = now_s()
        async with asyncio.TaskGroup() as group:
            for ticket, at_s in enumerate(self.world.day.at_s.tolist()):
                await asyncio.sleep(began_s + at_s - now_s())
                group.create_task(self._ticket(group, ticket))

    async def _ticket(self, group: asyncio.TaskGroup, ticket: int) -> None:
        """Have the agent decide, or ask."""
        amount_usd = float(self.world.day.amount_usd[ticket])
        state = await self.app.ainvoke(
            {"ticket": ticket, "amount_usd": amount_usd}, _thread(ticket)
        )
        if "__interrupt__" not in state:
            self.decided[ticket] = state["decision"]
        await self._hand_out(group)

    async def _hand_out(self, group: asyncio.TaskGroup) -> None:
        """Have the store offer what waits to people who have nothing to do."""
        # One at a time, so that nobody is offered two things at once.
        async with self._offering:
            while self._idle and (item := await self.store.offer(QUEUE, *self._idle)):
                self._idle.remove(item.held_by)
                group.create_task(self._look(group, item.question, item.held_by))

    async def _look(self, group: asyncio.TaskGroup, question: Question, name: str) -> None:
        """Take the time it takes, decide, and be free for the next."""
        ticket = ticket_of(question)
        await asyncio.sleep(float(self.world.day.service_s[ticket]))
        await self._decide(question, ticket, name)
        self._idle.append(name)
        await self._hand_out(group)

    async def _decide(self, question: Question, ticket: int, name: str) -> None:
        """Decide as the truth has it, and have the run that waits for it go on."""
        await self.store.answer(question.question_id, _decision(question, right(ticket), name))
        if question.kind != "review":
            state = await self.app.ainvoke(None, _thread(ticket))
            self.decided[ticket] = state["decision"]


def ticket_of(question: Question) -> int:
    """The ticket a question is about."""
    return int(question.thread_id.removeprefix("T"))


def _thread(ticket: int) -> RunnableConfig:
    return {"configurable": {"thread_id": f"T{ticket}"}}


def _decision(question: Question, truth: str, actor: str) -> Decision:
    if question.proposal["decision"] == truth:
        return Decision("approve", actor=actor)
    if question.kind == "review":
        return Decision("reject", message=f"It should have been {truth}.", actor=actor)
    return Decision("edit", update={"decision": truth}, actor=actor)

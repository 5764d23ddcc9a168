"""A day rehearsed: set up, worked through, and summed up."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from langchain_openai import ChatOpenAI
from langgraph.checkpoint.memory import InMemorySaver
from pydantic import SecretStr

from examples.refund_desk.agent import MODEL, build, right, scenario
from examples.refund_desk.audit import Look, looks
from examples.refund_desk.desk import Desk
from examples.refund_desk.learning import World
from examples.refund_desk.policy import Pressed
from examples.refund_desk.tiers import Kind
from surestep.graph.stores import close_stores
from surestep.rehearsal.process import rehearse_here
from surestep.review.queue_replay import wait_quantile
from surestep.storage import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """What became of a day's tickets.

    Attributes:
        runs: tickets, each a run of the graph.
        finished: runs that came to a decision.
        calls: requests the model server answered.
        asked: tickets people were asked about before the agent acted.
        asked_dollars: the share of all dollars in them.
        corrected: how many of them the agent had wrong.
        left_out: approvals left out for lack of room.
        looked_at: tickets people looked at afterwards.
        looked_at_dollars: the share of all dollars in them.
        found: how many of them the agent had wrong.
        p95_must_s: the wait that 95 % of what must be approved did not exceed, in seconds; as
            those below, of what came in during the burst or after it.
        p95_asked_s: that of all approvals.
        p95_all_s: that of everything.
        decided_twice: questions with other than one decision.
        unlike_tiers: tickets the policy would have treated otherwise than `World.asked` says.
        loss_usd: amounts of the tickets that were decided wrongly in the end, in US dollars.
        loss_alone_usd: what that would be if nobody had been asked.
    """

    runs: int
    finished: int
    calls: int
    asked: int
    asked_dollars: float
    corrected: int
    left_out: int
    looked_at: int
    looked_at_dollars: float
    found: int
    p95_must_s: float
    p95_asked_s: float
    p95_all_s: float
    decided_twice: int
    unlike_tiers: int
    loss_usd: float
    loss_alone_usd: float


async def rehearsed(world: World) -> Rehearsed:
    """A day through the graph; run it on the virtual clock of `surestep.testing.run`."""
    policy = Pressed.of(world)
    with tempfile.TemporaryDirectory(prefix="refund-desk-") as folder:
        database = Path(folder) / "desk.db"
        models = scenario(world.day, seed=world.seed)
        async with rehearse_here(models) as server:
            key = SecretStr("rehearsal")
            model = ChatOpenAI(model=MODEL, base_url=server.base_url, api_key=key)
            store = Store.open(database)
            async with model.root_async_client:
                app = build(model, policy).compile(InMemorySaver(), database=database)
                desk = Desk(world, app, policy, store)
                await desk.work()
            found = summed_up(desk, await looks(store), calls=server.requests.total)
            await store.aclose()
        close_stores()
    return found


def summed_up(desk: Desk, audit: Sequence[Look], *, calls: int) -> Rehearsed:
    """A day's figures.

    Args:
        desk: after work.
        audit: all that people did.
        calls: requests the model server answered.
    """
    day, policy = desk.world.day, desk.policy
    amount = day.amount_usd
    before = [look for look in audit if look.kind != Kind.SAMPLED]
    after = [look for look in audit if look.kind == Kind.SAMPLED]
    wrong = [ticket for ticket, came_to in desk.decided.items() if came_to != right(ticket)]
    crowded = [look for look in audit if day.is_crowded(float(day.at_s[look.ticket]))]
    by_world = set(np.flatnonzero(desk.world.asked).tolist())
    return Rehearsed(
        runs=len(day),
        finished=len(desk.decided),
        calls=calls,
        asked=len(before),
        asked_dollars=float(amount[[look.ticket for look in before]].sum() / amount.sum()),
        corrected=sum(look.found_wrong for look in before),
        left_out=len(policy.shed),
        looked_at=len(after),
        looked_at_dollars=float(amount[[look.ticket for look in after]].sum() / amount.sum()),
        found=sum(look.found_wrong for look in after),
        p95_must_s=_p95_s(crowded, Kind.MUST),
        p95_asked_s=_p95_s(crowded, Kind.MUST, Kind.ASKED),
        p95_all_s=_p95_s(crowded, *Kind),
        decided_twice=sum(len(look.decisions) != 1 for look in audit),
        unlike_tiers=len(by_world ^ (policy.asked | policy.shed)),
        loss_usd=float(amount[wrong].sum()),
        loss_alone_usd=float(amount[day.wrong].sum()),
    )


def _p95_s(found: Sequence[Look], *kinds: Kind) -> float:
    return wait_quantile([look.wait_s for look in found if look.kind in kinds], 0.95)

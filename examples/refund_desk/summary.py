"""What became of a day that went through the graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from examples.refund_desk.agent import right
from examples.refund_desk.audit import Look
from examples.refund_desk.desk import Desk
from examples.refund_desk.tiers import Kind, must_be_asked
from surestep.review.estimate import Estimate
from surestep.review.queue_replay import wait_quantile


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
        left_out: approvals left out for lack of time.
        must_left_out: those of them that must never be; 0.
        looked_at: tickets people looked at afterwards.
        looked_at_dollars: the share of all dollars in them.
        found: how many of them the agent had wrong.
        errors: the share of what went on alone that is wrong, as these looks tell; `None` if
            there were none.
        errors_true: that share as it is.
        p95_must_s: the wait that 95 % of what must be approved did not exceed, in seconds; as
            those below, of what came in during the burst or after it.
        p95_asked_s: that of all approvals.
        p95_all_s: that of everything.
        decided_twice: questions with other than one decision.
        unlike_tiers: tickets people were asked about that are not among `World.asked`.
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
    must_left_out: int
    looked_at: int
    looked_at_dollars: float
    found: int
    errors: Estimate | None
    errors_true: float
    p95_must_s: float
    p95_asked_s: float
    p95_all_s: float
    decided_twice: int
    unlike_tiers: int
    loss_usd: float
    loss_alone_usd: float


def summed_up(
    desk: Desk, audit: Sequence[Look], *, errors: Estimate | None, calls: int
) -> Rehearsed:
    """A day's figures.

    Args:
        desk: after work.
        audit: all that people did.
        errors: what their looks say of all that went on alone.
        calls: requests the model server answered.
    """
    day = desk.world.day
    amount = day.amount_usd
    before = [look for look in audit if look.kind != Kind.SAMPLED]
    after = [look for look in audit if look.kind == Kind.SAMPLED]
    wrong = [ticket for ticket, came_to in desk.decided.items() if came_to != right(ticket)]
    crowded = [look for look in audit if day.is_crowded(float(day.at_s[look.ticket]))]
    asked = {look.ticket for look in before}
    alone = [ticket for ticket in range(len(day)) if ticket not in asked]
    wanted = set(np.flatnonzero(desk.world.asked).tolist())
    musts = set(np.flatnonzero(must_be_asked(amount, desk.world.doubt)).tolist())
    return Rehearsed(
        runs=len(day),
        finished=len(desk.decided),
        calls=calls,
        asked=len(before),
        asked_dollars=float(amount[[look.ticket for look in before]].sum() / amount.sum()),
        corrected=sum(look.found_wrong for look in before),
        left_out=len(wanted - asked),
        must_left_out=len((wanted & musts) - asked),
        looked_at=len(after),
        looked_at_dollars=float(amount[[look.ticket for look in after]].sum() / amount.sum()),
        found=sum(look.found_wrong for look in after),
        errors=errors,
        errors_true=float(day.wrong[alone].mean()),
        p95_must_s=_p95_s(crowded, Kind.MUST),
        p95_asked_s=_p95_s(crowded, Kind.MUST, Kind.ASKED),
        p95_all_s=_p95_s(crowded, *Kind),
        decided_twice=sum(len(look.decisions) != 1 for look in audit),
        unlike_tiers=len(asked - wanted),
        loss_usd=float(amount[wrong].sum()),
        loss_alone_usd=float(amount[day.wrong].sum()),
    )


def _p95_s(found: Sequence[Look], *kinds: Kind) -> float:
    return wait_quantile([look.wait_s for look in found if look.kind in kinds], 0.95)

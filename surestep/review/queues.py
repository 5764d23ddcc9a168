"""What holds for queues of questions, and what to do once an SLA is over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from surestep.clock import wall_s
from surestep.errors import ClaimRefused
from surestep.storage import Item, Queue, Store

__all__ = ["Escalation", "Queue", "escalate", "escalations"]


@dataclass(frozen=True, slots=True)
class Escalation:
    """A question that goes to the next queue.

    Attributes:
        question_id: the question.
        queue: where it is.
        to: where it goes.
        why: the note that goes with it.
    """

    question_id: str
    queue: str
    to: str
    why: str


def escalations(items: Iterable[Item], *, now: float) -> tuple[Escalation, ...]:
    """Which open items go to the next queue at a time, and why.

    Those whose SLA is over, unless somebody holds a live lease: whoever works on it goes on.

    Args:
        items: the items.
        now: seconds since the epoch.
    """
    return tuple(
        Escalation(
            question_id=item.question.question_id,
            queue=item.question.queue,
            to=item.escalates_to,
            why=f"its time in {item.question.queue} was over {-left_s:.0f} s ago",
        )
        for item in items
        if item.escalates_to is not None
        and (left_s := item.left_s(now)) is not None
        and left_s <= 0.0
        and not item.holder(now)
        and item.status == "open"
    )


async def escalate(store: Store) -> tuple[Escalation, ...]:
    """Hand on every question whose SLA is over; what was handed on by this call.

    May run anywhere, as often as wanted, and in several processes at once: each question goes on
    once. The command line does it whenever it looks at a queue.
    """
    done = []
    now = wall_s()
    for one in escalations(await store.items(due_by=now), now=now):
        try:
            await store.hand_on(
                one.question_id, by="", queue=one.to, note=one.why, expected_queue=one.queue
            )
        except ClaimRefused:
            # Somebody has taken it, decided it or escalated it since the items were read.
            continue
        done.append(one)
    return tuple(done)

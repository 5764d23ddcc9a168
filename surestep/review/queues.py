"""What holds for queues of questions, and what to do once an SLA is over."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass

from surestep.budgets import checked
from surestep.clock import wall_s
from surestep.errors import ClaimRefused, StoreError
from surestep.storage import Item, Queue, Store

__all__ = ["Escalation", "Queue", "escalate", "escalations", "watch", "watched"]

EVERY_S = 5.0
"""How often queues are looked at unless told otherwise, in seconds."""

_log = logging.getLogger(__name__)


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
    once. The command line does it whenever it looks at a queue; `watch` does it all the time.
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


async def watched(
    store: Store, *, every_s: float = EVERY_S
) -> AsyncGenerator[tuple[Escalation, ...]]:
    """What escalates, as it does, for as long as it is iterated and the store is open.

    A database that fails is asked again after `every_s`, and the failure is logged.

    Args:
        store: the store whose queues to watch.
        every_s: how long to wait between two looks, in seconds; 5.0 by default.

    Raises:
        PlanError: `every_s` is not above 0.
    """
    checked.positive("every_s", every_s, unit="seconds")
    while not store.closed:
        try:
            done = await escalate(store)
        except StoreError as error:
            _log.warning("Nothing was escalated: %s", error)
        else:
            if done:
                yield done
        await asyncio.sleep(every_s)


async def watch(store: Store, *, every_s: float = EVERY_S) -> None:
    """Escalate what is due until cancelled or the store is closed: for a task beside a server.

    Args:
        store: the store whose queues to watch.
        every_s: how long to wait between two looks, in seconds; 5.0 by default.

    Raises:
        PlanError: `every_s` is not above 0.
    """
    async for done in watched(store, every_s=every_s):
        for one in done:
            _log.info("%s went on from %s to %s", one.question_id, one.queue, one.to)

"""A queue as it stands: what holds for it, what waits in it, and how long the next one will."""

from __future__ import annotations

from dataclasses import dataclass

from surestep.cli.sheet import seconds
from surestep.review.relief import wait_s
from surestep.storage import Queue, Store
from surestep.storage.encode import columns


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueNow:
    """What holds for a queue, and what is in it.

    Attributes:
        kept: what holds.
        waiting: how many questions wait.
        expected_wait_s: how long the next one will, in seconds; `None` if nobody knows.
    """

    kept: Queue
    waiting: int
    expected_wait_s: float | None

    def as_dict(self) -> dict[str, object]:
        """The same as plain values."""
        figures = {"waiting": self.waiting, "expected_wait_s": self.expected_wait_s}
        return {**columns(self.kept), **figures}

    def said(self) -> str:
        """The same in words."""
        wait = self.expected_wait_s
        expected = "" if wait is None else f"; the next will wait about {seconds(wait)}"
        return f"{terms_of(self.kept)}\n{self.waiting} wait{expected}."


async def queue_now(store: Store, name: str) -> QueueNow:
    """A queue as it stands; one nobody has said anything of has no SLA."""
    known = {queue.name: queue for queue in await store.queues()}
    return QueueNow(
        kept=known.get(name, Queue(name)),
        waiting=await store.reviews.waiting(name),
        expected_wait_s=await wait_s(store, name, priority=0),
    )


def terms_of(kept: Queue) -> str:
    """What holds for a queue, in a sentence."""
    onward = f", then to {kept.escalates_to}" if kept.escalates_to else ""
    return (
        f"Queue {kept.name}: SLA {kept.sla_s or 'none'}{onward}; a claim holds {kept.lease_s:g} s."
    )

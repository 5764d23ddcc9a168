"""What holds for each queue of questions, kept in the database for every process to know."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from surestep.budgets import checked
from surestep.errors import PlanError
from surestep.storage.dialect import Connection
from surestep.storage.encode import columns

LEASE_S = 900.0
"""How long a claim holds unless its queue says otherwise, in seconds."""


@dataclass(frozen=True, slots=True)
class Queue:
    """What holds for one queue of questions.

    Attributes:
        name: of the queue, as `Ask(queue=...)` names it.
        sla_s: how long after it came into the queue a question is to be decided, in seconds;
            `None`, the default, for no such promise.
        escalates_to: the queue a question goes to once `sla_s` is over; `None`, the default,
            leaves it where it is.
        lease_s: how long a claim holds, in seconds; 900.0 by default.

    Raises:
        PlanError: for an empty name, times that are not above 0, or an escalation to itself or
            without an SLA.
    """

    name: str
    sla_s: float | None = None
    escalates_to: str | None = None
    lease_s: float = LEASE_S

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise PlanError(f"Queue name is {self.name!r}.", remedy="Give it some letters.")
        checked.positive("lease_s", self.lease_s, unit="seconds")
        if self.sla_s is not None:
            checked.positive("sla_s", self.sla_s, unit="seconds")
        if self.escalates_to is not None and (
            self.sla_s is None or self.escalates_to in ("", self.name)
        ):
            raise PlanError(
                f"Queue {self.name!r} escalates to {self.escalates_to!r} after {self.sla_s} s.",
                remedy="Give an sla_s, and another queue's name.",
            )


def save(connection: Connection, queues: Iterable[Queue]) -> None:
    """Keep what holds for these queues, in place of what held for them.

    Raises:
        PlanError: if questions would escalate in a circle; nothing is kept then.
    """
    with connection.transaction():
        # Otherwise two who save at once could close a circle that neither of them sees.
        connection.run("only_queues")
        connection.run_all("save_queue", [columns(queue) for queue in queues])
        check(known(connection))


def check(queues: Iterable[Queue]) -> None:
    """Nothing, if no question escalates for ever.

    Raises:
        PlanError: with the circle, if there is one.
    """
    onward = {queue.name: queue.escalates_to for queue in queues}
    for first, second in onward.items():
        way, at = [first], second
        while at is not None and at not in way:
            way.append(at)
            at = onward.get(at)
        if at is not None:
            raise PlanError(
                f"Questions would go round for ever: {' → '.join([*way, at])}.",
                remedy="Have the last queue escalate to none.",
            )


def known(connection: Connection) -> tuple[Queue, ...]:
    """The queues something is kept about, by name."""
    return tuple(Queue(**dict(row)) for row in connection.run("queues"))

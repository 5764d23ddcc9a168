"""Which work was taken back: told from the order in which things happened.

Steps start on an output only once it is there, so what started between an output and its
refusal was built on it, or beside it in a part of the graph that started again with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from surestep.storage import Event

Visit = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """The work of one visit that was taken back.

    Attributes:
        visit: the visit: the step's path, and its number.
        on: path of the step whose output was refused.
        since: when that work began, in seconds since the epoch.
        until: when it was taken back, in seconds since the epoch.
    """

    visit: Visit
    on: str
    since: float
    until: float


@dataclass(slots=True)
class Losses:
    """Follows the events of a thread, in order."""

    _count: int = 0
    _started: dict[Visit, tuple[int, float]] = field(default_factory=dict)
    _made: dict[Visit, int] = field(default_factory=dict)

    def tell(self, event: Event) -> tuple[Loss, ...]:
        """What this event takes back; nothing but a rollback takes back anything."""
        self._count += 1
        visit = event.step, event.visit
        if event.kind == "step_started":
            self._started[visit] = self._count, event.at
        elif event.kind == "attempt":
            self._made[visit] = self._count
        elif event.kind == "rollback" and visit in self._made:
            return tuple(self._taken_back(event, self._made[visit]))
        return ()

    def _taken_back(self, event: Event, made: int) -> Iterable[Loss]:
        graph = event.step.rpartition("/")[0]
        kept = {(event.step, event.visit), *_visits(event.data.get("kept"))}
        for visit, (started, since) in [*self._started.items()]:
            inside = not graph or visit[0].startswith(f"{graph}/")
            if inside and started > made and visit not in kept:
                del self._started[visit]
                yield Loss(visit=visit, on=event.step, since=since, until=event.at)


def losses_of(events: Iterable[Event]) -> tuple[Loss, ...]:
    """All that was taken back in some events, which are in order."""
    losses = Losses()
    return tuple(loss for event in events for loss in losses.tell(event))


def _visits(kept: object) -> Iterable[Visit]:
    for step, visit in kept if isinstance(kept, (list, tuple)) else ():
        yield str(step), int(visit)

"""Reviewers, the queues they work through, and how much they can be asked for the time being."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from surestep.errors import PlanError
from surestep.review.backpressure import ArrivalRate, Arriving, Asking, Pressure
from surestep.storage.rungs import Lately

MEMORY_S = 600.0
"""How fast arrivals are forgotten, in seconds: those of an hour ago no longer count."""
SINCE_S = 6.0 * MEMORY_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """Reviewers who work through some queues together: `Approvals` and `Reviewed` take it.

    Attributes:
        name: of the team; processes that share a database share its state by it.
        pressure: how they are kept from drowning, as `Pressure.of` makes it of their number,
            the time an item takes them and the wait they promise.
        queues: what they work through.

    Raises:
        PlanError: for no name or no queues.
    """

    name: str
    pressure: Pressure
    queues: tuple[str, ...] = ("default", "review")

    def __post_init__(self) -> None:
        object.__setattr__(self, "queues", tuple(self.queues))
        if not self.name.strip() or not self.queues:
            raise PlanError(
                f"Team {self.name!r} has {len(self.queues)} queues.",
                remedy="Give it a name, and the queues it works through.",
            )

    def asked(
        self, before: Asking, *, now: float, waiting: int, lately: Sequence[Lately]
    ) -> Asking:
        """What the team is asked now.

        Args:
            before: what it was asked until now.
            now: seconds since the epoch.
            waiting: how many items wait in its queues.
            lately: what has come up, whether they were asked about it or not.
        """
        coming = arriving(lately, now)
        return self.pressure.after(before, at_s=now, waiting=waiting, arriving=coming)


def arriving(lately: Sequence[Lately], now: float) -> Arriving:
    """What people would be asked per hour, if they were asked everything.

    What came long ago counts the less, as an exponential kernel forgets it.
    """
    per_h = {
        kind: sum(
            one.asked * ArrivalRate(memory_s=MEMORY_S).after(one.at).now(now)
            for one in lately
            if one.kind == kind
        )
        for kind in ("must", "asked", "sampled")
    }
    return Arriving(**per_h)


def spare_below(asking: Asking, lately: Sequence[Lately]) -> float:
    """The score below which questions give way, given those that came up of late."""
    return asking.threshold([one.score for one in lately if one.kind == "asked"])

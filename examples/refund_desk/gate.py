"""Decides what is still asked when more comes in than people can take, in a simulation.

A step does the same by itself where its `Approvals` and its `Reviewed` have a `Team`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from examples.refund_desk.cases import Case
from examples.refund_desk.tickets import BURST, REVIEWERS, SERVICE_S, SLA_S, tickets_per_h
from examples.refund_desk.tiers import Kind
from surestep.review.backpressure import ArrivalRate, Arriving, Asking, Pressure

LEAST_SAMPLED = 0.1
"""The share of looks afterwards that is never left out.

With the usual 2 %, nobody looks at tickets of the burst, and their errors could be any number.
"""
REMEMBERED = 200
"""The score from which people are asked in a burst is found among so many recent ones."""


def pressure_for(must: float) -> Pressure:
    """How the team keeps its SLA, given the share of tickets that must be approved."""
    return Pressure.of(
        reviewers=REVIEWERS,
        service_s=SERVICE_S,
        sla_s=SLA_S,
        must_per_h=must * tickets_per_h(BURST),
        least_sampled=LEAST_SAMPLED,
    )


@dataclass(slots=True)
class Gate:
    """Lets items into the queue, or has the agent go on without people.

    Attributes:
        pressure: how the team keeps its SLA.
        presses: whether anything is left out at all.
        asking: what is asked for the time being.
    """

    pressure: Pressure
    presses: bool = True
    asking: Asking = field(default_factory=Asking)
    _rates: dict[Kind, ArrivalRate] = field(
        default_factory=lambda: dict.fromkeys(Kind, ArrivalRate())
    )
    _scores: deque[float] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    def admits(self, case: Case, *, at_s: float, waiting: int) -> bool:
        """Whether a case comes before people.

        Args:
            case: what comes in.
            at_s: the time, in seconds.
            waiting: how many items wait, of all kinds.
        """
        self._count(case.kind, at_s, waiting)
        if case.kind == Kind.SAMPLED:
            return case.draw.thinned(self.asking.sampled, seed=1).drawn
        if case.kind == Kind.MUST:
            return True
        self._scores.append(case.score)
        return case.score >= self.asking.threshold(self._scores)

    def _count(self, kind: Kind, at_s: float, waiting: int) -> None:
        """Note what came in, and decide anew what is asked."""
        self._rates[kind] = self._rates[kind].after(at_s)
        if not self.presses:
            return
        must, asked, sampled = (
            self._rates[one].now(at_s) for one in (Kind.MUST, Kind.ASKED, Kind.SAMPLED)
        )
        self.asking = self.pressure.after(
            self.asking,
            at_s=at_s,
            waiting=waiting,
            arriving=Arriving(must=must, asked=asked, sampled=sampled),
        )

"""The queue through a day with a burst, replayed: with pressure, without, and first come.

Simulated: what people are asked is played against their service times without running a graph.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from examples.refund_desk.cases import Case
from examples.refund_desk.gate import Gate, pressure_for
from examples.refund_desk.learning import World
from examples.refund_desk.tickets import REVIEWERS
from examples.refund_desk.tiers import Kind
from surestep.review.queue_replay import replay, wait_quantile


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One way to run the queue.

    Attributes:
        name: the way.
        presses: whether less is asked when more comes in.
        by_kind: whether what must be approved is served first.
    """

    name: str
    presses: bool
    by_kind: bool = True


ARMS = (
    Arm(name="with pressure", presses=True),
    Arm(name="without", presses=False),
    Arm(name="without, first come", presses=False, by_kind=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """How one day went.

    Attributes:
        waits_s: how long items of each kind waited, of those from the burst and the time after.
        shed: the share of these that was left out, by kind.
        shed_usd: the expected loss of approvals that were left out, over the whole day.
        recovered_s: how long after the burst all was asked again and no more waited than usual.
        queue: the time in seconds, and how many waited then, at each arrival.
    """

    waits_s: dict[Kind, list[float]]
    shed: dict[Kind, float]
    shed_usd: float
    recovered_s: float
    queue: list[tuple[float, int]]

    def p95_min(self, *kinds: Kind) -> float:
        """The wait that 95 % of the items of these kinds did not exceed, in minutes."""
        waits = [wait for kind in kinds for wait in self.waits_s[kind]]
        return wait_quantile(waits, 0.95) / 60.0


@dataclass(slots=True)
class _Watched:
    """A gate that notes what goes on."""

    gate: Gate
    cases: Sequence[Case]
    burst_ends_s: float
    recovered_s: float | None = None
    queue: list[tuple[float, int]] = field(default_factory=list)

    def admit(self, place: int, at_s: float, waiting: int) -> bool:
        case = self.cases[place]
        self.queue.append((at_s, waiting))
        lets_in = self.gate.admits(case, at_s=at_s, waiting=waiting)
        calm = self.gate.asking.everything and waiting <= self.gate.pressure.usual
        if at_s >= self.burst_ends_s and self.recovered_s is None and calm:
            self.recovered_s = at_s - self.burst_ends_s
        return lets_in


def played(world: World, cases: Sequence[Case], arm: Arm) -> Played:
    """How a day goes in one arm."""
    ended_s = world.day.burst_s[1]
    gate = Gate(pressure_for(world.learnt.must), presses=arm.presses)
    watched = _Watched(gate, cases, ended_s)
    done = replay(
        [case.at_s for case in cases],
        [case.service_s for case in cases],
        reviewers=REVIEWERS,
        priorities=[case.priority for case in cases] if arm.by_kind else None,
        admit=watched.admit,
    )
    in_burst = [
        (case.kind, wait_s)
        for case, wait_s in zip(cases, done.waits_s, strict=True)
        if world.day.is_crowded(case.at_s)
    ]
    never_s = cases[-1].at_s - ended_s
    return Played(
        waits_s={
            kind: [wait_s for one, wait_s in in_burst if one == kind and wait_s is not None]
            for kind in Kind
        },
        shed={kind: _share_shed([w for one, w in in_burst if one == kind]) for kind in Kind},
        shed_usd=sum(
            case.score
            for case, wait_s in zip(cases, done.waits_s, strict=True)
            if wait_s is None and case.kind != Kind.SAMPLED
        ),
        recovered_s=never_s if watched.recovered_s is None else watched.recovered_s,
        queue=watched.queue,
    )


def _share_shed(waits_s: Sequence[float | None]) -> float:
    return waits_s.count(None) / max(len(waits_s), 1)

"""The human policy of the agent's step: the tiers', as far as the queue can take it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from examples.refund_desk.agent import State
from examples.refund_desk.gate import Gate, pressure_for
from examples.refund_desk.learning import World
from examples.refund_desk.tiers import Kind, by_score
from surestep import Ask, Output, Verdict
from surestep.clock import now_s
from surestep.review import Approvals
from surestep.review.sampling import Draw


@dataclass(slots=True)
class Pressed:
    """Asks as the tiers say while there is room, and otherwise has the agent go on.

    Attributes:
        tiers: say what is asked if there is room.
        gate: says whether there is.
        waiting: how many items wait; whoever puts one in or takes one out keeps it.
        asked: the tickets people are asked about.
        shed: the tickets they are not, for lack of room.
    """

    tiers: Approvals
    gate: Gate
    waiting: int = 0
    asked: set[int] = field(default_factory=set)
    shed: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, world: World) -> Pressed:
        """The policy of a day."""
        tiers = by_score(world.learnt.price_usd, world.learnt.calibrator)
        return cls(tiers, Gate(pressure_for(world.learnt.must)))

    def __call__(
        self, state: State, output: Output | None, verdicts: tuple[Verdict, ...]
    ) -> bool | Ask:
        """Whom to ask about a decision; `False` for nobody."""
        ask = self.tiers(state, output, verdicts)
        if not isinstance(ask, Ask):
            return False
        score = self._doubt(output) * state["amount_usd"]
        kind, waiting = Kind(ask.priority), self.waiting
        if not self.gate.admits_ask(kind, score, at_s=now_s(), waiting=waiting):
            self.shed.add(state["ticket"])
            return False
        self.asked.add(state["ticket"])
        self.waiting += 1
        why = f"{ask.reason}; about {self.gate.pressure.wait_s(waiting) / 60:.0f} min of others"
        return replace(ask, reason=why)

    def reviews(self, draw: Draw) -> bool:
        """Whether a ticket that went on by itself is looked at now."""
        if not draw.drawn:
            return False
        looks = self.gate.admits_review(draw, at_s=now_s(), waiting=self.waiting)
        self.waiting += looks
        return looks

    def _doubt(self, output: Output | None) -> float:
        if output is None or output.confidence is None or self.tiers.calibrate is None:
            return 1.0
        return 1.0 - self.tiers.calibrate(output.confidence)

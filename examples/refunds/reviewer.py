"""A simulated person who answers approvals, right at a stated rate. No person is in the loop."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

from examples.refunds.policy import Ruling
from surestep.values import Question

ACCURACY = 0.97


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Approves right decisions and mends wrong ones, with a seeded slip now and then.

    A slip approves a wrong decision, or turns a right one into a refusal.

    Attributes:
        truth: the right decision, by ticket.
        seed: decides who slips where.
        accuracy: probability of a right answer.
    """

    truth: Mapping[str, Ruling]
    seed: int
    accuracy: float = ACCURACY

    def answer(self, ticket_id: str, question: Question) -> dict[str, object]:
        """The answer to one question, as a human-in-the-loop interface sends it."""
        truth, proposal = self.truth[ticket_id], question.proposal
        proposed = (proposal.get("decision"), proposal.get("amount_cents"))
        right = proposed == (truth.kind, truth.cents)
        slips = random.Random(f"{self.seed}/{ticket_id}").random() >= self.accuracy
        if right != slips:
            return {"type": "approve", "actor": "simulated"}
        wanted = Ruling("clarify" if truth.kind == "deny" else "deny") if slips else truth
        args = {
            **proposal,
            "decision": wanted.kind,
            "amount_cents": wanted.cents,
            "why": f"A reviewer decided {wanted.kind}.",
        }
        edit = {"name": question.step, "args": args}
        return {"type": "edit", "edited_action": edit, "actor": "simulated"}

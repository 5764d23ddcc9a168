"""What a rehearsal was asked and what it did: the figures a test or an example compares."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from surestep.rehearsal.parts import FaultKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """One answer against the truth.

    Attributes:
        role: who answered.
        task: which task.
        model: the model's name in the request.
        repeat: how often this very request came before.
        right: whether the answer, of a judge the verdict, was right; `None` if unknown.
        candidate_right: of a judge, whether the candidate it judged was right.
        reply_id: the `id` of the completion it came in.
        fault: what went wrong with its delivery, if anything.
    """

    role: str
    task: str
    model: str
    repeat: int
    right: bool | None
    candidate_right: bool | None = None
    reply_id: str = ""
    fault: FaultKind | None = None


@dataclass(slots=True)
class Requests:
    """Counts of a rehearsal so far; only the server writes them.

    Attributes:
        by_role: requests by the role that answered.
        faults: faults injected, by kind.
        refused: requests answered with HTTP 400, unmatched prompts among them.
        lookups: each answer against the truth, in the order they were given.
    """

    by_role: Counter[str] = field(default_factory=Counter)
    faults: Counter[FaultKind] = field(default_factory=Counter)
    refused: int = 0
    lookups: list[Lookup] = field(default_factory=list)

    @property
    def total(self) -> int:
        """All requests, refused ones included."""
        return self.by_role.total() + self.refused

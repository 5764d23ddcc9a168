"""What a planner is asked while a run goes, and what it may answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias, runtime_checkable

from surestep.budgets.assurance import Assurance
from surestep.budgets.limits import SLO
from surestep.values import RunRecord, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A run just before one of its steps starts.

    Attributes:
        step: path of the step about to start.
        assurance: how the plan would treat it.
        slo: what the run must meet.
        record: the run so far, what it has spent included.
    """

    step: str
    assurance: Assurance
    slo: SLO
    record: RunRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """How a planner has a step treated, as the trace will tell it.

    Attributes:
        assurance: how it is treated.
        why: what speaks for it.
        instead: the alternative it beat, and by how much.
    """

    assurance: Assurance
    why: str = "planner"
    instead: str = ""


Planner: TypeAlias = Callable[[Moment], Assurance | Choice | None]
"""Decides how to treat the step about to start; `None` leaves it to the plan.

It must be quick and pure: it is called before every step, on the event loop.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """An output just after it was made, and again after each verdict on it.

    Attributes:
        step: path of the step that made it.
        assurance: how the step is treated.
        slo: what the run must meet.
        record: the run so far, what it has spent included.
        attempt: which attempt made it, from 1.
        last: whether it is the last attempt, so that an output refused now is refused for good.
        confidence: the worker's own probability that it is right, if it gave one.
        verdicts: what verifiers have said of it, in the order they were asked.
        unasked: the step's verifiers that have not been asked.
    """

    step: str
    assurance: Assurance
    slo: SLO
    record: RunRecord
    attempt: int
    last: bool
    confidence: float | None
    verdicts: tuple[Verdict, ...]
    unasked: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """What a planner does about an output, as the trace will tell it.

    Attributes:
        action: `"accept"` goes on with it as it is, `"check"` asks verifiers, `"redo"` refuses it.
        verifiers: whom to ask.
        why: what speaks for it; the worker gets it as feedback if it has to redo its work.
        instead: the alternative it beat, and by how much.
    """

    action: Literal["accept", "check", "redo"]
    verifiers: tuple[str, ...] = ()
    why: str = "planner"
    instead: str = ""


@runtime_checkable
class Advisor(Protocol):
    """A planner that is also asked about each output: it sees how sure the worker is."""

    def after(self, finding: Finding) -> Next | None:
        """What to do about an output; `None` asks the verifiers that have not been asked.

        It must be quick and pure: it is called for every output, on the event loop. A verifier's
        refusal stands whatever it says.
        """

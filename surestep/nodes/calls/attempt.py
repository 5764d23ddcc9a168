"""What a worker that is run again can find out about why."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field

from surestep.errors import SurestepError
from surestep.values import Verdict


def _nameless() -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One call of a worker.

    Attributes:
        number: 1 for the first call of a visit.
        feedback: what verifiers or a person said of the previous output; `""` at first.
        verdicts: the verdicts on the previous output; none if a person sent it back.
        name: makes the key; most workers never ask for it.
    """

    number: int = 1
    feedback: str = ""
    verdicts: tuple[Verdict, ...] = ()
    name: Callable[[], str] = field(default=_nameless, repr=False, compare=False)

    @property
    def key(self) -> str:
        """Names this visit of this step, the same after every crash; `""` without a thread."""
        return self.name()


current: ContextVar[Callable[[], Attempt] | None] = ContextVar("surestep_attempt", default=None)


def attempt() -> Attempt:
    """The attempt the calling worker is in.

    Raises:
        SurestepError: when called from outside a worker.
    """
    found = current.get()
    if found is None:
        raise SurestepError(
            "attempt() was called outside of a worker.",
            remedy="Call it inside a function given to add_step, while a run calls that function.",
        )
    return found()

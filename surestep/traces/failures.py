"""When a failure was first seen, and how long it took to settle."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from surestep.storage import Event
from surestep.traces.spans import text


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One failure of a step, from the first sign of it until the step settled.

    Attributes:
        step: the step's path; `""` for a failure of the run as a whole.
        visit: the visit in which it was seen.
        what: the verifier and its feedback, or the error.
        first_seen_at: when, in seconds since the epoch.
        settled_at: when the step settled after it, in seconds since the epoch; `None` if it
            has not.
        outcome: how it settled; `""` if it has not.
    """

    step: str
    visit: int
    what: str
    first_seen_at: float
    settled_at: float | None = None
    outcome: str = ""

    @property
    def time_to_resolution_s(self) -> float | None:
        """Seconds from the first sign until it was settled; `None` if it has not been."""
        return None if self.settled_at is None else self.settled_at - self.first_seen_at


def failures_of(events: Iterable[Event]) -> tuple[Failure, ...]:
    """The failures in some events, in the order in which they were seen.

    A fail verdict or an error opens one; later ones of the same step belong to it until the
    step settles, on whatever visit. A failure of the run as a whole settles when the run ends.
    """
    found: list[Failure] = []
    unsettled: dict[str, int] = {}
    for event in events:
        step = "" if event.kind == "run_ended" else event.step
        if event.kind in ("settled", "run_ended") and step in unsettled:
            place = unsettled.pop(step)
            outcome = text(event.data.get("outcome"))
            found[place] = replace(found[place], settled_at=event.at, outcome=outcome)
        elif _fails(event) and step not in unsettled:
            unsettled[step] = len(found)
            found.append(
                Failure(step=step, visit=event.visit, what=_what(event), first_seen_at=event.at)
            )
    return tuple(found)


def _fails(event: Event) -> bool:
    return event.kind == "error" or (event.kind == "verdict" and event.data.get("status") == "fail")


def _what(event: Event) -> str:
    if event.kind == "error":
        return text(event.data.get("error"))
    said = (text(event.data.get(name)) for name in ("verifier", "feedback"))
    return ": ".join(part for part in said if part)

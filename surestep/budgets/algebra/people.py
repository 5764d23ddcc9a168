"""Where a person comes in: after the last refusal, or to approve every output."""

from __future__ import annotations

from dataclasses import dataclass, replace

from surestep.budgets.algebra.attempt import Attempt
from surestep.budgets.algebra.law import Floats, Law, Spectrum, nothing
from surestep.budgets.algebra.retries import Course, course, stacked
from surestep.budgets.profiled import PersonProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How a visit ends.

    Attributes:
        right: P(goes on, with a right output).
        wrong: P(goes on, with a wrong one).
        stopped: P(fails closed).
        asked: P(a person is asked).
        questions: mean number of questions to people.
        begun: mean number of attempts, by row and class.
        ways: each way it can end: the transform of its `advance`, and its `confirm`.
        settled: the transform of its time until everything is settled.
        attempt: what each attempt can come to.
        size: ticks of the lattice.
    """

    right: float
    wrong: float
    stopped: float = 0.0
    asked: float = 0.0
    questions: float = 0.0
    begun: Floats
    ways: tuple[tuple[Spectrum, Law], ...]
    settled: Spectrum
    attempt: Attempt
    size: int


def attended(
    attempt: Attempt,
    start: Spectrum,
    *,
    tries: int,
    size: int,
    person: PersonProfile | None,
    always: bool,
) -> End:
    """How a visit ends, with or without people.

    Args:
        attempt: one attempt of it.
        start: where it starts from, by row and class.
        tries: how many attempts it may make before a person is asked, or it fails.
        size: ticks of the lattice.
        person: who is asked; `None` if nobody is.
        always: whether that is to approve every output, not only where none was accepted.
    """
    if person is None:
        return _alone(course(attempt, start, tries=tries, size=size))
    if always:
        return _approved(attempt, start, tries, size, person)
    end = _alone(course(attempt, start, tries=tries, size=size))
    return replace(
        end,
        right=end.right + end.stopped * person.fix,
        wrong=end.wrong + end.stopped * (1.0 - person.fix),
        stopped=0.0,
        asked=end.stopped,
        questions=end.stopped,
    )


def _alone(found: Course) -> End:
    accepted, failed = found.attempt.accepted, found.failed
    none = nothing(found.attempt.tick_s)
    advances = found.after(accepted, [way.advance for way in accepted])
    settled = advances
    if any(way.settled is not way.advance for way in accepted):
        settled = found.after(accepted, [way.settled for way in accepted])
    ways = [(one, way.confirm) for one, way in zip(advances, accepted, strict=True)]
    return End(
        right=found.right,
        wrong=found.wrong,
        stopped=float(failed[0].real),
        begun=found.attempts,
        ways=(*ways, (failed, none)),
        settled=settled.sum(axis=0) + failed,
        attempt=found.attempt,
        size=found.size,
    )


def _approved(
    attempt: Attempt, start: Spectrum, tries: int, size: int, person: PersonProfile
) -> End:
    """A person approves each accepted output; what they reject is redone once, then fixed.

    The second rejection takes them one more question's time: they do it themselves. So does a
    visit that found nothing to accept.
    """
    first = course(attempt, start, tries=tries, size=size)
    ok, bad = first.outputs()
    rejected = ok * (1.0 - person.accept_ok), bad * (1.0 - person.accept_bad)
    again = course(attempt, stacked(*rejected, rows=start.shape[0]), tries=tries, size=size)
    redone = first.right * (1.0 - person.accept_ok) + first.wrong * (1.0 - person.accept_bad)
    ok_again, bad_again = again.outputs()
    kept = ok * person.accept_ok + bad * person.accept_bad
    failed = first.failed + again.failed
    # What is mended has taken the same machine time as what is kept.
    mended = again.right * (1.0 - person.accept_ok) + again.wrong * (1.0 - person.accept_bad)
    by_hand = mended + float(failed[0].real)
    gone = failed + (kept + ok_again + bad_again).sum(axis=0)
    return End(
        right=person.accept_ok * (first.right + again.right) + person.fix * by_hand,
        wrong=person.accept_bad * (first.wrong + again.wrong) + (1.0 - person.fix) * by_hand,
        asked=1.0,
        questions=1.0 + redone + mended,
        begun=first.attempts + again.attempts,
        ways=((gone, nothing(attempt.tick_s)),),
        settled=gone,
        attempt=attempt,
        size=size,
    )

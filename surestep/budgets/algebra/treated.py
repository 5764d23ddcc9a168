"""A step under an assurance: what comes out, when, and for how much, exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from surestep.budgets.algebra.attempt import Attempt, Source
from surestep.budgets.algebra.ballots import Vote
from surestep.budgets.algebra.classes import Class, difficulties
from surestep.budgets.algebra.drawing import drawn_from
from surestep.budgets.algebra.explicit import explicit
from surestep.budgets.algebra.law import NEGLIGIBLE, Law, nothing, of_spectrum, room
from surestep.budgets.algebra.people import End, attended
from surestep.budgets.algebra.samples import several
from surestep.budgets.algebra.single import single
from surestep.budgets.algebra.votes import elected
from surestep.budgets.algebra.weighed import weighed
from surestep.budgets.assurance import Assurance
from surestep.budgets.profiled import PersonProfile, StepProfile
from surestep.errors import PlanError


@dataclass(frozen=True, slots=True)
class Branch:
    """One of the ways a step can go, in which its two times are independent.

    Attributes:
        share: P(it goes this way).
        advance: machine time until what follows can start on the output finally accepted.
        confirm: machine time from then until that output is settled.
    """

    share: float
    advance: Law
    confirm: Law


@dataclass(frozen=True, slots=True, kw_only=True)
class Treated:
    """What comes of one visit of a step under an assurance.

    Attributes:
        assurance: the assurance, with nothing left open.
        right: P(goes on, with a right output).
        wrong: P(goes on, with a wrong one: a silent error).
        stopped: P(fails closed); the three add up to 1.
        asked: P(a person is asked).
        cost_usd: mean price of worker calls and checks, in US dollars.
        human_minutes: mean minutes of people's time.
        person_wait_s: mean wait for people, in seconds; it is no machine time.
        worker_calls: mean number of worker calls.
        check_calls: mean number of verifier calls.
        rejected: mean number of outputs the run went on with in vain; 0 if it waits.
        advance: machine time from its start until what follows can start on the output finally
            accepted, or until the step stops.
        confirm: machine time from then until that output is settled; 0 if the run waits.
        settled: machine time of both.
        branches: the joint law of `advance` and `confirm`.
    """

    assurance: Assurance
    right: float
    wrong: float
    stopped: float
    asked: float
    cost_usd: float
    human_minutes: float
    person_wait_s: float
    worker_calls: float
    check_calls: float
    rejected: float
    advance: Law
    confirm: Law
    settled: Law
    branches: tuple[Branch, ...]

    @property
    def trust(self) -> float:
        """P(right | goes on); 1 if nothing ever does."""
        on = self.right + self.wrong
        return self.right / on if on > 0.0 else 1.0


def treated(
    step: StepProfile,
    assurance: Assurance,
    *,
    person: PersonProfile | None = None,
    tick_s: float,
    classes: Sequence[Class] | None = None,
) -> Treated:
    """One visit of a step under an assurance, exactly.

    Three things are not: the joint law, though neither single one, of a vote's two times; with
    three samples or more, which of several accepted ones is bet on; and when a bet changes in a
    tally's round of checks.

    Args:
        step: what is known of the step.
        assurance: how it is treated; what it leaves open is as `explicit` says.
        person: who is asked, unless the step names somebody of its own.
        tick_s: the tick of all laws, in seconds.
        classes: the kinds of its tasks; `None` takes those of its `success` and `spread`.

    Raises:
        PlanError: for a verifier the step does not know, a vote that cannot be decided, or
            somebody to be asked where nobody is known.
    """
    how = explicit(step, assurance)
    kinds = difficulties(step) if classes is None else tuple(classes)
    shares = np.array([one.share for one in kinds])
    source = drawn_from(step, how, kinds, tick_s=tick_s)
    attempt = weighed(source, step, how.tally) if how.tally else _attempt(source, how)
    whom = _person(step.person or person, how)
    tries = (how.retries or 0) + 1
    # Room for all attempts at their longest, twice where a person may have them made again: a
    # shorter lattice would wrap the tail round to the start.
    size = _room(attempt, tries * (2 if how.human == "always" else 1))
    start = np.zeros((*source.success.shape, size // 2 + 1), dtype=np.complex128)
    start[0] = shares[:, None]
    always = how.human == "always"
    end = attended(attempt, start, tries=tries, size=size, person=whom, always=always)
    return _treated(step, how, source, end, whom)


def _attempt(source: Source, how: Assurance) -> Attempt:
    if isinstance(how.vote, Mapping):
        return elected(source, Vote(**how.vote))
    samples = how.samples or 1
    return several(source, samples) if samples > 1 else single(source)


def _person(person: PersonProfile | None, how: Assurance) -> PersonProfile | None:
    if how.human == "never":
        return None
    if person is None:
        raise PlanError(
            f"human is {how.human!r}, and nobody is known who could be asked.",
            remedy="Give the profile, or the step, a person.",
        )
    return person


def _room(attempt: Attempt, tries: int) -> int:
    ways = (*attempt.accepted, *attempt.refused, *attempt.undecided)
    longest = max(way.settled.pmf.size for way in ways)
    return room(*(longest,) * tries)


def _treated(
    step: StepProfile,
    how: Assurance,
    source: Source,
    end: End,
    person: PersonProfile | None,
) -> Treated:
    attempt, size, tick_s = end.attempt, end.size, source.worker.tick_s
    none = nothing(tick_s)
    # Below this a transform holds nothing but rounding.
    ways = [(share, confirm) for share, confirm in end.ways if share[0].real > NEGLIGIBLE]
    branches = tuple(
        Branch(float(share[0].real), of_spectrum(share, size, tick_s), confirm)
        for share, confirm in ways
    )
    advance = Law.mixed([(one.share, one.advance) for one in branches])
    speculative = how.mode == "speculative"
    calls = float((end.begun * attempt.worker_calls).sum())
    checks_usd = float((end.begun * attempt.check_cost_usd).sum())
    return Treated(
        assurance=how,
        right=end.right,
        wrong=end.wrong,
        stopped=end.stopped,
        asked=end.asked,
        cost_usd=calls * step.cost_usd + checks_usd,
        human_minutes=end.questions * person.minutes if person else 0.0,
        person_wait_s=end.questions * person.wait_s if person else 0.0,
        worker_calls=calls,
        check_calls=float((end.begun * attempt.check_calls).sum()),
        rejected=float((end.begun * attempt.vain).sum()),
        advance=advance,
        confirm=Law.mixed([(one.share, one.confirm) for one in branches]) if speculative else none,
        settled=of_spectrum(end.settled, size, tick_s) if speculative else advance,
        branches=branches,
    )

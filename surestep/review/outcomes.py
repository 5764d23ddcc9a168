"""What reviewed outputs say of a step: how many are wrong, whether it got worse; loads numpy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace

from surestep.review.actions import Action, Actions
from surestep.review.autonomy import Evidence
from surestep.review.drift import Watch, seen
from surestep.review.estimate import Estimate, estimate
from surestep.review.reviewed import UNKNOWN
from surestep.review.rungs import Rung
from surestep.review.shift import Shift
from surestep.review.terms import Terms
from surestep.storage.actions import Taken
from surestep.verifiers.calibration import Labelled, Logged

REFERENCE = 200
"""Outputs that say how a step's confidence and length were, before they are watched."""
LATEST = 2_000
"""Outputs that are watched for it at most, the latest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """Which alarms about a step are raised.

    Attributes:
        errors: whether reviews say that more is wrong than is fine.
        confidence: whether its confidence is no longer what it was.
        size: whether the length of its outputs is not.
        limit: the share of wrong outputs that is fine; `None` if nobody watches it.
    """

    errors: bool = False
    confidence: bool = False
    size: bool = False
    limit: float | None = None

    @property
    def changed(self) -> bool:
        """Whether anything has changed that shows without labels."""
        return self.confidence or self.size


@dataclass(frozen=True, slots=True, kw_only=True)
class StepReview:
    """What is known of a step's outputs that went on without a person.

    Attributes:
        step: the step's path.
        actions: how many there are.
        drawn: how many of them were drawn for review.
        reviewed: how many of those have been reviewed.
        found: how many of those were wrong.
        errors: the share of all that is wrong, with its interval; `None` before any review.
        amount_usd: what was at stake in all, in US dollars.
        wrong_usd: what of it was at stake in wrong ones, as the reviews say.
        approved: outputs people decided on beforehand.
        drift: which alarms are raised.
    """

    step: str
    actions: int
    drawn: int
    reviewed: int
    found: int
    errors: Estimate | None
    amount_usd: float
    wrong_usd: float
    approved: int
    drift: Drift

    def as_dict(self) -> dict[str, object]:
        """The same as plain JSON values."""
        return asdict(self)


def review_of(step: str, taken: Sequence[Taken], terms: Terms) -> StepReview:
    """What is known of a step.

    Args:
        step: the step's path.
        taken: its settled outputs, in order.
        terms: what it declares.
    """
    alone = [one for one in taken if not one.asked]
    counted = countable(alone)
    actions = actions_of(counted)
    return StepReview(
        step=step,
        actions=len(alone),
        drawn=sum(one.drawn for one in alone),
        reviewed=sum(one.right is not None for one in alone),
        found=sum(one.right is False for one in alone),
        errors=_errors(actions),
        amount_usd=sum(one.amount_usd or 0.0 for one in alone),
        wrong_usd=sum(
            (one.amount_usd or 0.0) / one.chance for one in counted if one.right is False
        ),
        approved=len(taken) - len(alone),
        drift=drift_of(taken, terms, limit=terms.error_rate),
    )


def countable(taken: Sequence[Taken]) -> list[Taken]:
    """The outputs reviews can speak of, each with the probability with which it was reviewed.

    They go as far as reviews have come. Where some before that are still open, those that were
    done stand for them, so what is reviewed first must not depend on what is found.
    """
    # Words alone leave open whether an output was right, however long one waits.
    known = [one for one in taken if one.chance > 0.0 and not (one.asked and one.right is None)]
    drawn = [one for one in known if one.drawn and not one.asked]
    if all(one.right is not None for one in drawn):
        return known
    last = max((one.at for one in drawn if one.right is not None), default=-1.0)
    within = [one for one in drawn if one.at <= last]
    done = sum(one.right is not None for one in within) / max(len(within), 1)
    return [
        one if one.asked else replace(one, chance=one.chance * done)
        for one in known
        if one.at <= last
    ]


def actions_of(counted: Sequence[Taken]) -> list[Action]:
    """Countable outputs as the estimates take them."""
    return [
        Action(
            confidence=UNKNOWN if one.confidence is None else one.confidence,
            chance=one.chance,
            wrong=None if one.right is None else not one.right,
            run=one.run,
        )
        for one in counted
    ]


def drift_of(taken: Sequence[Taken], terms: Terms, *, limit: float | None) -> Drift:
    """Which alarms a step's outputs raise.

    Args:
        taken: its settled outputs, in order.
        terms: what it declares.
        limit: the share of wrong outputs that is fine; `None` watches none.
    """
    between = terms.items_between_false_alarms
    errors = False
    if limit is not None:
        watch = Watch.detector(
            limit, items_between_false_alarms=between, sampled=terms.share or 1.0
        )
        errors = watch.first_alarm(_seen(taken)) is not None
    return Drift(
        errors=errors,
        # Raw, because a new calibrator is no change of the step.
        confidence=_shifted([one.raw for one in taken if one.raw is not None], between),
        size=_shifted([float(one.size) for one in taken], between),
        limit=limit,
    )


def evidence_of(rung: Rung, taken: Sequence[Taken], terms: Terms) -> Evidence:
    """What is known of a step since it stands on its rung.

    Where nobody approves and nobody reviews, a change that shows without labels is an alarm.

    Args:
        rung: where it stands.
        taken: its settled outputs since then, in order.
        terms: what it declares.
    """
    needed = terms.ladder.requirement(rung) if terms.ladder else None
    # A rung that allows more errors must not raise the alarm of one that allows fewer.
    drift = drift_of(taken, terms, limit=needed.error_rate if needed else None)
    amounts = [one.amount_usd for one in taken if one.amount_usd is not None]
    return Evidence.of(
        actions_of(countable(taken)),
        amount_usd=sum(amounts) / len(amounts) if amounts else 0.0,
        drifted=drift.errors or (rung is Rung.AUTONOMOUS and drift.changed),
    )


def labelled_of(taken: Sequence[Taken]) -> list[Labelled]:
    """The outputs people have judged, with the worker's own confidence, to calibrate it on."""
    return [
        Labelled(one.raw, one.right, one.chance)
        for one in countable(taken)
        if one.raw is not None and one.right is not None
    ]


def logged_of(taken: Sequence[Taken]) -> list[Logged]:
    """The outputs as a change of thresholds is judged on them."""
    return [
        Logged(
            confidence=UNKNOWN if one.confidence is None else one.confidence,
            amount_usd=one.amount_usd or 0.0,
            right=one.right,
            chance=one.chance,
        )
        for one in countable(taken)
    ]


def _errors(actions: Sequence[Action]) -> Estimate | None:
    if all(one.wrong is None for one in actions):
        return None
    # Of the agent, whose outputs of one run may be wrong together.
    return estimate(Actions.of(actions), of="agent")


def _seen(taken: Sequence[Taken]) -> Iterator[float]:
    for one in countable(taken):
        # What waits for its review says nothing yet.
        if not one.drawn or one.right is not None:
            yield seen(wrong=one.right is False, chance=one.chance)


def _shifted(values: Sequence[float], between: float) -> bool:
    if len(values) <= REFERENCE:
        return False
    shift = Shift.against(values[:REFERENCE], items_between_false_alarms=between)
    # Each value is ranked among all before it, which takes ever longer.
    return shift.first_alarm(values[REFERENCE:][-LATEST:]) is not None

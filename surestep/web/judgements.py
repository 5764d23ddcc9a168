"""What people's judgements say of steps: how much a confidence is worth, whether one got worse.

Everything here that counts loads numpy, in a thread, so that others do not wait for their pages.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from surestep.errors import TooFewOutcomes
from surestep.review.remembered import Remembered
from surestep.review.rungs import Rung
from surestep.review.terms import Terms, terms_of
from surestep.storage import Store
from surestep.storage.actions import Taken
from surestep.values import Question
from surestep.verifiers.calibration import Calibrator

if TYPE_CHECKING:
    from surestep.review.outcomes import StepReview
    from surestep.verifiers.calibration.measure import Reliability

FOR_S = 30.0
"""How long judgements that were read are taken for current, in seconds."""
_BINS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Believed:
    """How likely a proposal is right.

    Attributes:
        low: the lower probability.
        high: the upper probability; further apart the fewer outcomes were alike.
        value: the probability in between.
        outcomes: how many judged outputs that is learnt from.
    """

    low: float
    high: float
    value: float
    outcomes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Some outputs of a step that settled one after the other.

    Attributes:
        until: when the last of them settled, in seconds since the epoch.
        wrong: the share of them that was wrong, each counted by its chance of being judged.
        judged: how many of them were judged.
    """

    until: float
    wrong: float
    judged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What is known of one step.

    Attributes:
        step: the step's path.
        rung: where it stands, in words; `""` if its autonomy is not earned.
        review: its outputs that went on without a person.
        before: its worker's own confidences against what people judged; `None` without any.
        after: the same once calibrated, on outputs the calibrator had not seen; `None` while
            there are too few.
        course: how many were wrong, stretch by stretch.
    """

    step: str
    rung: str
    review: StepReview
    before: Reliability | None
    after: Reliability | None
    course: tuple[Stretch, ...]


class Judgements:
    """What people's judgements in one database say, as of some seconds ago at most.

    Args:
        store: the database.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._calibrators: Remembered[Calibrator | None] = Remembered(FOR_S)
        self._steps: Remembered[tuple[Judged, ...]] = Remembered(FOR_S)

    async def believed(self, question: Question) -> Believed | None:
        """How likely a proposal is right; `None` while too little is known to say."""

        async def read() -> Calibrator | None:
            return await asyncio.to_thread(_fitted, await self._store.reviews.taken(question.step))

        score = question.confidence
        fitted = await self._calibrators.get(self._store, question.step, read)
        if fitted is None or score is None:
            return None
        low, high = fitted.between(score)
        return Believed(low=low, high=high, value=fitted(score), outcomes=fitted.outcomes)

    async def steps(self) -> tuple[Judged, ...]:
        """Every step people have judged an output of, by its path."""

        async def read() -> tuple[Judged, ...]:
            taken = await self._store.reviews.taken()
            terms = await terms_of(self._store)
            rungs = {row.step: Rung(row.rung).words for row in await self._store.reviews.rungs()}
            names = sorted({one.step for one in taken})
            return await asyncio.to_thread(
                lambda: tuple(
                    _judged(
                        name,
                        [one for one in taken if one.step == name],
                        terms.get(name, Terms()),
                        rungs.get(name, ""),
                    )
                    for name in names
                )
            )

        return await self._steps.get(self._store, "", read)


def _fitted(taken: Sequence[Taken]) -> Calibrator | None:
    from surestep.review.outcomes import labelled_of  # noqa: PLC0415 - numpy, see above
    from surestep.verifiers.calibration.fit import fit  # noqa: PLC0415 - the same

    try:
        return fit(labelled_of(taken))
    except TooFewOutcomes:
        return None


def _judged(step: str, taken: Sequence[Taken], terms: Terms, rung: str) -> Judged:
    from surestep.review.outcomes import labelled_of, review_of  # noqa: PLC0415 - numpy, see above
    from surestep.verifiers.calibration.measure import held_out, reliability  # noqa: PLC0415

    labelled = labelled_of(taken)
    after = None
    with suppress(TooFewOutcomes):
        after = held_out(labelled, bins=_BINS).after
    return Judged(
        step=step,
        rung=rung,
        review=review_of(step, taken, terms),
        before=reliability(labelled, bins=_BINS) if labelled else None,
        after=after,
        course=_course(taken),
    )


def _course(taken: Sequence[Taken]) -> tuple[Stretch, ...]:
    """The share of wrong outputs over time, in stretches of about equally many judged ones."""
    from surestep.review.outcomes import countable  # noqa: PLC0415 - numpy, see above

    judged = [one for one in countable(taken) if one.right is not None]
    size = -(-len(judged) // _BINS) or 1
    return tuple(_stretch(judged[at : at + size]) for at in range(0, len(judged), size))


def _stretch(judged: Sequence[Taken]) -> Stretch:
    weights = [1.0 / one.chance for one in judged]
    wrong = sum(weight for weight, one in zip(weights, judged, strict=True) if one.right is False)
    return Stretch(until=judged[-1].at, wrong=wrong / sum(weights), judged=len(judged))

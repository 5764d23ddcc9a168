"""What the confidence of a step's worker was worth, by what people decided about it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from surestep.errors import TooFewOutcomes
from surestep.storage import Item
from surestep.values import Question
from surestep.verifiers.calibration import Calibrator, Labelled

if TYPE_CHECKING:
    from surestep.verifiers.calibration.measure import HeldOut, Reliability


@dataclass(frozen=True, slots=True, kw_only=True)
class Believed:
    """How likely a proposal is right.

    Attributes:
        low: the lower probability.
        high: the upper probability; further apart the fewer outcomes were alike.
        value: the probability in between.
        outcomes: how many decided proposals that is learnt from.
    """

    low: float
    high: float
    value: float
    outcomes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """How far the confidences of one step were from the truth.

    Attributes:
        step: the step.
        raw: of what its worker said.
        held_out: before and after calibrating, on outcomes the calibrator had not seen; `None`
            while there are too few.
        missing: why there are too few; `""` if there are enough.
    """

    step: str
    raw: Reliability
    held_out: HeldOut | None
    missing: str


class Confidences:
    """Calibrators of the steps, fitted anew whenever more has been decided."""

    def __init__(self) -> None:
        self._fitted: dict[str, tuple[int, Calibrator | None]] = {}

    async def of(self, question: Question, decided: Iterable[Item]) -> Believed | None:
        """How likely the proposal is right; `None` while too little is known to say."""
        if question.confidence is None:
            return None
        outcomes = outcomes_by_step(decided).get(question.step, ())
        known = self._fitted.get(question.step)
        if known is None or known[0] != len(outcomes):
            # In a thread, since numpy takes a second to load, and others wait for their pages.
            known = len(outcomes), await asyncio.to_thread(_fitted, outcomes)
            self._fitted[question.step] = known
        if known[1] is None:
            return None
        low, high = known[1].between(question.confidence)
        value = known[1](question.confidence)
        return Believed(low=low, high=high, value=value, outcomes=known[1].outcomes)


def outcomes_by_step(decided: Iterable[Item]) -> Mapping[str, tuple[Labelled, ...]]:
    """Proposals that came with a confidence, by step: right where they were approved as they were.

    They are those people were asked about, and say nothing about others.
    """
    found: dict[str, list[Labelled]] = defaultdict(list)
    for item in decided:
        asked = item.question
        if asked.confidence is not None and asked.decision is not None:
            right = asked.decision.kind == "approve"
            found[asked.step].append(Labelled(asked.confidence, right))
    return {step: tuple(labelled) for step, labelled in found.items()}


def worth(step: str, outcomes: tuple[Labelled, ...]) -> Worth:
    """How far the confidences of a step were from what people decided.

    Raises:
        TooFewOutcomes: there is none at all.
    """
    # Imported here because numpy would slow down the start of the server.
    from surestep.verifiers.calibration.measure import held_out, reliability  # noqa: PLC0415

    raw = reliability(outcomes, bins=10)
    try:
        return Worth(step=step, raw=raw, held_out=held_out(outcomes, bins=10), missing="")
    except TooFewOutcomes as error:
        return Worth(step=step, raw=raw, held_out=None, missing=str(error))


def _fitted(outcomes: tuple[Labelled, ...]) -> Calibrator | None:
    from surestep.verifiers.calibration.fit import fit  # noqa: PLC0415 - as above

    try:
        return fit(outcomes)
    except TooFewOutcomes:
        return None

"""An assurance with everything said that it leaves open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from surestep.budgets import checked
from surestep.budgets.assurance import VOTE_KEYS, Assurance
from surestep.budgets.profiled import StepProfile
from surestep.errors import PlanError
from surestep.values import Effect

RETRIES = 2
VOTE = {"ahead_by": 3, "first": 3, "wave": 2, "cap": 9}
VOTE_NAME = "vote"
"""What a step's vote is called among its verifiers, where its profile does not say."""


def explicit(step: StepProfile, assurance: Assurance) -> Assurance:
    """The assurance as it takes effect on this step: its numbers given, none left to the step.

    Defaults: all verifiers, who must all accept, 2 retries, 1 sample, no vote, no person. What
    has no effect is left out: retries where nothing is refused, and a speculative mode where
    the run waits all the same, because nothing is checked, a person approves every output, or
    the step does something to the world.

    Raises:
        PlanError: for a verifier the step does not know, or more samples next to a vote.
    """
    off = assurance.mode == "off"
    vote = False if off else _vote(assurance)
    names = () if off else judges(step, assurance)
    human = assurance.human or "never"
    waits = (
        assurance.mode != "speculative"
        or assurance.speculate is False
        or human == "always"
        or step.effect is not Effect.PURE
        or not (names or vote)
    )
    single = off or bool(vote) or step.effect is Effect.IRREVERSIBLE
    retries = RETRIES if assurance.retries is None else assurance.retries
    return replace(
        assurance,
        mode="off" if off else "serial" if waits else "speculative",
        verifiers=(*names, step.vote) if vote and step.vote else names,
        retries=retries if names or assurance.tally else 0,
        samples=1 if single else assurance.samples or 1,
        vote=vote,
        quorum=(assurance.quorum or len(names)) if names and not assurance.tally else None,
        human=human,
    )


def _vote(assurance: Assurance) -> bool | dict[str, int]:
    vote = assurance.vote
    if vote is None or vote is False:
        return False
    numbers = {**VOTE, **(vote if isinstance(vote, Mapping) else {})}
    if numbers["cap"] < max(numbers["first"], numbers["ahead_by"]):
        raise PlanError(
            f"vote cap is {numbers['cap']}, which can never decide {numbers}.",
            remedy="Give a cap that `first` and `ahead_by` fit in.",
        )
    return {key: numbers[key] for key in VOTE_KEYS}


def judges(step: StepProfile, assurance: Assurance) -> tuple[str, ...]:
    """The verifiers that judge an output, the step's vote not being one of them.

    Raises:
        PlanError: for a name the step does not know.
    """
    named = tuple(step.checks) if assurance.verifiers is None else assurance.verifiers
    names = tuple(name for name in named if name != (step.vote or VOTE_NAME))
    for name in names:
        checked.known(name, step.checks, what="verifier")
    return names

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
    has no effect is left out: retries where nothing is refused, several samples where only one
    can be had, and a speculative mode where there is nothing to wait for, or nothing may follow
    meanwhile. A run is taken to wait for a person who approves every output.

    Raises:
        PlanError: for a verifier the step does not know, or a vote that cannot be decided.
    """
    off = assurance.mode == "off"
    once = off or step.effect is Effect.IRREVERSIBLE
    # What happens in the world at most once is made once: nothing can be chosen from.
    if once:
        assurance = replace(assurance, vote=False, tally=None, samples=1)
    vote = _vote(assurance)
    names = () if off else judges(step, assurance)
    human = assurance.human or "never"
    waits = (
        assurance.mode != "speculative"
        or assurance.speculate is False
        or human == "always"
        or step.effect is Effect.IRREVERSIBLE
        or not (names or vote or assurance.tally)
    )
    retries = RETRIES if assurance.retries is None else assurance.retries
    return replace(
        assurance,
        mode="off" if off else "serial" if waits else "speculative",
        verifiers=(*names, step.vote) if vote and step.vote else names,
        retries=retries if names and not assurance.tally else 0,
        samples=1 if vote else assurance.samples or 1,
        vote=vote,
        quorum=min(assurance.quorum or len(names), len(names))
        if names and not assurance.tally
        else None,
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
    if assurance.tally is not None:
        named = tuple(assurance.tally.checks)
    names = tuple(name for name in named if name != (step.vote or VOTE_NAME))
    for name in names:
        checked.known(name, step.checks, what="verifier")
    return names

"""The ways in which a step can be treated, before anything is known of how good they are.

Verifiers of a step judge side by side, so their order is no choice; which of them, how many have
to accept, how often a refusal is redone, whether the run waits, how many samples are drawn, by
which vote, and when a person is asked, are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations, product

from surestep.budgets.assurance import Assurance, HumanWhen
from surestep.budgets.profiled import CheckProfile, StepProfile
from surestep.values import Effect

MOST_RETRIES = 3

_SAMPLES = (1, 2, 3)
_VOTE = {"wave": 2, "cap": 9}
# Waves of two keep the parity of the lead, so the first wave has that of `ahead_by`: otherwise
# the vote is the next larger one under another name.
_VOTES = tuple(
    {"ahead_by": k, "first": first, **_VOTE} for k, first in ((2, 2), (3, 3), (3, 5), (4, 4))
)
# All sets of more checks than this are too many; beyond, sets of at most two and the full one.
_ALL_SETS = 4

NOTHING = Assurance(mode="off", verifiers=(), retries=0, samples=1, vote=False, human="never")


def telling(step: StepProfile) -> dict[str, CheckProfile]:
    """The verifiers whose verdict says anything: they accept right outputs more than wrong ones."""
    return {
        name: check
        for name, check in step.checks.items()
        if check.accept_ok > check.accept_bad and name != step.vote
    }


def serial(step: StepProfile, *, person: bool) -> Iterator[Assurance]:
    """Every way of treating a step in which the run waits for it, `NOTHING` first.

    Args:
        step: what is known of it; verifiers that are no better than chance are left out.
        person: whether somebody can be asked.
    """
    yield NOTHING
    plain = replace(NOTHING, mode="serial")
    whens: tuple[HumanWhen, ...] = ("never", "on_failure") if person else ("never",)
    sets = list(_sets(telling(step)))
    if person:
        yield replace(plain, human="always")
        yield from (replace(one, human="always") for one in _panels(plain, sets, most=0))
    once = step.effect is Effect.IRREVERSIBLE
    for one, human in product(_panels(plain, sets, most=0 if once else MOST_RETRIES), whens):
        yield replace(one, human=human)
    if once:
        return
    for samples, one in product(_SAMPLES[1:], _panels(plain, sets, most=1)):
        yield from (replace(one, samples=samples, human=human) for human in whens)
    if step.vote:
        yield from _voted(step, plain, sets, whens)


def speculative(step: StepProfile, assurance: Assurance) -> Assurance | None:
    """The same treatment with what follows going on meanwhile; `None` if the run has to wait."""
    waits = step.effect is not Effect.PURE or assurance.human == "always"
    if waits or not (assurance.verifiers or assurance.vote):
        return None
    return replace(assurance, mode="speculative")


def _sets(checks: Mapping[str, CheckProfile]) -> Iterator[tuple[str, ...]]:
    names = tuple(checks)
    sizes = range(1, len(names) + 1) if len(names) <= _ALL_SETS else (1, 2, len(names))
    for size in sizes:
        yield from combinations(names, size)


def _panels(plain: Assurance, sets: list[tuple[str, ...]], *, most: int) -> Iterator[Assurance]:
    for names in sets:
        for quorum, retries in product(range(len(names), 0, -1), range(most + 1)):
            yield replace(plain, verifiers=names, quorum=quorum, retries=retries)


def _voted(
    step: StepProfile,
    plain: Assurance,
    sets: list[tuple[str, ...]],
    whens: tuple[HumanWhen, ...],
) -> Iterator[Assurance]:
    panels: list[tuple[str, ...]] = [(), *(names for names in sets if len(names) == 1)]
    for vote, names, human in product(_VOTES, panels, whens):
        for retries in range(2 if names else 1):
            yield replace(
                plain, verifiers=(*names, step.vote), vote=vote, retries=retries, human=human
            )

"""What the predictions made from a profile take for granted."""

from __future__ import annotations

from collections.abc import Iterator

from surestep.budgets.profile import Profile
from surestep.budgets.profiled import StepProfile


def assumptions(profile: Profile, *, confidence: float = 0.95) -> tuple[str, ...]:
    """One sentence for each thing a plan made from this profile assumes, the notes of its fit last.

    Args:
        profile: what the plan is made from.
        confidence: probability with which the plan is to keep its reliability.
    """
    return (*_assumed(profile, confidence), *_gathered(profile))


def _assumed(profile: Profile, confidence: float) -> Iterator[str]:
    steps = profile.steps
    if all(_stated(step) for step in steps.values()):
        yield "All rates are stated and taken as exact, so intervals have no width."
    else:
        yield (
            f"Rates are as uncertain as their trials leave them; the reliability is kept in "
            f"{confidence:.0%} of what they may be, and intervals span the same share."
        )
    yield (
        "Steps fail independently of each other; a wrong output spoils the run with its step's "
        "criticality."
    )
    alike = [f"{name} {step.spread:.2f}" for name, step in steps.items() if step.spread]
    if alike:
        yield f"Attempts at one task are correlated, as tasks differ in difficulty: {_list(alike)}."
    else:
        yield "Attempts at one task are independent of each other, as no spread is known."
    yield from _of_checks(profile)
    loops = [f"{name} {step.visits:.2f}" for name, step in steps.items() if step.visits != 1.0]
    if loops:
        yield f"Loops count by expected visits, each charged in full: {_list(loops)}."
    yield "Calls that can run at once do; no rate limit is modelled."
    if profile.person or any(step.person for step in steps.values()):
        yield "Waiting for people is no machine time; their minutes are counted apart."


def _stated(step: StepProfile) -> bool:
    checks = step.checks.values()
    return not step.trials and not any(one.trials_ok or one.trials_bad for one in checks)


def _of_checks(profile: Profile) -> Iterator[str]:
    checks = [
        (f"{name}/{check}", it)
        for name, step in profile.steps.items()
        for check, it in step.checks.items()
    ]
    blind = [f"{name} {it.blind:.2f}" for name, it in checks if it.blind]
    if blind:
        yield f"Wrong outputs that a whole family of verifiers misses: {_list(blind)}."
    elif checks:
        yield "Verifiers share no blind spot that the profile knows of."
    useless = [name for name, it in checks if it.accept_ok <= it.accept_bad]
    if useless:
        yield f"Never placed, as it tells right from wrong no better than chance: {_list(useless)}."


def _gathered(profile: Profile) -> Iterator[str]:
    """The notes of the fit; those that say the same of several steps as one."""
    of: dict[str, list[str]] = {}
    for note in profile.notes:
        step, colon, said = note.partition(": ")
        known = bool(colon) and step in profile.steps
        of.setdefault(said if known else note, []).extend([step] if known else [])
    for said, steps in of.items():
        yield f"{_list(steps)}: {said}" if steps else said


def _list(words: list[str], most: int = 8) -> str:
    more = f" and {len(words) - most} more" if len(words) > most else ""
    return ", ".join(words[:most]) + more

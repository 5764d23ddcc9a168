"""What is asked of a plan, from the words of a command line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from surestep.budgets.limits import SLO
from surestep.cli.inputs import read_change
from surestep.errors import InputError

GOALS = {
    "cost": "cost_usd",
    "latency_p95": "latency_p95_s",
    "latency_mean": "latency_mean_s",
    "human_minutes": "human_minutes",
    "failures": "reliability",
}
"""What can be made small, as typed, and the objective it stands for."""

Limits = Annotated[
    list[str] | None,
    typer.Option(
        "--slo",
        metavar="LIMITS",
        help="What a run must meet: `reliability>=0.99`, `latency_p95_s<=12`, `latency_mean_s`, "
        "`latency_s` (kept with P = confidence), `cost_usd`, `human_minutes`, `confidence=0.9`; "
        "with commas, or several times.",
        show_default=False,
    ),
]
Minimise = Annotated[
    str | None,
    typer.Option(
        "--minimise",
        "--minimize",
        metavar="WHAT",
        help="cost, latency_p95, latency_mean, human_minutes or failures; default: cost if a "
        "reliability is asked for, else failures.",
        show_default=False,
    ),
]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a plan.

    Attributes:
        slo: the limits.
        objective: what is made as good as possible; `None` leaves it to the limits.
        forced: keys of assurances that are given, by step.
    """

    slo: SLO
    objective: str | None
    forced: Mapping[str, Mapping[str, object]]

    def words(self) -> Iterator[str]:
        """Each limit, the goal and each given choice, in a few words."""
        limits = self.slo.as_dict()
        confidence = limits.pop("confidence")
        for name, limit in limits.items():
            yield f"{name} {'≥' if name == 'reliability' else '≤'} {limit:g}"
        goal = self.objective or ("reliability" if self.slo.reliability is None else "cost_usd")
        word = next(word for word, name in GOALS.items() if name == goal)
        yield f"fewest {word}" if goal == "reliability" else f"least {word}"
        yield f"confidence {confidence:g}"
        for step, keys in self.forced.items():
            yield from (f"{step}.{key} = {value}" for key, value in keys.items())


def objective(word: str | None) -> str | None:
    """The objective of `--minimise`; its name in an SLO does as well.

    Raises:
        InputError: it is none.
    """
    known = GOALS | {name: name for name in GOALS.values() if name != "reliability"}
    if word is not None and word not in known:
        raise InputError(f"--minimise names {word!r}.", remedy=f"Choose from: {', '.join(GOALS)}.")
    return None if word is None else known[word]


def forced(words: Sequence[str]) -> dict[str, dict[str, object]]:
    """The choices of `--force`, by step; a step's path may itself hold dots.

    Raises:
        InputError: one is no `step.key=value`.
    """
    found: dict[str, dict[str, object]] = {}
    for word in words:
        name, equals, value = word.partition("=")
        step, dot, key = name.rpartition(".")
        if not (equals and dot and step and key):
            raise InputError(
                f"--force {word!r} is no step.key=value.", remedy="Write it as in draft.mode=off."
            )
        found.setdefault(step, {}).update([read_change(f"{key}={value}")])
    return found

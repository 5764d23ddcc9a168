"""How a step is treated in one run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, Self, get_args

from surestep.budgets import checked
from surestep.budgets.tally import Tally
from surestep.errors import PlanError
from surestep.values import Mode

HumanWhen = Literal["never", "on_failure", "always"]

VOTE_KEYS = ("ahead_by", "first", "wave", "cap")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assurance:
    """How one step is treated in one run; `None` means as the step declares.

    Attributes:
        mode: `"serial"` waits for the checks inside the step, `"speculative"` lets them run
            beside what follows, `"off"` runs none.
        verifiers: names of the verifiers to run, in this order; `()` runs none.
        retries: how often a refused output is redone.
        samples: outputs to draw before the first accepted one is taken.
        vote: `False` for no vote, `True` for the step's own, or its numbers: any of `ahead_by`,
            `first`, `wave`, `cap`.
        quorum: how many of the verifiers have to accept; all of them unless given.
        tally: weighs samples and verdicts as evidence for each answer, and so decides how many
            of either are asked for; it takes the place of `samples`, `vote` and `quorum`.
        hedge_after_s: seconds after which a second worker call is made beside the first.
        speculate: whether others may build on the step before it is settled.
        human: when a person is asked.

    Raises:
        PlanError: for a value the field does not take, or two that decide the same thing.
    """

    mode: Mode = "serial"
    verifiers: tuple[str, ...] | None = None
    retries: int | None = None
    samples: int | None = None
    # Left out of the hash because a mapping has none; equal values still hash alike.
    vote: bool | Mapping[str, int] | None = field(default=None, hash=False)
    quorum: int | None = None
    tally: Tally | None = None
    hedge_after_s: float | None = None
    speculate: bool | None = None
    human: HumanWhen | None = None

    def __post_init__(self) -> None:
        _check_choice("mode", self.mode, get_args(Mode))
        if self.verifiers is not None:
            object.__setattr__(self, "verifiers", checked.names("verifiers", self.verifiers))
        if self.retries is not None:
            checked.count("retries", self.retries, least=0)
        if self.samples is not None:
            checked.count("samples", self.samples, least=1)
        if isinstance(self.vote, Mapping):
            object.__setattr__(self, "vote", _vote(self.vote))
        elif self.vote is not None:
            _check_flag("vote", self.vote, or_else=f" or a table of {', '.join(VOTE_KEYS)}")
        if self.quorum is not None:
            checked.count("quorum", self.quorum, least=1)
        if self.hedge_after_s is not None:
            checked.positive("hedge_after_s", self.hedge_after_s, unit="seconds")
        if self.speculate is not None:
            _check_flag("speculate", self.speculate)
        if self.human is not None:
            _check_choice("human", self.human, get_args(HumanWhen))
        self._check_samples()

    def _check_samples(self) -> None:
        voting = self.vote is not None and self.vote is not False
        if voting and self.samples is not None and self.samples > 1:
            raise PlanError(
                f"samples is {self.samples} next to a vote, which draws samples itself.",
                remedy="Leave samples out, or set vote to false.",
            )
        several = voting or self.quorum is not None or (self.samples or 1) > 1
        if self.tally is not None and several:
            raise PlanError(
                "samples, vote or quorum stands next to a tally, which takes their place.",
                remedy="Leave them out, or the tally.",
            )

    @classmethod
    def of_dict(cls, step: str, values: Mapping[str, object]) -> Self:
        """The assurance of `step` that `as_dict` wrote, or a person.

        Raises:
            PlanError: for an unknown key or a value that does not fit; it names the step.
        """
        return cls().changed(step, values)

    def changed(self, step: str, values: Mapping[str, object]) -> Self:
        """This, with the given keys of the assurance of `step` set anew.

        Raises:
            PlanError: for an unknown key or a value that does not fit; it names the step.
        """
        # The values are checked by __post_init__, which is why untyped ones may pass here.
        changes: dict[str, Any] = dict(values)
        with checked.within(f"Step {step!r}"):
            checked.keys("assurance", changes, optional=_KEYS)
            if isinstance(changes.get("tally"), Mapping):
                changes["tally"] = Tally.of_dict(changes["tally"])
            return replace(self, **changes)

    def as_dict(self) -> dict[str, object]:
        """The fields that say something, as plain JSON and TOML values."""
        values = {key: getattr(self, key) for key in _KEYS}
        if self.verifiers is not None:
            values["verifiers"] = list(self.verifiers)
        if isinstance(self.vote, Mapping):
            values["vote"] = dict(self.vote)
        if self.tally is not None:
            values["tally"] = self.tally.as_dict()
        return {key: value for key, value in values.items() if value is not None}


_KEYS = tuple(entry.name for entry in fields(Assurance))


def _check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    if not isinstance(value, str) or value not in choices:
        listed = ", ".join(map(repr, choices))
        raise PlanError(f"{name} is {value!r}.", remedy=f"Give one of {listed}.")


def _check_flag(name: str, value: object, *, or_else: str = "") -> None:
    if not isinstance(value, bool):
        raise PlanError(f"{name} is {value!r}.", remedy=f"Give true, false{or_else}.")


def _vote(vote: Mapping[str, object]) -> dict[str, int]:
    checked.keys("vote", vote, optional=VOTE_KEYS)
    numbers = {key: checked.count(f"vote {key}", value, least=1) for key, value in vote.items()}
    for key in ("ahead_by", "first"):
        if "cap" in numbers and numbers.get(key, 0) > numbers["cap"]:
            raise PlanError(
                f"vote cap is {numbers['cap']}, below {key}, which is {numbers[key]}.",
                remedy=f"Give a cap of {numbers[key]} or more.",
            )
    return numbers

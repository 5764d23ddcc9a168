"""A plan: an assurance for every step, as a value and as a TOML file.

gap = 0.01

[default]
mode = "serial"

[steps.decide]
mode = "serial"
verifiers = ["policy", "judge"]
retries = 1

[steps."sub/deep"]
mode = "off"
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Self

from surestep.budgets import checked, files, toml
from surestep.budgets.assurance import Assurance
from surestep.budgets.predicted import Predicted
from surestep.errors import PlanError


@dataclass(frozen=True, slots=True)
class Plan:
    """How every step is treated, and what that is predicted to give.

    Attributes:
        steps: the assurance of each step that has one of its own, by the step's path.
        default: the assurance of every other step; all its verifiers, serially, unless given.
        predicted: what the planner expects; `None` for a plan written by hand.
        gap: a bound on the plan's distance from the optimum; `None` if nobody has bounded it.

    Raises:
        PlanError: for a step without a name, or a negative, NaN or infinite gap.
    """

    # Left out of the hash because a mapping has none; equal plans still hash alike.
    steps: Mapping[str, Assurance] = field(default_factory=dict, hash=False)
    default: Assurance = field(default=Assurance(), kw_only=True)
    predicted: Predicted | None = field(default=None, kw_only=True)
    gap: float | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", dict(self.steps))
        for step, assurance in self.steps.items():
            if not step:
                raise PlanError(f"A step's name is {step!r}.", remedy="Name it as in add_step.")
            if not isinstance(assurance, Assurance):
                raise PlanError(f"Step {step!r} is {assurance!r}.", remedy="Give an Assurance.")
        if self.gap is not None:
            _gap(self.gap)

    @classmethod
    def everything(cls) -> Self:
        """The plan that runs every verifier of every step and waits for it."""
        return cls()

    @classmethod
    def nothing(cls) -> Self:
        """The plan that runs no verifier at all."""
        return cls(default=Assurance(mode="off"))

    def of(self, step: str) -> Assurance:
        """How `step` is treated."""
        return self.steps.get(step, self.default)

    def prediction(self) -> Predicted:
        """What it is predicted to do.

        Raises:
            PlanError: nobody has predicted that.
        """
        if self.predicted is None:
            raise PlanError("The plan has no prediction.", remedy="Take one from surestep.plan.")
        return self.predicted

    def with_step(self, step: str, /, **changes: object) -> Self:
        """A copy in which some keys of one step's assurance are changed, as in `mode="off"`.

        A prediction made for the plan before the change no longer holds, so the copy has none.

        Raises:
            PlanError: for a key that `Assurance` does not have, or a value it refuses.
        """
        steps = {**self.steps, step: self.of(step).changed(step, changes)}
        return replace(self, steps=steps, predicted=None, gap=None)

    def check(self, steps: Mapping[str, Collection[str]]) -> None:
        """Nothing, if the plan fits a graph, given as the names of each step's verifiers.

        Raises:
            PlanError: for a step or verifier the graph does not have; suggests the closest.
        """
        for step in self.steps:
            checked.known(step, steps, what="Step")
        for step, verifiers in steps.items():
            assurance = self.of(step)
            weighed = assurance.tally.checks if assurance.tally else ()
            for name in (*(assurance.verifiers or ()), *weighed):
                checked.known(name, verifiers, what=f"Step {step!r}: verifier")

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Self:
        """The plan in a TOML file.

        Raises:
            PlanError: if the file cannot be read, or what it says is no plan.
        """
        return cls.of_toml(files.read_text(path, what="plan"), source=str(path))

    def write(self, path: str | os.PathLike[str]) -> None:
        """Replace a TOML file by this plan.

        Raises:
            PlanError: if the place cannot be written.
        """
        files.write_text(path, self.toml(), what="plan")

    @classmethod
    def of_toml(cls, text: str, *, source: str = "plan") -> Self:
        """The plan a TOML text says; errors name `source`, and the line where the TOML breaks.

        Raises:
            PlanError: if the text is no TOML, or what it says is no plan.
        """
        try:
            values = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise PlanError(
                f"{source} is no TOML: {error}.", remedy="Mend it there: https://toml.io."
            ) from error
        with checked.within(source):
            return cls.of_dict(values)

    def toml(self) -> str:
        """This plan as TOML, which `of_toml` reads back as an equal plan."""
        head = {} if self.gap is None else {"gap": self.gap}
        parts = [toml.table((), head)] if head else []
        parts.append(toml.table(("default",), self.default.as_dict()))
        parts += [
            toml.table(("steps", step), entry.as_dict()) for step, entry in self.steps.items()
        ]
        if self.predicted is not None:
            parts.append(toml.table(("predicted",), asdict(self.predicted)))
        return "\n".join(parts)

    @classmethod
    def of_dict(cls, values: Mapping[str, object]) -> Self:
        """The plan that `as_dict` wrote.

        Raises:
            PlanError: for an unknown key, or a value that does not fit.
        """
        checked.keys("plan", values, optional=[entry.name for entry in fields(cls)])
        steps = checked.table("steps", values.get("steps", {}))
        default = checked.table("default", values.get("default", {}))
        predicted, gap = values.get("predicted"), values.get("gap")
        return cls(
            {
                step: Assurance.of_dict(step, checked.table(f"steps.{step}", entry))
                for step, entry in steps.items()
            },
            default=Assurance.of_dict("default", default),
            predicted=predicted
            if predicted is None
            else Predicted.of_dict(checked.table("predicted", predicted)),
            gap=gap if gap is None else _gap(gap),
        )

    def as_dict(self) -> dict[str, object]:
        """This plan as plain JSON and TOML values, which `of_dict` reads back."""
        values: dict[str, object] = {
            "default": self.default.as_dict(),
            "steps": {step: entry.as_dict() for step, entry in self.steps.items()},
        }
        if self.predicted is not None:
            values["predicted"] = asdict(self.predicted)
        if self.gap is not None:
            values["gap"] = self.gap
        return values


def _gap(value: object) -> float:
    return checked.not_negative("gap", value, unit="as the bound on the distance to the optimum")

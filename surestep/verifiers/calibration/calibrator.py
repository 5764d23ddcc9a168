"""A calibrator as a value: raw confidence in, probability of being right out."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Literal

from surestep.budgets import checked
from surestep.budgets.files import read_text, write_text
from surestep.errors import PlanError
from surestep.verifiers.calibration import curves
from surestep.verifiers.calibration.curves import Curve

Method = Literal["isotonic", "platt", "venn-abers"]
_CURVES: Mapping[Method, Callable[[Mapping[str, object]], Curve]] = {
    "isotonic": curves.ramps,
    "platt": curves.sigmoid,
    "venn-abers": curves.steps,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrator:
    """Says how likely an output is right, from how sure its worker is.

    Attributes:
        method: how it was fitted.
        curve: what it learnt.
        outcomes: how many outputs of known truth it was fitted on.
        wrong: how many of them were wrong.
        worth: how many equally weighted ones they are worth.
    """

    method: Method
    curve: Curve
    outcomes: int
    wrong: int
    worth: float

    def __call__(self, score: float) -> float:
        """P(right) of an output with this raw confidence.

        Of the two probabilities of Venn-Abers it is the one that loses least whichever is true:
        high / (1 - low + high) (Vovk, Petej and Fedorova 2015, §4).
        """
        low, high = self.curve.bounds(score)
        return high / (1.0 - low + high)

    def between(self, score: float) -> tuple[float, float]:
        """The lower and the upper probability; the further apart, the fewer outcomes were alike.

        Methods other than Venn-Abers have only one.
        """
        return self.curve.bounds(score)

    def as_dict(self) -> dict[str, object]:
        """The calibrator as plain JSON values."""
        return asdict(self)

    @classmethod
    def of_dict(cls, values: Mapping[str, object]) -> Calibrator:
        """The calibrator that `as_dict` describes.

        Raises:
            PlanError: for an unknown method or key, a missing one, or a value that does not fit.
        """
        fields = ("method", "curve", "outcomes", "wrong", "worth")
        checked.keys("calibrator", values, required=fields)
        method = known_method(values["method"])
        return cls(
            method=method,
            curve=_CURVES[method](checked.table("curve", values["curve"])),
            outcomes=checked.count("outcomes", values["outcomes"], least=0),
            wrong=checked.count("wrong", values["wrong"], least=0),
            worth=checked.not_negative("worth", values["worth"], unit="outcomes"),
        )

    def write(self, path: str | os.PathLike[str]) -> None:
        """Keep it in a JSON file.

        Raises:
            PlanError: if the place cannot be written.
        """
        write_text(path, json.dumps(self.as_dict()) + "\n", what="calibrator")

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Calibrator:
        """The calibrator that `write` kept.

        Raises:
            PlanError: if the file cannot be read, or holds no calibrator.
        """
        with checked.within(f"calibrator {os.fspath(path)!r}"):
            try:
                values = json.loads(read_text(path, what="calibrator"))
            except json.JSONDecodeError as error:
                raise PlanError(
                    f"It is no JSON: {error}.", remedy="Fit and write it anew."
                ) from error
            return cls.of_dict(checked.table("calibrator", values))


def known_method(method: object) -> Method:
    """`method`, which is one we have.

    Raises:
        PlanError: if it is not.
    """
    # `known` gives a string back, and types want one of the literals.
    name = checked.known(str(method), _CURVES, what="Calibration method")
    return next(one for one in _CURVES if one == name)

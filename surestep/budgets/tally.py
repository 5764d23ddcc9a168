"""Evidence for and against each answer of a step, weighed in log-odds, one arrival at a time.

Samples vote and verifiers judge; an answer is committed to once its probability reaches
1 - `risk`. Tasks may differ in difficulty: on a hard one samples agree on a wrong answer more
often, and knowing so is what keeps the risk honest.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

from surestep.budgets import checked
from surestep.errors import PlanError


@dataclass(frozen=True, slots=True, kw_only=True)
class Difficulty:
    """One class of tasks.

    Attributes:
        share: share of all tasks that belong to it, in [0, 1].
        success: P(a sample is right) on such a task, in (0, 1).

    Raises:
        PlanError: for a rate that does not fit.
    """

    share: float
    success: float

    def __post_init__(self) -> None:
        checked.rate("share", self.share)
        checked.open_rate("success", self.success)


@dataclass(frozen=True, slots=True, kw_only=True)
class Strength:
    """What a verdict of one verifier says.

    Attributes:
        accept_ok: P(accept | right), in (0, 1).
        accept_bad: P(accept | wrong), in (0, 1).

    Raises:
        PlanError: for a rate of 0 or 1, whose verdict no other evidence could outweigh.
    """

    accept_ok: float
    accept_bad: float

    def __post_init__(self) -> None:
        checked.open_rate("accept_ok", self.accept_ok)
        checked.open_rate("accept_bad", self.accept_bad)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How a step weighs its evidence.

    Attributes:
        risk: P(wrong) at which an answer is committed to, in (0, 1).
        classes: the kinds of tasks; their shares add up to 1.
        checks: what each verifier's verdict says, by its name; verifiers it does not name
            are not asked.
        first: samples drawn at once in the beginning.
        cap: samples at most; a step still undecided then is inconclusive.
        repeats: how often one verifier may judge one answer; more than 1 only helps where its
            verdicts on the same output vary.

    Raises:
        PlanError: for a value that does not fit.
    """

    risk: float
    classes: tuple[Difficulty, ...]
    # Left out of the hash because a mapping has none; equal values still hash alike.
    checks: Mapping[str, Strength] = field(default_factory=dict, hash=False)
    first: int = 1
    cap: int = 9
    repeats: int = 1

    def __post_init__(self) -> None:
        checked.open_rate("tally risk", self.risk)
        checked.count("tally first", self.first, least=1)
        checked.count("tally cap", self.cap, least=self.first)
        checked.count("tally repeats", self.repeats, least=1)
        total = math.fsum(one.share for one in self.classes)
        if not math.isclose(total, 1.0, abs_tol=1e-9):
            raise PlanError(
                f"The shares of the tally's classes add up to {total}.",
                remedy="Give shares that add up to 1.",
            )
        object.__setattr__(self, "classes", tuple(self.classes))
        object.__setattr__(self, "checks", dict(self.checks))

    @classmethod
    def of_dict(cls, values: Mapping[str, object]) -> Self:
        """The tally that `as_dict` wrote, or a person.

        Raises:
            PlanError: for an unknown key or a value that does not fit.
        """
        names = [entry.name for entry in fields(cls)]
        checked.keys("tally", values, required=("risk", "classes"), optional=names)
        # The values are checked by __post_init__, which is why untyped ones may pass here.
        fitting: dict[str, Any] = dict(values)
        classes = values["classes"]
        if not isinstance(classes, list | tuple):
            raise PlanError(f"tally classes is {classes!r}.", remedy="Give a list of tables.")
        fitting["classes"] = tuple(_value(Difficulty, "class", one) for one in classes)
        checks = checked.table("tally checks", values.get("checks", {}))
        fitting["checks"] = {name: _value(Strength, name, one) for name, one in checks.items()}
        return cls(**fitting)

    def as_dict(self) -> dict[str, object]:
        """This tally as plain JSON and TOML values."""
        return {**asdict(self), "classes": [asdict(one) for one in self.classes]}


def _value(kind: type[Any], name: str, given: object) -> Any:
    values = checked.table(f"tally {name}", given)
    checked.keys(f"tally {name}", values, required=[entry.name for entry in fields(kind)])
    return kind(**values)

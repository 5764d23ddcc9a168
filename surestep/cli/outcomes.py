"""What run records say of how often runs, and single steps, were right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from surestep.errors import InputError
from surestep.traces.labels import steps_in


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Runs and what is known of their truth.

    Attributes:
        truths: whether each run was right, in the order they were run; `None` if nobody knows.
        steps: whether each output that went on was right, by the name of its step.
    """

    truths: list[bool | None] = field(default_factory=list)
    steps: dict[str, list[bool]] = field(default_factory=dict)

    @classmethod
    def of(cls, records: Iterable[Mapping[str, object]]) -> Self:
        """The outcomes of run records, as `surestep.traces.runs` describes them.

        A run that failed gave no right result, whether that is said or not; one that goes on, or
        waits for a person, is left out. Outputs that were refused are no step's last word.

        Raises:
            InputError: a record does not say whether it is right in a way that can be read.
        """
        found = cls()
        for number, record in enumerate(records, 1):
            ok, outcome = _truth(record, f"Run {number}"), record.get("outcome", "succeeded")
            if ok is None and outcome == "failed":
                ok = False
            if ok is not None or outcome == "succeeded":
                found.truths.append(ok)
            for step in steps_in(record) if "steps" in record else ():
                right = _truth(step, f"A step of run {number}")
                if right is not None and step.get("outcome") != "":
                    name = step.get("step", step.get("agent", step.get("i")))
                    found.steps.setdefault(str(name), []).append(right)
        return found

    @property
    def known(self) -> list[bool]:
        """The truths that are known, in order."""
        return [ok for ok in self.truths if ok is not None]


def _truth(value: Mapping[str, object], what: str) -> bool | None:
    ok = value.get("ok")
    if ok is None or isinstance(ok, bool):
        return ok
    if ok in (0, 1):
        return bool(ok)
    raise InputError(
        f"{what} has ok={ok!r}.", remedy="Give true, false, or null where nobody knows."
    )

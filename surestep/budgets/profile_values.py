"""What a profile knows, read back from the plain JSON values it is written as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from surestep.budgets import checked
from surestep.budgets.profiled import CheckProfile, Confidence, PersonProfile, StepProfile
from surestep.errors import PlanError


def step_of(step: str, values: Mapping[str, object]) -> StepProfile:
    """What is known of a step, from plain JSON values.

    Raises:
        PlanError: for an unknown key or a value that does not fit; it names the step.
    """
    with checked.within(f"Step {step!r}"):
        checked.keys("step", values, required=("success",), optional=_names(StepProfile))
        checks = checked.table("checks", values.get("checks", {}))
        # The values are checked by __post_init__, which is why untyped ones may pass here.
        fitting: dict[str, Any] = dict(values)
        fitting["checks"] = {
            name: _check(name, checked.table(f"checks.{name}", entry))
            for name, entry in checks.items()
        }
        fitting["person"] = person_of(values.get("person"))
        fitting["calibration"] = _calibration(values.get("calibration", ()))
        return StepProfile(**fitting)


def person_of(values: object) -> PersonProfile | None:
    """What is known of people, from plain JSON values; `None` if these are.

    Raises:
        PlanError: for an unknown key or a value that does not fit.
    """
    if values is None:
        return None
    with checked.within("person"):
        entries = checked.table("the person", values)
        checked.keys("person", entries, required=("minutes",), optional=_names(PersonProfile))
        fitting: dict[str, Any] = dict(entries)
        return PersonProfile(**fitting)


def _calibration(values: object) -> tuple[Confidence, ...]:
    if not isinstance(values, list | tuple):
        raise PlanError(f"calibration is {values!r}.", remedy="Give a list of tables.")
    entries = [checked.table("calibration", entry) for entry in values]
    for entry in entries:
        checked.keys("calibration", entry, required=("said", "right"), optional=("trials",))
    # The values are checked by __post_init__, which is why untyped ones may pass here.
    fitting: list[dict[str, Any]] = [dict(entry) for entry in entries]
    return tuple(Confidence(**entry) for entry in fitting)


def _check(name: str, values: Mapping[str, object]) -> CheckProfile:
    with checked.within(f"check {name!r}"):
        required = ("accept_ok", "accept_bad")
        checked.keys("check", values, required=required, optional=_names(CheckProfile))
        fitting: dict[str, Any] = dict(values)
        return CheckProfile(**fitting)


def _names(kind: type[StepProfile | CheckProfile | PersonProfile]) -> tuple[str, ...]:
    return tuple(entry.name for entry in fields(kind))

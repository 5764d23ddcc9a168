"""Numbers and names that have been looked at: each function returns its value or refuses it.

Options arrive from Python, TOML, JSON and the command line, so nothing is taken on trust; `bool`
is refused where a number is meant, because `True` would quietly count as 1.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager

from surestep.errors import PlanError


def finite(name: str, value: object, *, remedy: str) -> float:
    """`value` as a finite number.

    Raises:
        PlanError: if it is anything else.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise PlanError(f"{name} is {value!r}.", remedy=remedy)
    return float(value)


def not_negative(name: str, value: object, *, unit: str) -> float:
    """`value` as a finite number of at least 0.

    Raises:
        PlanError: if it is anything else.
    """
    number = finite(name, value, remedy=f"Give 0 or more {unit}.")
    if number < 0.0:
        raise PlanError(f"{name} is {value!r}.", remedy=f"Give 0 or more {unit}.")
    return number


def positive(name: str, value: object, *, unit: str) -> float:
    """`value` as a finite number above 0.

    Raises:
        PlanError: if it is anything else.
    """
    number = finite(name, value, remedy=f"Give more than 0 {unit}.")
    if number <= 0.0:
        raise PlanError(f"{name} is {value!r}.", remedy=f"Give more than 0 {unit}.")
    return number


def rate(name: str, value: object) -> float:
    """`value` as a probability, 0 and 1 included.

    Raises:
        PlanError: if it is anything else.
    """
    number = finite(name, value, remedy="Give a probability between 0 and 1.")
    if not 0.0 <= number <= 1.0:
        raise PlanError(f"{name} is {value!r}.", remedy="Give a probability between 0 and 1.")
    return number


def rates(owner: object, *names: str) -> None:
    """Nothing, if these attributes are probabilities, 0 and 1 included.

    Raises:
        PlanError: if one is not.
    """
    for name in names:
        rate(name, getattr(owner, name))


def amounts(owner: object, **units: str) -> None:
    """Nothing, if these attributes are finite numbers of at least 0; their units are given.

    Raises:
        PlanError: if one is not.
    """
    for name, unit in units.items():
        not_negative(name, getattr(owner, name), unit=unit)


def times(name: str, value: object) -> tuple[float, ...]:
    """`value` as times in seconds, each finite and at least 0.

    Raises:
        PlanError: if it is anything else.
    """
    if not isinstance(value, list | tuple):
        raise PlanError(f"{name} is {value!r}.", remedy="Give a list of seconds.")
    return tuple(not_negative(name, entry, unit="seconds") for entry in value)


def open_rate(name: str, value: object) -> float:
    """`value` as a probability strictly between 0 and 1.

    Raises:
        PlanError: if it is anything else.
    """
    number = rate(name, value)
    if number in {0.0, 1.0}:
        raise PlanError(
            f"{name} is {value!r}, which no finite amount of checking reaches.",
            remedy="Give a probability strictly between 0 and 1.",
        )
    return number


def count(name: str, value: object, *, least: int) -> int:
    """`value` as a whole number of at least `least`.

    Raises:
        PlanError: if it is anything else.
    """
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise PlanError(f"{name} is {value!r}.", remedy=f"Give a whole number, {least} or more.")
    return value


def known(name: str, allowed: Iterable[str], *, what: str) -> str:
    """`name`, which is one of `allowed`.

    Raises:
        PlanError: if it is not; the remedy suggests the closest names.
    """
    names = sorted(allowed)
    if name in names:
        return name
    close = difflib.get_close_matches(str(name), names)
    hint = f"Did you mean {' or '.join(map(repr, close))}? " if close else ""
    listed = ", ".join(names) or "none"
    raise PlanError(f"{what} {name!r} is unknown.", remedy=f"{hint}Known: {listed}.")


def table(name: str, value: object) -> Mapping[str, object]:
    """`value` as a mapping from names.

    Raises:
        PlanError: if it is anything else.
    """
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise PlanError(f"{name} is {value!r}.", remedy="Give a table of names and values.")
    return value


def keys(
    name: str,
    values: Mapping[str, object],
    *,
    required: Collection[str] = (),
    optional: Collection[str] = (),
) -> None:
    """Nothing, if `values` has all required keys and none that is unknown.

    Raises:
        PlanError: if it does not; an unknown key is answered with the closest known.
    """
    for key in values:
        known(key, (*required, *optional), what=f"{name} key")
    missing = [key for key in required if key not in values]
    if missing:
        raise PlanError(f"{name} lacks {', '.join(missing)}.", remedy="Add what is missing.")


def names(name: str, value: object) -> tuple[str, ...]:
    """`value` as different names in their order.

    Raises:
        PlanError: if it is anything else, a bare string included.
    """
    remedy = "Give a list of different names."
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise PlanError(f"{name} is {value!r}.", remedy=remedy)
    if len(set(value)) < len(value):
        raise PlanError(f"{name} is {value!r}.", remedy=remedy)
    return tuple(value)


@contextmanager
def within(place: str) -> Iterator[None]:
    """A context in which refusals also name the file, step or check they are about.

    Raises:
        PlanError: the one raised inside, with `place` before its problem.
    """
    try:
        yield
    except PlanError as error:
        raise PlanError(f"{place}: {error.problem}", remedy=error.remedy) from error

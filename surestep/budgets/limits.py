"""What a step may spend, and what a run must meet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Self

from surestep.budgets import checked
from surestep.errors import PlanError


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What one step may spend in one run, over all its attempts and the checks it waits for.

    Attributes:
        latency_s: machine time in seconds; `None`, the default, leaves it to the run.
        cost_usd: US dollars; 0 allows free calls only, `None`, the default, leaves it to the run.

    Raises:
        PlanError: for a negative, NaN or infinite amount, or a latency of 0.
    """

    latency_s: float | None = None
    cost_usd: float | None = None

    def __post_init__(self) -> None:
        _check_amounts(self, "Budget")


@dataclass(frozen=True, slots=True, kw_only=True)
class SLO:
    """What a run must meet; a field that is `None` asks for nothing.

    In `session(slo=...)` `latency_s` and `cost_usd` are hard limits of that run and the rest aims
    for planning. In `plan()` `latency_s` means P(late) <= 1 - `confidence`, and `cost_usd` and
    `human_minutes` are means per run.

    Attributes:
        reliability: probability that the run's result is right, strictly between 0 and 1.
        latency_s: machine time in seconds.
        latency_mean_s: mean machine time in seconds.
        latency_p95_s: 95th percentile of machine time in seconds.
        cost_usd: US dollars; 0 allows free calls only.
        human_minutes: minutes of people's time per run.
        confidence: probability with which the aims are to be met; 0.95 by default.

    Raises:
        PlanError: for a negative, NaN or infinite amount, a latency of 0, or a probability that
            is not strictly between 0 and 1.
    """

    reliability: float | None = None
    latency_s: float | None = None
    latency_mean_s: float | None = None
    latency_p95_s: float | None = None
    cost_usd: float | None = None
    human_minutes: float | None = None
    confidence: float = 0.95

    def __post_init__(self) -> None:
        _check_amounts(self, "SLO")

    @classmethod
    def of_words(cls, words: str | Iterable[str]) -> Self:
        """The SLO written as `["latency_p95_s<=12", "reliability>=0.99"]`, or with commas.

        Upper limits are written with `<=`, `reliability` with `>=`, `confidence` with `=`; a
        latency may end in its unit, as in `latency_s<=10s`. A name may leave its unit out.

        Raises:
            PlanError: for a word that cannot be read, an unknown field, a field given twice, or
                a value the field refuses.
        """
        given: dict[str, float] = {}
        parts = [words] if isinstance(words, str) else words
        for word in (word.strip() for part in parts for word in part.split(",")):
            name, value = _read_word(word)
            if name in given:
                raise PlanError(
                    f"{name} is given twice, again in {word!r}.", remedy="Give it once."
                )
            with checked.within(repr(word)):
                cls(**{name: value})
            given[name] = value
        return cls(**given)

    @classmethod
    def of_dict(cls, values: Mapping[str, object]) -> Self:
        """The SLO that `as_dict` wrote.

        Raises:
            PlanError: for an unknown field, or a value the field refuses.
        """
        for name in values:
            checked.known(name, _SENSE, what="SLO field")
        remedy = "Give a number, or leave it out."
        return cls(
            **{
                name: checked.finite(f"SLO {name}", value, remedy=remedy)
                for name, value in values.items()
            }
        )

    def as_dict(self) -> dict[str, float]:
        """The fields that ask for something, as plain JSON values."""
        return {name: value for name, value in asdict(self).items() if value is not None}


_SENSE = {field.name: "<=" for field in fields(SLO)} | {"reliability": ">=", "confidence": "="}
_FULL = {re.sub("_(s|usd)$", "", name): name for name in _SENSE}
_WORD = re.compile(r"(?P<name>\w+)\s*(?P<sense><=|>=|=|<|>)\s*(?P<value>\S+)")


def _read_word(word: str) -> tuple[str, float]:
    forms = ", ".join(f"{name}{sense}" for name, sense in _SENSE.items())
    remedy = f"Write one of {forms} and a number."
    match = _WORD.fullmatch(word)
    if match is None:
        raise PlanError(f"{word!r} is no SLO.", remedy=remedy)
    name, sense, text = _FULL.get(match["name"], match["name"]), match["sense"], match["value"]
    if name not in _SENSE:
        raise PlanError(f"{word!r} names no field of an SLO.", remedy=remedy)
    if sense != _SENSE[name]:
        raise PlanError(
            f"{word!r} compares {name} with {sense!r}.", remedy=f"Write {name}{_SENSE[name]}..."
        )
    try:
        return name, float(text.removesuffix("s") if name.endswith("_s") else text)
    except ValueError:
        raise PlanError(f"{word!r} ends in {text!r}, which is no number.", remedy=remedy) from None


def _check_amounts(owner: Budget | SLO, what: str) -> None:
    for name, value in asdict(owner).items():
        if value is None and name != "confidence":
            continue
        label = f"{what} {name}"
        if name in {"reliability", "confidence"}:
            checked.open_rate(label, value)
        elif name.startswith("latency"):
            checked.positive(label, value, unit="seconds")
        elif name == "human_minutes":
            checked.not_negative(label, value, unit="minutes")
        else:
            checked.not_negative(label, value, unit="US dollars")

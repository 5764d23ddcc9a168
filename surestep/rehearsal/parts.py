"""The parts every role of a scenario is made of: latency, tokens, faults, confidence.

In a scenario file each is a table of its role, here with every key it can have:

    [roles.latency]
    kind = "lognormal"        # or "constant", "empirical"
    median_s = 1.2            # seconds; of "constant", the latency itself
    sigma = 0.5               # of "lognormal": spread of the logarithm
    values_s = []             # of "empirical": seconds, each as likely as the others

    [roles.tokens]            # what usage says; left out, a quarter of the characters
    input = 600
    output = 40

    [roles.faults]            # probabilities; a request meets at most one fault
    rate_limit = 0.01         # 429 with Retry-After
    server_error = 0.01       # 500
    unavailable = 0.01        # 503
    stall = 0.01              # nothing for stall_s, then the answer
    truncated = 0.01          # the first half of the answer, finish_reason "length"
    schema_drift = 0.01       # a key of another name, or chatter before a text
    dropped = 0.01            # the connection breaks in the middle of the answer
    retry_after_s = 1.0
    stall_s = 600.0

    [roles.confidence]
    field = "confidence"      # where an object says how sure the role is
    calibrated = true         # false: a number that knows nothing of the task

Times are multiplied by the scenario's `time_scale`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from surestep.errors import InputError

Rate = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
FaultKind = Literal[
    "rate_limit", "server_error", "unavailable", "stall", "truncated", "schema_drift", "dropped"
]
FAULT_KINDS: tuple[FaultKind, ...] = (
    "rate_limit",
    "server_error",
    "unavailable",
    "stall",
    "truncated",
    "schema_drift",
    "dropped",
)


class Part(BaseModel):
    """A frozen piece of a scenario that refuses unknown keys and impossible values.

    Raises:
        InputError: a value that does not fit, named by its place.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", arbitrary_types_allowed=True, hide_input_in_errors=True
    )

    def __init__(self, **values: object) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise _refusal(error.errors()[0], tuple(type(self).model_fields)) from None

    @classmethod
    def read(cls, values: Mapping[str, object]) -> Self:
        """The part a table of a scenario file describes."""
        return cls(**values)


def _refusal(detail: ErrorDetails, keys: tuple[str, ...]) -> InputError:
    """The first thing wrong, as our own error; one from a part inside keeps its words."""
    place = _place(detail["loc"])
    inner = detail.get("ctx", {}).get("error")
    if isinstance(inner, InputError):
        return InputError(
            f"{place}: {inner.problem}" if place else inner.problem, remedy=inner.remedy
        )
    if detail["type"] == "extra_forbidden":
        return InputError(f"{place!r} is no key here.", remedy=f"The keys are: {', '.join(keys)}.")
    if detail["type"] == "missing":
        return InputError(f"{place!r} is missing.", remedy="Give it a value.")
    return InputError(f"{place} is {detail['input']!r}.", remedy=f"{detail['msg']}.")


def _place(keys: tuple[int | str, ...]) -> str:
    """Where a value stands, without pydantic's names for the alternatives it tried."""
    tried = re.compile(r"worker|judge|replay|.*[\[(].*")
    named = (key for key in keys if isinstance(key, int) or not tried.fullmatch(key))
    return "".join(f"[{k}]" if isinstance(k, int) else f".{k}" for k in named).lstrip(".")


class Latency(Part):
    """How long a role takes to answer, in seconds before `time_scale`.

    Attributes:
        kind: `constant`, `lognormal`, or `empirical`.
        median_s: the latency, or the median of the log-normal.
        sigma: standard deviation of the log-normal's logarithm.
        values_s: what `empirical` draws from.
    """

    kind: Literal["constant", "lognormal", "empirical"] = "constant"
    median_s: Seconds = 0.0
    sigma: float = Field(default=0.0, ge=0, le=10)
    values_s: tuple[Seconds, ...] = ()

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if self.sigma and self.kind != "lognormal":
            raise InputError(
                f"sigma is {self.sigma} in a latency of kind {self.kind!r}.",
                remedy="Only kind 'lognormal' has one.",
            )
        if bool(self.values_s) != (self.kind == "empirical"):
            raise InputError(
                f"values_s is {list(self.values_s)} in a latency of kind {self.kind!r}.",
                remedy="Kind 'empirical' needs some, the others have none.",
            )
        return self


class Tokens(Part):
    """What usage says; `None` counts a quarter of the characters, rounded up."""

    input: int | None = Field(default=None, ge=0)
    output: int | None = Field(default=None, ge=0)


class Faults(Part):
    """How often each fault meets a request; a request meets at most one.

    Attributes:
        rate_limit: probability of HTTP 429 with `Retry-After`.
        server_error: probability of HTTP 500.
        unavailable: probability of HTTP 503.
        stall: probability that nothing comes for `stall_s`.
        truncated: probability that the answer ends in its middle.
        schema_drift: probability that an object's key has another name.
        dropped: probability that the connection breaks in the middle of the answer.
        retry_after_s: what a 429 asks for, in seconds before `time_scale`.
        stall_s: how long a stall lasts, in seconds before `time_scale`.
    """

    rate_limit: Rate = 0.0
    server_error: Rate = 0.0
    unavailable: Rate = 0.0
    stall: Rate = 0.0
    truncated: Rate = 0.0
    schema_drift: Rate = 0.0
    dropped: Rate = 0.0
    retry_after_s: Seconds = 1.0
    stall_s: Seconds = 600.0

    @model_validator(mode="after")
    def _sum_to_a_probability(self) -> Self:
        total = sum(rate for _, rate in self.rates())
        if total > 1.0 + 1e-9:
            raise InputError(
                f"The probabilities of all faults sum to {total:g}.",
                remedy="A request meets at most one: keep the sum at 1 or less.",
            )
        return self

    def rates(self) -> list[tuple[FaultKind, float]]:
        """Each fault with its probability, in the order they are drawn."""
        return [(kind, float(getattr(self, kind))) for kind in FAULT_KINDS]


class Confidence(Part):
    """How a role says how sure it is.

    Attributes:
        field: the key of an object answer that gets the number: of a worker, that its answer
            is right, of a judge, that the candidate is. An answer whose requested schema has
            no such key stays as it is. Token log-probabilities say it always.
        calibrated: whether the number is the true probability of being right, given the
            task's difficulty, or a draw from [0.5, 1) that knows nothing.
    """

    field: str = "confidence"
    calibrated: bool = True

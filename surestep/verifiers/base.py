"""What a verifier is, how plain functions become one, and how its answer becomes a verdict."""

from __future__ import annotations

import asyncio
import functools
import inspect
import math
import reprlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeAlias, runtime_checkable

from surestep.clock import now_s
from surestep.errors import BudgetExceeded, GraphError, OutputUncapped, PriceUnknown
from surestep.values import Verdict

Answer: TypeAlias = bool | Verdict

# A call that was refused is no judgement at all: the step's budget policy decides.
_REFUSALS = (BudgetExceeded, PriceUnknown, OutputUncapped)

# Any, because both parameters have the types of the user's own graph.
CheckFunction: TypeAlias = Callable[[Any, Any], Answer | Awaitable[Answer]]


@runtime_checkable
class Verifier(Protocol):
    """Something with a name that judges a worker's output.

    A verifier may also have an attribute `timeout_s`, in seconds, after which its check is
    cancelled and counts as inconclusive.
    """

    @property
    def name(self) -> str:
        """The name plans, traces and feedback use; unique within a step."""

    async def check(self, state: Any, update: Any, /) -> Answer:
        """Whether `update`, made by a worker that saw `state`, is right.

        Args:
            state: the state the worker saw.
            update: the state update it returned, as it returned it.

        Returns:
            `True`, `False`, or a verdict that says more.
        """


@dataclass(frozen=True, slots=True)
class FunctionVerifier:
    """A verifier made of a function of `(state, update)`, sync or async.

    A sync function runs inline on the event loop, so it should be quick.

    Attributes:
        function: the function; returns (or resolves to) a bool or a `Verdict`.
        name: the verifier's name.
        timeout_s: seconds until the check is cancelled; `None` for no limit of its own.

    Raises:
        GraphError: the name is empty, or the time-out is not a positive number.
    """

    function: CheckFunction
    name: str = field(kw_only=True)
    timeout_s: float | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        check_options(self.name, self.timeout_s)

    async def check(self, state: object, update: object) -> Answer:
        """The function's own answer, awaited if need be."""
        answer = self.function(state, update)
        return await answer if inspect.isawaitable(answer) else answer


def verifier(
    *, name: str | None = None, timeout_s: float | None = None
) -> Callable[[CheckFunction], FunctionVerifier]:
    """A decorator that makes a verifier of a function of `(state, update)`.

    Args:
        name: the verifier's name; by default the function's.
        timeout_s: seconds until the check is cancelled; `None` for no limit of its own.

    Raises:
        GraphError: the name is empty, or the time-out is not a positive number.
    """

    def wrap(function: CheckFunction) -> FunctionVerifier:
        chosen = name_of(function) if name is None else name
        return FunctionVerifier(function, name=chosen, timeout_s=timeout_s)

    return wrap


def as_verifier(obj: object) -> Verifier:
    """`obj` itself if it is a verifier, else a verifier made of it.

    Args:
        obj: a verifier; any object with a method `check(state, update)`, named by its class
            if it has no `name`; or a sync or async function of `(state, update)`.

    Raises:
        GraphError: `obj` is none of these, or its name or time-out does not fit.
    """
    if isinstance(obj, type):
        raise GraphError(f"Verifier {obj.__name__!r} is a class.", remedy="Give an instance of it.")
    if isinstance(obj, Verifier):
        check_options(obj.name, getattr(obj, "timeout_s", None))
        return obj
    function = getattr(obj, "check", obj)
    if not callable(function):
        raise GraphError(
            f"Verifier {reprlib.repr(obj)} cannot be called.",
            remedy="Give a function of (state, update), or an object with a method `check`.",
        )
    name = type(obj).__name__ if function is not obj else name_of(obj)
    return FunctionVerifier(function, name=name, timeout_s=getattr(obj, "timeout_s", None))


async def judge_output(
    verifier: Verifier, state: object, update: object, *, timeout_s: float | None = None
) -> Verdict:
    """A complete verdict of one verifier on one output, whatever the verifier does.

    A verifier that raises, times out or answers with anything but a bool or a `Verdict` has
    not judged: the verdict is `inconclusive`, its feedback says why, and its evidence names
    the error's type.

    Args:
        verifier: the verifier to ask.
        state: the state the worker saw.
        update: the state update the worker returned.
        timeout_s: seconds until the check is cancelled; the verifier's own `timeout_s`
            counts too if it is shorter, and `None` leaves only that one.

    Returns:
        The verdict, with `verifier` and `latency_s` filled in.

    Raises:
        BudgetExceeded: a call of the verifier was refused; the step's budget policy decides.
        PriceUnknown: the same, for want of a price.
        OutputUncapped: the same, for want of a bound on the model's output.
    """
    own_s = getattr(verifier, "timeout_s", None)
    limit_s = min((s for s in (timeout_s, own_s) if s is not None), default=None)
    started_s = now_s()
    verdict = await _asked(verifier, state, update, limit_s)
    return replace(verdict, verifier=verifier.name, latency_s=now_s() - started_s)


async def _asked(
    verifier: Verifier, state: object, update: object, limit_s: float | None
) -> Verdict:
    limit = asyncio.timeout(limit_s)
    try:
        async with limit:
            answer: object = verifier.check(state, update)
            if inspect.isawaitable(answer):
                answer = await answer
    except _REFUSALS:
        raise
    except Exception as error:  # noqa: BLE001  # A verifier is foreign code: it may raise anything.
        if limit.expired():
            return _inconclusive(f"no answer within {limit_s:g} s", "TimeoutError")
        kind = type(error).__name__
        return _inconclusive(f"it raised {kind}: {reprlib.repr(str(error))}", kind)
    if isinstance(answer, bool):
        return Verdict("pass" if answer else "fail")
    if isinstance(answer, Verdict):
        return answer
    return _inconclusive(
        f"it returned {reprlib.repr(answer)} instead of a bool or a Verdict", "TypeError"
    )


def _inconclusive(reason: str, error: str) -> Verdict:
    return Verdict(
        "inconclusive",
        feedback=f"The verifier did not judge: {reason}.",
        evidence={"error": error, "reason": reason},
    )


def name_of(function: object, *, default: str = "check") -> str:
    """The name of a function, or `default` if it has none of its own, as a lambda."""
    if isinstance(function, functools.partial):
        return name_of(function.func, default=default)
    name = getattr(function, "__name__", type(function).__name__)
    return default if name == "<lambda>" else str(name)


def check_options(name: object, timeout_s: object) -> None:
    """Refuse a name or a time-out no verifier can have.

    Raises:
        GraphError: the name is no string or empty, or the time-out is neither `None` nor a
            positive, finite number of seconds.
    """
    if not isinstance(name, str) or not name.strip():
        raise GraphError(f"Verifier name is {name!r}.", remedy="Give a string that is not empty.")
    if timeout_s is None:
        return
    if not isinstance(timeout_s, int | float) or not 0 < timeout_s < math.inf:
        raise GraphError(
            f"Verifier {name!r} has timeout_s={timeout_s!r}.",
            remedy="Give a positive number of seconds, or None.",
        )

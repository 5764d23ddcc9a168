"""Rules: predicates in code."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeAlias

from surestep.errors import GraphError
from surestep.values import Verdict
from surestep.verifiers.base import Answer, check_options, name_of

# Any and ..., because the parameters are `(update)` or `(state, update)` of the user's own types.
Predicate: TypeAlias = Callable[..., Any]


class Rule:
    """A verifier made of a predicate.

    Args:
        predicate: takes `(update)` or `(state, update)`, sync or async, and returns a bool,
            a string that says what is wrong (a fail with that feedback), or a `Verdict`.
            Anything else, `None` and the empty string included, makes the verdict
            inconclusive. A sync predicate runs inline, so it should be quick.
        name: the verifier's name; by default the predicate's, or "rule" for a lambda.
        feedback: what the worker is told when the predicate says `False`.

    Raises:
        GraphError: the predicate takes neither one nor two arguments, or the name is empty.
    """

    def __init__(
        self, predicate: Predicate, *, name: str | None = None, feedback: str = ""
    ) -> None:
        self.name = name_of(predicate, default="rule") if name is None else name
        self.feedback = feedback
        self._predicate = predicate
        check_options(self.name, None)
        self._takes_state = _arguments(predicate, self.name) == 2

    def __repr__(self) -> str:
        return f"Rule({self.name!r})"

    async def check(self, state: object, update: object) -> Answer:
        """What the predicate says of `update`.

        Raises:
            TypeError: it says something that is no judgement.
        """
        arguments = (state, update) if self._takes_state else (update,)
        answer: object = self._predicate(*arguments)
        if inspect.isawaitable(answer):
            answer = await answer
        if isinstance(answer, bool):
            return Verdict("pass") if answer else Verdict("fail", feedback=self.feedback)
        if isinstance(answer, str) and answer:
            return Verdict("fail", feedback=answer)
        if isinstance(answer, Verdict):
            return answer
        raise TypeError(
            f"rule {self.name!r} returned {answer!r:.100}, not a bool, a reason or a Verdict"
        )


def _arguments(predicate: object, name: str) -> int:
    """How many of `(state, update)` a predicate wants; arguments with a default are its own."""
    if not callable(predicate):
        raise GraphError(
            f"Rule {name!r} has the predicate {predicate!r:.100}, which cannot be called.",
            remedy="Give a function of (update) or (state, update).",
        )
    try:
        parameters = inspect.signature(predicate).parameters.values()
    except ValueError:  # some built-in functions hide their signature
        return 2
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return 2
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    required = sum(p.default is p.empty for p in positional)
    unfilled = any(p.kind is p.KEYWORD_ONLY and p.default is p.empty for p in parameters)
    if required not in (1, 2) or unfilled:
        raise GraphError(
            f"Rule {name!r} has a predicate with {required} positional arguments"
            f"{' and required keywords' if unfilled else ''}.",
            remedy="Give a function of (update) or (state, update).",
        )
    return required

"""A rehearsal suite: what it takes to rehearse a graph many times, and to tell right from wrong.

A TARGET offers one as the attribute `suite` beside it: a `Suite`, or a function that gives one.
Commands that rehearse a TARGET start the suite's world, set `OPENAI_BASE_URL` and
`OPENAI_API_KEY` to it, and make the graph then; so a TARGET that is a function finds its models
there, as does one whose module makes them when a call is due.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from surestep.budgets.profiled import PersonProfile
from surestep.errors import InputError
from surestep.rehearsal.scenario import Scenario
from surestep.values import Question

# Any: a run's input and state have the types of the user's own schema.
Input: TypeAlias = Mapping[str, Any]
State: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """Inputs with known truth, and the world they are worked on in.

    Attributes:
        inputs: of `(seed, n)`: the first `n` inputs of a seed; more of them begin with the same.
        right: of `(input, state)`: whether what a run ended with is right; a `KeyError` says
            that it is not, since a state may lack what a step was to put there.
        scenario: what the simulated model knows and gets wrong; runs give it their own seed.
        right_step: of `(input, step, update)`: whether what a step made is right, or `None`
            where it cannot tell; a `KeyError` says that it is not. By default the simulated
            model's own answers tell.
        answer: of `(input, question)`: what the person says who is asked, as an interface sends
            it (`{"type": "approve"}`), or `None` to leave the question open; by default nobody
            answers.
        person: what those people are like, for planning; rehearsals answer at once.
    """

    inputs: Callable[[int, int], Sequence[Input]]
    right: Callable[[Input, State], bool]
    scenario: Scenario
    right_step: Callable[[Input, str, Any], bool | None] | None = None
    answer: Callable[[Input, Question], Mapping[str, object] | None] | None = None
    person: PersonProfile | None = None

    def is_right(self, given: Input, state: State) -> bool:
        """Whether what a run ended with is right."""
        return holds(self.right, given, state)

    def is_step_right(self, given: Input, step: str, update: object) -> bool | None:
        """Whether what a step made is right; `None` if the suite cannot tell."""
        if self.right_step is None:
            return None
        try:
            return self.right_step(given, step, update)
        except LookupError:
            return False

    def drawn(self, seed: int, n: int) -> tuple[Input, ...]:
        """Exactly `n` inputs.

        Raises:
            InputError: `n` is below 1, or the suite has fewer.
        """
        if n < 1:
            raise InputError(f"{n} rehearsals are asked for.", remedy="Ask for 1 or more.")
        found = tuple(self.inputs(seed, n))
        if len(found) < n:
            raise InputError(
                f"The suite has {len(found)} inputs, and {n} are asked for.",
                remedy="Ask for fewer, or have the suite repeat them.",
            )
        return found[:n]


def holds(test: Callable[..., object], *of: object) -> bool:
    """Whether a test of a state holds; not, if the state lacks what it looks for."""
    try:
        return bool(test(*of))
    except LookupError:
        return False

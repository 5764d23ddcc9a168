"""What `add_step` declares of a step, checked as it is declared."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args

from langchain_core.runnables import Runnable

from surestep.budgets.limits import Budget
from surestep.errors import GraphError
from surestep.review.approval import Approvals
from surestep.review.earned import Earned
from surestep.review.reviewed import Reviewed
from surestep.values import Ask, Degrade, Effect, Output, Verdict
from surestep.verifiers import Judge, Schema, Verifier, Vote

# Any: the state has the type of the user's own schema.
HumanRule: TypeAlias = Callable[[Any, Output | None, tuple[Verdict, ...]], bool | Ask]
HumanPolicy: TypeAlias = Literal["never", "on_failure", "always"] | Ask | HumanRule
Undo: TypeAlias = Callable[[Any, Any, str], Awaitable[None]]
Confirm: TypeAlias = Callable[[str], Awaitable[Mapping[str, object] | None]]
Worker: TypeAlias = "Runnable[Any, Any]"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSpec:
    """One step as declared; `add_step` documents the fields.

    Raises:
        GraphError: for a value that does not fit, naming the step.
    """

    name: str
    worker: Worker
    takes_key: bool = False
    verifiers: tuple[Verifier, ...] = ()
    vote: Vote | None = None
    budget: Budget = field(default_factory=Budget)
    retries: int = 2
    samples: int = 1
    human: HumanPolicy = "never"
    review: Reviewed | None = None
    effect: Effect = Effect.PURE
    undo: Undo | None = None
    confirm: Confirm | None = None
    fallback: Worker | None = None
    fallback_takes_key: bool = False
    on_budget: Degrade = "fail"
    on_inconclusive: Degrade = "fail"
    speculate: bool = True
    hedge_after_s: float | None = None

    def __post_init__(self) -> None:
        self._check_counts()
        self._check_names()
        self._check_policies()
        self._check_effect()

    def _check_counts(self) -> None:
        if self.retries < 0:
            raise self._error(f"retries is {self.retries}.", "Give 0 or more.")
        if self.samples < 1:
            raise self._error(f"samples is {self.samples}.", "Give 1 or more.")
        if self.vote and self.samples > 1:
            raise self._error(
                f"samples is {self.samples} beside a Vote, which draws its own.",
                "Leave samples at 1.",
            )
        if self.hedge_after_s is not None and not self.hedge_after_s > 0.0:
            raise self._error(f"hedge_after_s is {self.hedge_after_s}.", "Give seconds above 0.")

    def _check_names(self) -> None:
        names = self.verifier_names
        for name in names:
            if names.count(name) > 1:
                raise self._error(
                    f"two verifiers are named {name!r}.", "Give each a name of its own."
                )

    def _check_policies(self) -> None:
        for option, value in (
            ("on_budget", self.on_budget),
            ("on_inconclusive", self.on_inconclusive),
        ):
            if value not in get_args(Degrade):
                raise self._error(
                    f"{option} is {value!r}.", f"Give one of {', '.join(get_args(Degrade))}."
                )
            if value == "fallback" and self.fallback is None:
                raise self._error(f"{option} is 'fallback', but there is none.", "Give fallback=.")
        known = self.human in ("never", "on_failure", "always") or isinstance(self.human, Ask)
        if not known and not callable(self.human):
            raise self._error(
                f"human is {self.human!r}.",
                "Give 'never', 'on_failure', 'always', an Ask, or a function of "
                "(state, output, verdicts).",
            )
        if self.review is not None and not isinstance(self.review, Reviewed):
            raise self._error(f"review is {self.review!r:.80}.", "Give a Reviewed.")

    def _check_effect(self) -> None:
        if self.effect is Effect.REVERSIBLE and self.undo is None:
            raise self._error("a reversible step needs its undo.", "Give undo=.")
        if self.effect is Effect.IRREVERSIBLE and (self.samples > 1 or self.vote):
            raise self._error(
                "an irreversible step runs at most once, so it cannot be sampled or voted on.",
                "Put the samples or the vote on the step that decides, before this one.",
            )

    @property
    def verifier_names(self) -> tuple[str, ...]:
        """The names plans may use, the vote's among them."""
        vote = (self.vote.name,) if self.vote else ()
        return (*(verifier.name for verifier in self.verifiers), *vote)

    @property
    def schema(self) -> Schema | None:
        """The schema an edited update must meet, if the step has one."""
        return next((one for one in self.verifiers if isinstance(one, Schema)), None)

    @property
    def asks_people(self) -> bool:
        """Whether a person may ever be asked about this step."""
        return self.human != "never" or "escalate" in (self.on_budget, self.on_inconclusive)

    @property
    def reviewed(self) -> Reviewed | None:
        """How its outputs are reviewed once they went on, if they are."""
        earned = isinstance(self.human, Earned)
        return self.review or (Reviewed() if earned else None)

    @property
    def attended(self) -> bool:
        """Whether people's work on it is kept in a database, which it then needs."""
        policy = self.human
        return self.reviewed is not None or (
            isinstance(policy, Approvals) and policy.team is not None
        )

    @property
    def waits(self) -> bool:
        """Whether it must not start while an output it rests on is unsettled."""
        return self.effect is not Effect.PURE or not self.speculate

    @property
    def undemanding(self) -> bool:
        """Whether it runs anywhere: without a checkpointer, a database or prices."""
        return (
            not self.asks_people
            and not self.attended
            and self.effect is not Effect.IRREVERSIBLE
            and not any(isinstance(one, Judge) for one in self.verifiers)
        )

    def _error(self, problem: str, remedy: str) -> GraphError:
        return GraphError(f"Step {self.name!r}: {problem}", remedy=remedy)


def takes_key(worker: object) -> bool:
    """Whether a worker has a parameter named `key`, so wants the step's idempotency key."""
    if isinstance(worker, Runnable) or not callable(worker):
        return False
    return "key" in inspect.signature(worker).parameters

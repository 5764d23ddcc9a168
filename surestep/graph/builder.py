"""Defining a graph whose steps are verified."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from os import PathLike
from typing import Any, Self

from langchain_core.runnables import Runnable
from langgraph._internal._runnable import coerce_to_runnable, is_async_callable
from langgraph.cache.base import BaseCache
from langgraph.graph import StateGraph
from langgraph.store.base import BaseStore
from langgraph.types import All, Checkpointer, TimeoutPolicy

from surestep.budgets.limits import Budget
from surestep.budgets.plan import Plan
from surestep.errors import GraphError
from surestep.graph.app import VerifiedApp
from surestep.graph.definition import Definition
from surestep.graph.session import check_type
from surestep.graph.shape import effects_of, shape_of
from surestep.graph.wiring import nested_definitions, wire
from surestep.nodes.spec import Confirm, HumanPolicy, StepSpec, Undo, takes_key
from surestep.review import Reviewed
from surestep.storage import Redactor
from surestep.values import Degrade, Effect
from surestep.verifiers import Vote, as_verifier

RESERVED = "surestep."


class VerifiedGraph(StateGraph[Any, Any, Any, Any]):
    """A LangGraph `StateGraph` with one more kind of node: the verified step.

    Every method of `StateGraph` works as documented there; `add_step` adds a worker together
    with what checks it, what it may spend and when a person is asked.

    Args:
        state_schema: as in `StateGraph`: a TypedDict, a dataclass or a pydantic model.
        context_schema: as in `StateGraph`.
        input_schema: as in `StateGraph`.
        output_schema: as in `StateGraph`.

    Raises:
        GraphError: the schema is no mapping of names to values, so it has no room for a record.
    """

    def __init__(
        self,
        state_schema: type[Any],
        context_schema: type[Any] | None = None,
        *,
        input_schema: type[Any] | None = None,
        output_schema: type[Any] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(
            state_schema,
            context_schema,
            input_schema=input_schema,
            output_schema=output_schema,
            **options,
        )
        if "__root__" in self.channels:
            raise GraphError(
                f"The state schema {state_schema!r} has no named fields.",
                remedy="Use a TypedDict, a dataclass or a pydantic model.",
            )
        self.steps: dict[str, StepSpec] = {}

    def add_step(
        self,
        name: str,
        worker: Callable[..., Any] | Runnable[Any, Any],
        *,
        verifiers: Sequence[object] = (),
        budget: Budget | None = None,
        retries: int = 2,
        samples: int = 1,
        human: HumanPolicy = "never",
        review: Reviewed | None = None,
        effect: Effect = Effect.PURE,
        undo: Undo | None = None,
        confirm: Confirm | None = None,
        fallback: Callable[..., Any] | Runnable[Any, Any] | None = None,
        on_budget: Degrade = "fail",
        on_inconclusive: Degrade = "fail",
        speculate: bool = True,
        hedge_after_s: float | None = None,
        timeout: float | timedelta | TimeoutPolicy | None = None,
        **node_options: Any,
    ) -> Self:
        """Add a worker and what makes its result trustworthy.

        Args:
            name: the step's name, as edges use it.
            worker: sync or async function, or Runnable; gets what LangGraph injects (`runtime`,
                `config`, `writer`, `store`), and the visit's idempotency key if it has a
                parameter `key`. Returns a state update, a `Command`, or an `Output` of either.
            verifiers: what judges the update, run side by side: verifiers, or functions of
                `(state, update)`; at most one of them a `Vote`.
            budget: what one visit may take; by default what the run has left.
            retries: worker calls allowed after the first when an output is refused. Default 2.
            samples: outputs drawn at once, of which the first accepted goes on. Default 1.
            human: when a person is asked: `"never"`, `"on_failure"` (refused and no retry
                left), `"always"`, an `Ask`, or a function of `(state, output, verdicts)` that
                returns a bool or an `Ask`; `output` is `None` before an irreversible effect.
            review: how outputs are reviewed once they went on without a person; default: not at
                all. Needs a database.
            effect: what the step does to the world. Irreversible steps run at most once, and
                are asked about before they run.
            undo: async, of `(state, update, key)`: undoes what a reversible step did, when its
                output is refused, or something it was built on; `update` is `None` if a crash
                came before it was known, and there may then be nothing to undo. If it raises, a
                person is asked, or the run fails. A worker that raises has to leave nothing
                behind itself.
            confirm: async, of `(key)`: after a crash, the update of an effect that happened, or
                `None` if it did not.
            fallback: a cheaper worker, for when a policy below says so.
            on_budget: what to do when money or time gives out: `"drop_check"` and
                `"accept_unverified"` go on with an output that no verdict has refused,
                `"fallback"`, `"escalate"` to a person, or `"fail"` (default).
            on_inconclusive: the same for a verifier that broke or abstained.
            speculate: whether later steps may start before this one is settled.
            hedge_after_s: seconds after which a slow worker is called a second time, and the
                first to answer wins; default: never.
            timeout: as in `StateGraph.add_node`; needs an async worker.
            node_options: further options of `StateGraph.add_node`.

        Returns:
            The graph itself.

        Raises:
            GraphError: an option does not fit; the message names the step and the value.
        """
        _check_step(name, worker, timed=timeout is not None)
        votes = [one for one in verifiers if isinstance(one, Vote)]
        if len(votes) > 1:
            raise GraphError(f"Step {name!r} has {len(votes)} votes.", remedy="Give one at most.")
        spec = StepSpec(
            name=name,
            worker=_runnable(name, "worker", worker),
            takes_key=takes_key(worker),
            verifiers=tuple(as_verifier(one) for one in verifiers if not isinstance(one, Vote)),
            vote=votes[0] if votes else None,
            budget=budget or Budget(),
            retries=retries,
            samples=samples,
            human=human,
            review=review,
            effect=_effect(name, effect),
            undo=undo,
            confirm=confirm,
            fallback=None if fallback is None else _runnable(name, "fallback", fallback),
            fallback_takes_key=takes_key(fallback),
            on_budget=on_budget,
            on_inconclusive=on_inconclusive,
            speculate=speculate,
            hedge_after_s=hedge_after_s,
        )
        self.add_node(name, worker, timeout=timeout, **node_options)
        self.steps[name] = spec
        return self

    def add_node(self, node: Any, action: Any = None, **options: Any) -> Self:
        """As in `StateGraph`; names that begin with `surestep.` are taken.

        Raises:
            GraphError: the name is taken.
        """
        _check_name(node if isinstance(node, str) else getattr(node, "__name__", ""), what="Node")
        super().add_node(node, action, **options)
        return self

    def compile(
        self,
        checkpointer: Checkpointer = None,
        *,
        plan: Plan | None = None,
        database: str | PathLike[str] | None = None,
        redact: Redactor | None = None,
        cache: BaseCache[Any] | None = None,
        store: BaseStore | None = None,
        interrupt_before: All | list[str] | None = None,
        interrupt_after: All | list[str] | None = None,
        debug: bool = False,
        name: str | None = None,
        **options: Any,
    ) -> VerifiedApp:
        """The graph as a `CompiledStateGraph` that verifies its steps.

        Args:
            checkpointer: as in `StateGraph`; questions to people need one when a run starts.
            plan: how steps are treated; default: every verifier, serially.
            database: path of the SQLite file for events, questions and the effect journal;
                default: `SURESTEP_DB`, else none. Without one nothing is traced, and a graph
                with an irreversible step does not start.
            redact: changes what is about to be stored in the database, as to hide secrets.
            cache: as in `StateGraph`.
            store: as in `StateGraph`.
            interrupt_before: as in `StateGraph`.
            interrupt_after: as in `StateGraph`.
            debug: as in `StateGraph`.
            name: as in `StateGraph`.
            options: further options of `StateGraph.compile`.

        Raises:
            PlanError: the plan is none, or names a step or a verifier the graph does not have.
        """
        check_type("plan", plan, Plan)
        definition = self._definition(
            plan=plan if plan is not None else Plan.everything(),
            database=None if database is None else str(database),
            redact=redact,
        )
        definition.plan.check(definition.verifier_names)
        return wire(
            definition,
            checkpointer=checkpointer,
            cache=cache,
            store=store,
            interrupt_before=interrupt_before,
            interrupt_after=interrupt_after,
            debug=debug,
            name=name,
            **options,
        )

    def shape(self) -> dict[str, tuple[str, ...]]:
        """The steps each step directly follows, by path; the ways back of loops left out."""
        return shape_of(self._definition(plan=Plan()))

    def effects(self) -> dict[str, Effect]:
        """What each step does to the world, by path."""
        return effects_of(self._definition(plan=Plan()))

    def _definition(
        self, *, plan: Plan, database: str | None = None, redact: Redactor | None = None
    ) -> Definition:
        return Definition(
            graph=self,
            steps=dict(self.steps),
            plan=plan,
            database=database,
            redact=redact,
            nested=nested_definitions(self),
        )


def _check_step(name: str, worker: object, *, timed: bool) -> None:
    _check_name(name, what="Step")
    if "/" in name:
        raise GraphError(
            f"Step name {name!r} has a slash, which parts the names in a plan's paths.",
            remedy="Name it without.",
        )
    if timed and not (isinstance(worker, Runnable) or is_async_callable(worker)):
        raise GraphError(
            f"Step {name!r} has a timeout, but its worker is not async.",
            remedy="Make the worker async: a thread cannot be cancelled.",
        )


def _check_name(name: str, *, what: str) -> None:
    if name.startswith(RESERVED):
        raise GraphError(f"{what} name {name!r} is reserved.", remedy=f"Drop {RESERVED!r}.")


def _runnable(
    step: str, role: str, worker: Callable[..., Any] | Runnable[Any, Any]
) -> Runnable[Any, Any]:
    if not isinstance(worker, Runnable) and not callable(worker):
        raise GraphError(
            f"Step {step!r}: its {role} is {worker!r:.80}.", remedy="Give a function or a Runnable."
        )
    name = step if role == "worker" else f"{step} {role}"
    return coerce_to_runnable(worker, name=name, trace=False)


def _effect(step: str, effect: str) -> Effect:
    try:
        return Effect(effect)
    except ValueError:
        kinds = ", ".join(map(str, Effect))
        raise GraphError(
            f"Step {step!r}: effect is {effect!r}.", remedy=f"Give one of {kinds}."
        ) from None

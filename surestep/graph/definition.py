"""What a compiled graph keeps of its definition; it survives every copy of the app."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from langgraph.graph import StateGraph

from surestep.budgets.plan import Plan
from surestep.budgets.typical import Typical
from surestep.nodes.spec import StepSpec
from surestep.storage import Redactor


@dataclass(frozen=True, kw_only=True)
class Definition:
    """A verified graph as the user defined and compiled it.

    Attributes:
        graph: the graph, without nodes of ours.
        steps: its steps by name.
        plan: the plan compiled in.
        database: where it is traced; `None` leaves that to `SURESTEP_DB`.
        redact: changes what is about to be stored; `None` stores it as it is.
        nested: the verified graphs inside its nodes, by node name.
        typical: what model calls of its runs have consumed.
    """

    graph: StateGraph[Any, Any, Any, Any]
    steps: Mapping[str, StepSpec]
    plan: Plan
    database: str | None
    redact: Redactor | None
    nested: Mapping[str, Definition]
    typical: Typical = field(default_factory=Typical, compare=False)

    @cached_property
    def specs(self) -> Mapping[str, StepSpec]:
        """All steps by path, those of nested graphs included."""
        found = dict(self.steps)
        for node, inner in self.nested.items():
            found |= {f"{node}/{path}": spec for path, spec in inner.specs.items()}
        return found

    @cached_property
    def demanding(self) -> Mapping[str, StepSpec]:
        """The steps that may need a checkpointer, a database or prices under the plan."""
        return {
            path: spec
            for path, spec in self.specs.items()
            if not spec.undemanding or self.plan.of(path).human is not None
        }

    @cached_property
    def attended(self) -> Mapping[str, StepSpec]:
        """The steps whose review, or whose people's time, a database has to keep."""
        return {path: spec for path, spec in self.specs.items() if spec.attended}

    @cached_property
    def verifier_names(self) -> Mapping[str, tuple[str, ...]]:
        """The names of each step's verifiers, by path."""
        return {path: spec.verifier_names for path, spec in self.specs.items()}

    def check(self, plan: Plan) -> None:
        """Nothing, if a plan fits the graph.

        Raises:
            PlanError: it names a step or a verifier the graph does not have.
        """
        # The plan compiled in was checked then.
        if plan is not self.plan:
            plan.check(self.verifier_names)


class Shadow(StateGraph[Any, Any, Any, Any]):
    """The graph LangGraph compiles: the user's, with the planner's and the person's node."""

    definition: Definition

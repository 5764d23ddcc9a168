"""Something else in the place of what the steps of a graph make, while it is rehearsed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import replace
from typing import Any, TypeAlias

from langchain_core.runnables import Runnable, RunnableConfig

from surestep.errors import InputError
from surestep.graph import VerifiedGraph
from surestep.graph.app import VerifiedApp
from surestep.nodes.calls.worker import as_output, update_of
from surestep.nodes.spec import StepSpec

# Any: an update has the type of the user's own schema.
Update: TypeAlias = Mapping[str, Any]
Instead: TypeAlias = Callable[[str, str, Update], Update]
"""Of step, thread and update: the update to go on with."""


def injected(found: VerifiedGraph | VerifiedApp, instead: Instead) -> VerifiedGraph:
    """A copy of a graph whose workers' updates go through `instead` before anyone sees them.

    Of a compiled graph, its plan and its other options stay behind. Steps of nested graphs are
    left alone.
    """
    graph = found.definition.graph if isinstance(found, VerifiedApp) else found
    assert isinstance(graph, VerifiedGraph)
    made = copy(graph)
    made.steps = {
        name: replace(spec, worker=_Injected(spec, instead)) for name, spec in graph.steps.items()
    }
    return made


class _Injected(Runnable[Any, Any]):
    """A worker whose updates somebody else has the last word on."""

    def __init__(self, spec: StepSpec, instead: Instead) -> None:
        self.name = spec.name
        self._step, self._worker, self._instead = spec.name, spec.worker, instead

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """Not for use: verified steps run asynchronously."""
        raise NotImplementedError

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """What the worker returns, with the other update.

        Raises:
            InputError: the worker's update is no mapping.
        """
        assert config is not None
        output = as_output(self._step, await self._worker.ainvoke(input, config, **kwargs))
        update = update_of(output)
        if not isinstance(update, Mapping):
            raise InputError(
                f"Step {self._step!r} returned {update!r:.80}, which has no keys to replace.",
                remedy="Return a dict, or leave the step out of the probe.",
            )
        thread = str(config["configurable"].get("thread_id", ""))
        other = self._instead(self._step, thread, update)
        routed = output.update is not update
        # Of a Command, the way it points stays.
        return replace(output, update=replace(output.update, update=other) if routed else other)  # type: ignore[type-var]

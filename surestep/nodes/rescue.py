"""LangGraph's own means against errors, to which a step that would fail closed goes first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from langchain_core.runnables import RunnableConfig
from langgraph._internal._constants import CONFIG_KEY_RUNTIME
from langgraph.pregel._retry import _should_retry_on
from langgraph.types import RetryPolicy

from surestep.errors import RunFailed, SurestepError
from surestep.nodes.ends import Broken
from surestep.nodes.landing import note
from surestep.nodes.live import Live
from surestep.values import Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescue:
    """What a node's options have LangGraph do when the node raises.

    Attributes:
        policies: when to run the node again.
        handled: whether an error handler takes over after that.
    """

    policies: Sequence[RetryPolicy] = ()
    handled: bool = False

    def error(
        self, end: Broken, *, effect: Effect, live: Live, config: RunnableConfig
    ) -> Exception | None:
        """What to raise for LangGraph to catch; `None` if it would only let it pass.

        The retry policy is for what workers raise, and not for effects that may have happened.
        """
        raised = None if isinstance(end.cause, SurestepError) else end.cause
        if raised is not None and effect is not Effect.IRREVERSIBLE:
            info = config["configurable"][CONFIG_KEY_RUNTIME].execution_info
            policy = next((one for one in self.policies if _should_retry_on(one, raised)), None)
            if policy is not None and info.node_attempt < policy.max_attempts:
                return raised
        if not self.handled:
            return None
        note(live, end, landed=False)
        return raised or RunFailed(end.path, end.reason, live.record())

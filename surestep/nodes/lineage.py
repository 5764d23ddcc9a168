"""Telling apart the many visits a `Send` fan-out makes of one step at once.

Every `Send` of a superstep has a place in it, which a re-run after a crash gives it again. The
places of a step, and of the nodes it is nested in, make its key unique.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar

from langchain_core.runnables import RunnableConfig
from langgraph._internal._constants import PUSH

_above: ContextVar[str] = ContextVar("surestep_lineage", default="")


def descend(config: RunnableConfig, known: str | None = None) -> str:
    """The places of the `Send`s that led to this node, as in `".0.3"`; `""` without any.

    What the node does from here on is nested in it. Its context is its own, so nothing has to
    be put back.

    Args:
        config: the node's config.
        known: the places that led here first, when the planner sends a visit on its way again.
    """
    if known is not None:
        _above.set(known)
        return known
    path: Sequence[object] = config["metadata"].get("langgraph_path", ())
    above = _above.get()
    if len(path) < 2 or path[0] != PUSH:
        return above
    lineage = f"{above}.{path[1]}"
    _above.set(lineage)
    return lineage

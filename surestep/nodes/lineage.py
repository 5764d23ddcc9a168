"""Telling apart the many visits a `Send` fan-out makes of one step at once.

Every `Send` of a superstep has a place in it, which a re-run after a crash gives it again. The
places of a step, and of the nodes it is nested in, make its key unique.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from langchain_core.runnables import RunnableConfig
from langgraph._internal._constants import PUSH

_above: ContextVar[str] = ContextVar("surestep_lineage", default="")


def lineage_of(config: RunnableConfig) -> str:
    """The places of the `Send`s that led to this node, as in `".0.3"`; `""` without any."""
    path: Sequence[object] = config["metadata"].get("langgraph_path", ())
    own = f".{path[1]}" if len(path) > 1 and path[0] == PUSH else ""
    return _above.get() + own


@contextmanager
def descended(config: RunnableConfig) -> Iterator[None]:
    """What runs inside is nested in this node."""
    token = _above.set(lineage_of(config))
    try:
        yield
    finally:
        _above.reset(token)

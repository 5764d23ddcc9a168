"""The two shapes of our runnables: nodes that only run asynchronously, and writers that need not.

A `Runnable` must offer `invoke` and `ainvoke`; each of these leaves one to be written.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain_core.runnables import Runnable, RunnableConfig
from langgraph.pregel._write import ChannelWriteEntry
from langgraph.types import Send


class AsyncNode(Runnable[Any, Any]):
    """A node with an `ainvoke`, in an app whose own `invoke` runs that too."""

    name: str | None

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """Refuse: LangGraph only gets here around the app's own `invoke`.

        Raises:
            TypeError: always.
        """
        raise TypeError(f"Node {self.name!r} runs asynchronously: call the app's ainvoke.")


class Writer(Runnable[Any, Any]):
    """A writer with an `invoke` that neither blocks nor awaits."""

    # LangGraph tells writers by this attribute: what they write, for its drawings.
    _is_channel_writer: Sequence[tuple[ChannelWriteEntry | Send, str | None]] = ()

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """The same as `invoke`."""
        return self.invoke(input, config, **kwargs)

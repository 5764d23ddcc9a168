"""The two shapes of our runnables: nodes that only run asynchronously, and writers that need not.

A `Runnable` must offer `invoke` and `ainvoke`; each of these leaves one to be written.
"""

from __future__ import annotations

from typing import Any

from langchain_core.runnables import Runnable, RunnableConfig


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

    # LangGraph tells writers from other runnables by this attribute.
    _is_channel_writer = True

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """The same as `invoke`."""
        return self.invoke(input, config, **kwargs)

"""Calls wait here for their provider's turn, before they are metered."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextvars import ContextVar

from langchain_core.callbacks import AsyncCallbackHandler, BaseCallbackHandler

from surestep.budgets.throttle import Rates

gate: ContextVar[BaseCallbackHandler | None] = ContextVar("surestep_gate", default=None)


class Gate(AsyncCallbackHandler):
    """Makes calls wait until their provider may be asked again."""

    run_inline = True
    raise_error = True

    def __init__(self, rates: Rates) -> None:
        self._rates = rates
        self._loop = asyncio.get_running_loop()

    async def on_chat_model_start(self, *given: object, **rest: object) -> None:
        """Wait for the provider's turn."""
        await self._wait(rest)

    async def on_llm_start(self, *given: object, **rest: object) -> None:
        """Wait for the provider's turn."""
        await self._wait(rest)

    async def _wait(self, rest: Mapping[str, object]) -> None:
        turn = self._rates.wait(_provider(rest.get("metadata")))
        if asyncio.get_running_loop() is self._loop:
            await turn
        else:
            # A blocking call in a worker thread brings a loop of its own; the rate is kept on
            # the run's.
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(turn, self._loop))


def pace(own: Gate | None) -> None:
    """Have the calls made from here on in this context wait for their turn, if they have to."""
    if own is not None:
        gate.set(own)


def _provider(metadata: object) -> str:
    return str(metadata.get("ls_provider") or "") if isinstance(metadata, Mapping) else ""

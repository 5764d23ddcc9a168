"""A draw that goes on beside the graph, while the graph goes on with its best output so far."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from surestep.nodes.candidate import Candidate, Lead, dismiss
from surestep.values import Output


class Trial:
    """A draw under way.

    Args:
        drawing: starts the draw; what it is given is called with each new best output.
        known: an output drawn before a crash.

    Attributes:
        leading: the best output so far; `None` while there is none.
        ruling: done once the draw has ended, or another output leads than the one bet on.
        task: the draw itself.
    """

    def __init__(
        self, drawing: Callable[[Lead], Coroutine[Any, Any, Candidate]], known: Output | None = None
    ) -> None:
        self.leading = known
        self.ruling: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._bet_on: Output | None = None
        self.task = asyncio.create_task(drawing(self._leads))
        self.task.add_done_callback(lambda _: self._rule())

    async def first(self) -> Output | None:
        """The first output that leads; `None` if the draw ends with nothing to bet on.

        Raises:
            BudgetExceeded: money or time did not suffice for a worker call.
        """
        try:
            await self.bet_on(None)
        except asyncio.CancelledError:
            await dismiss([self.task])
            raise
        if self.leading is None:
            # Raises what the draw did.
            self.task.result()
        return self.leading

    def bet_on(self, output: Output | None) -> asyncio.Future[None]:
        """Bet on `output`, or on there being none; the ruling on that."""
        self._bet_on = output
        self.ruling = asyncio.get_running_loop().create_future()
        if self.task.done() or self.leading is not output:
            self._rule()
        return self.ruling

    def found(self) -> Candidate | None:
        """What the draw came up with; `None` while it goes on.

        Raises:
            Exception: what was raised in it that is no verdict.
        """
        return self.task.result() if self.task.done() else None

    @property
    def ended(self) -> Candidate | None:
        """What the draw came up with; `None` while it goes on, or if it was cut off or raised."""
        return self.task.result() if self.task.done() and self.failure is None else None

    @property
    def failure(self) -> BaseException | None:
        """What was raised in the draw that is no verdict, if it has ended so."""
        if not self.task.done():
            return None
        return asyncio.CancelledError() if self.task.cancelled() else self.task.exception()

    def _leads(self, output: Output | None) -> None:
        self.leading = output
        if output is not self._bet_on:
            self._rule()

    def _rule(self) -> None:
        if not self.ruling.done():
            self.ruling.set_result(None)

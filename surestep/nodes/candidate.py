"""What a draw comes up with, and what it says of itself while it goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from langgraph.errors import GraphBubbleUp

from surestep.errors import BudgetExceeded, InputError
from surestep.nodes.check import Checked
from surestep.values import Output

# An interrupt, a parent command, a refused call: none of these says the output is wrong.
PASSED_ON = (GraphBubbleUp, BudgetExceeded, InputError)

Lead: TypeAlias = Callable[[Output | None], None]
"""Told which output is the best so far, whenever that changes; `None` while none is left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An output that may go on, and what is known of it.

    Attributes:
        output: the output; `None` if the worker raised.
        checked: what the verifiers said.
        error: what the worker raised.
        calls: worker calls it took.
    """

    output: Output | None = None
    checked: Checked = field(default_factory=Checked)
    error: Exception | None = None
    calls: int = 1

    @property
    def accepted(self) -> bool:
        """Whether it may go on as it is."""
        return self.output is not None and self.checked.opinion == "pass"

    @property
    def refused(self) -> bool:
        """Whether it has to be made again."""
        return self.error is not None or self.checked.opinion == "fail"

    @property
    def feedback(self) -> str:
        """What a worker that tries again should know."""
        if self.error is not None:
            return f"The worker raised {type(self.error).__name__}: {self.error}"
        return self.checked.feedback


def unheard(output: Output | None) -> None:
    """For those who wait for the end of a draw, and need not know who leads."""


async def dismiss(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancel what still runs, and wait until it has settled its calls."""
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError, Exception):
            await task

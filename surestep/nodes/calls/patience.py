"""Trying again what a network lost: HTTP 429 and 5xx, dropped connections, time-outs."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Awaitable, Callable
from typing import TypeVar

from surestep.budgets.backoff import is_transient, next_wait_s, retry_after_s
from surestep.clock import now_s
from surestep.errors import BudgetExceeded

T = TypeVar("T")
Note = Callable[[int, float, Exception], None]
Late = Callable[[float], BudgetExceeded]


async def patiently(
    call: Callable[[], Awaitable[T]],
    *,
    seed: str,
    deadline_s: float | None = None,
    late: Late | None = None,
    note: Note,
    failed: Exception | None = None,
) -> T:
    """What `call` returns, tried again with back-off for as long as the deadline affords it.

    Args:
        call: makes the call.
        seed: decides the random part of the waits.
        deadline_s: when all must be done, on the loop's clock; `None` if never.
        late: makes the error for a wait, in seconds, that the deadline has no room for;
            without it the call's own error is raised.
        note: told of each wait: the number of failed calls, the wait in seconds, the error.
        failed: what a first call has raised that the caller has made itself.

    Raises:
        BudgetExceeded: the next wait would end after the deadline.
    """
    tries = 1
    while True:
        try:
            if failed is None:
                return await call()
            error, failed = failed, None
            raise error
        except Exception as error:
            wait_s = _wait_s(error, tries, seed)
            if wait_s is None:
                raise
            if deadline_s is not None and now_s() + wait_s >= deadline_s:
                if late is None:
                    raise
                raise late(wait_s) from error
            note(tries, wait_s, error)
        await asyncio.sleep(wait_s)
        tries += 1


def _wait_s(error: Exception, tries: int, seed: str) -> float | None:
    if not is_transient(error):
        return None
    return next_wait_s(
        tries,
        retry_after_s=retry_after_s(error),
        remaining_s=None,
        seed=zlib.crc32(seed.encode()),
    )

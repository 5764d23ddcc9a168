"""Trying again what a network lost: HTTP 429 and 5xx, dropped connections, time-outs."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Awaitable, Callable
from typing import TypeVar

from surestep.budgets.backoff import is_transient, next_wait_s, retry_after_s
from surestep.clock import now_s

T = TypeVar("T")
Note = Callable[[int, float, Exception], None]


async def patiently(
    call: Callable[[], Awaitable[T]], *, seed: str, deadline_s: float | None, note: Note
) -> T:
    """What `call` returns, tried again with back-off for as long as the deadline affords it.

    Args:
        call: makes the call.
        seed: decides the random part of the waits.
        deadline_s: when all must be done, on the loop's clock; `None` if never.
        note: told of each wait: the number of failed calls, the wait in seconds, the error.
    """
    tries = 1
    while True:
        try:
            return await call()
        except Exception as error:
            wait_s = _wait_s(error, tries, seed, deadline_s)
            if wait_s is None:
                raise
            note(tries, wait_s, error)
        await asyncio.sleep(wait_s)
        tries += 1


def _wait_s(error: Exception, tries: int, seed: str, deadline_s: float | None) -> float | None:
    if not is_transient(error):
        return None
    return next_wait_s(
        tries,
        retry_after_s=retry_after_s(error),
        remaining_s=None if deadline_s is None else deadline_s - now_s(),
        seed=zlib.crc32(seed.encode()),
    )

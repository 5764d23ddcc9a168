"""The one clock: machine time from the running event loop, wall time for the record.

Everything that waits uses asyncio, and everything that measures uses `now_s`, so a test
that runs on an event loop with a time of its own (`surestep.testing`) drives all of it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable


def now_s() -> float:
    """Monotonic seconds: the running loop's time, or the machine's outside of any loop."""
    try:
        return asyncio.get_running_loop().time()
    except RuntimeError:
        return time.monotonic()


def wall_s() -> float:
    """Seconds since the epoch, from the running loop if it keeps its own time of day."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return time.time()
    # Asked on every step, where isinstance would go through the protocol member by member.
    tell: Callable[[], float] = getattr(loop, "wall_time", time.time)
    return tell()

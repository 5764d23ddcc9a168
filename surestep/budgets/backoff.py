"""When a failed model call is worth repeating, and after how long."""

from __future__ import annotations

import math
import random
from datetime import UTC
from email.utils import parsedate_to_datetime

from surestep.clock import wall_s

BASE_S = 0.5
MAX_CALLS = 6
"""Calls made for one answer at most, so that a run without a latency limit ends too."""

# By name, because the clients that define them (openai, httpx and its successors) are not ours
# to import: https://www.python-httpx.org/exceptions/.
_TRANSIENT_CLASSES = frozenset(
    {"APIConnectionError", "NetworkError", "RemoteProtocolError", "TimeoutException"}
)
# 408 request timeout, 409 lock timeout, 429 too many requests: those OpenAI's own client repeats.
_TRANSIENT_STATUS = frozenset({408, 409, 429})


def next_wait_s(
    attempt: int, *, retry_after_s: float | None, remaining_s: float | None, seed: int
) -> float | None:
    """How long to wait before the next call, in seconds; `None` if there should be no other.

    There is none when the latency left is shorter than the wait, or after `MAX_CALLS`.

    The wait doubles with each attempt, from 0.5 s. Half of it is random, so that callers who
    failed together do not return together; a server's `Retry-After` replaces the other half.

    Args:
        attempt: how many calls have failed, from 1.
        retry_after_s: what the server asked for, in seconds; `None` if it did not.
        remaining_s: latency left, in seconds; `None` if unlimited.
        seed: decides the random part, together with `attempt`.
    """
    if attempt >= MAX_CALLS:
        return None
    half_s = BASE_S * 2.0 ** (attempt - 1) / 2.0
    least_s = half_s if retry_after_s is None else retry_after_s
    wait_s = least_s + half_s * random.Random(f"{seed}:{attempt}").random()
    return None if remaining_s is not None and wait_s >= remaining_s else wait_s


def is_transient(error: BaseException) -> bool:
    """Whether the same call may succeed later: HTTP 429 and 5xx, lost connections, timeouts.

    An exhausted quota is a 429 too, but no wait brings it back.
    """
    if getattr(error, "code", None) == "insufficient_quota":
        return False
    status = _status(error)
    if status is not None:
        return status in _TRANSIENT_STATUS or 500 <= status < 600
    names = {cls.__name__ for cls in type(error).__mro__}
    return isinstance(error, ConnectionError | TimeoutError) or bool(names & _TRANSIENT_CLASSES)


def retry_after_s(error: BaseException) -> float | None:
    """What the server asked to wait, in seconds from now; `None` if it did not, or unreadably.

    Reads `retry-after-ms` and `Retry-After` as seconds or as a date (RFC 9110, section 10.2.3).
    """
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    millis = _number(headers.get("retry-after-ms"))
    if millis is not None:
        return millis / 1000.0
    text = headers.get("retry-after")
    seconds = _number(text)
    return _seconds_until(str(text)) if seconds is None and text is not None else seconds


def _status(error: BaseException) -> int | None:
    own = getattr(error, "status_code", None)
    status = getattr(getattr(error, "response", None), "status_code", None) if own is None else own
    return status if isinstance(status, int) else None


def _number(text: object) -> float | None:
    try:
        number = float(str(text))
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0.0 else None


def _seconds_until(text: str) -> float | None:
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    # A date without a zone is meant as GMT, the only zone HTTP dates may have.
    moment = when if when.tzinfo is not None else when.replace(tzinfo=UTC)
    return max(0.0, moment.timestamp() - wall_s())

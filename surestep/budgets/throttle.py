"""Request rates per provider, kept by asyncio-throttle on the running loop's clock."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from asyncio_throttle.throttler import Throttler

from surestep.budgets import checked
from surestep.clock import now_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How often a provider may be asked.

    Attributes:
        requests: the most requests that start within any window of `per_s`.
        per_s: length of the window in seconds; 60.0 by default.

    Raises:
        PlanError: for less than one request, or a window that is not above 0.
    """

    requests: int
    per_s: float = 60.0

    def __post_init__(self) -> None:
        checked.count("Rate requests", self.requests, least=1)
        checked.positive("Rate per_s", self.per_s, unit="seconds")


class Rates:
    """The rates of all providers; one that is not named is asked without limit.

    Each event loop keeps a count of its own, because loops need not agree on the time.

    Args:
        rates: the rate of each provider, by its name as LangChain reports it (`"openai"`).
    """

    def __init__(self, rates: Mapping[str, Rate] | None = None) -> None:
        self._rates = dict(rates or {})
        self._throttlers: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, _LoopThrottler]]
        self._throttlers = WeakKeyDictionary()

    async def wait(self, provider: str) -> None:
        """Return once the provider may be asked; that request is counted as started."""
        rate = self._rates.get(provider)
        if rate is None:
            return
        of_loop = self._throttlers.setdefault(asyncio.get_running_loop(), {})
        if provider not in of_loop:
            of_loop[provider] = _LoopThrottler(rate)
        await of_loop[provider].acquire()


class _LoopThrottler(Throttler):
    """A throttler that goes by the running loop's time; the library's own asks the machine."""

    def __init__(self, rate: Rate) -> None:
        # Waiters poll; a tenth of the mean spacing keeps their delay small against the limit
        # itself without waking them a hundred times a second for one request a minute.
        spacing_s = rate.per_s / rate.requests
        super().__init__(rate.requests, period=rate.per_s, retry_interval=max(0.01, spacing_s / 10))

    def flush(self) -> None:
        now = now_s()
        while self._task_logs and now - self._task_logs[0] > self.period:
            self._task_logs.popleft()

    async def acquire(self) -> None:
        await super().acquire()  # type: ignore[no-untyped-call] # the library has no annotations
        self._task_logs[-1] = now_s()

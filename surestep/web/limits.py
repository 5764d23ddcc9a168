"""How often somebody may ask for something: a bucket of tokens for each of them."""

from __future__ import annotations

from surestep.budgets import checked
from surestep.clock import now_s

_MOST = 10_000


class Limiter:
    """At most so many requests a minute for each name, all of them at once if need be.

    Args:
        per_minute: how many.

    Raises:
        PlanError: for fewer than 1.
    """

    def __init__(self, per_minute: int) -> None:
        self._most = float(checked.count("per_minute", per_minute, least=1))
        self._left: dict[str, tuple[float, float]] = {}

    def wait_s(self, name: str) -> float:
        """Seconds until `name` may ask again; 0.0 takes one of their requests."""
        now = now_s()
        left = self._left_of(name, now)
        if left < 1.0:
            return (1.0 - left) * 60.0 / self._most
        if len(self._left) >= _MOST:
            self._forget(now)
        self._left[name] = (left - 1.0, now)
        return 0.0

    def _left_of(self, name: str, now: float) -> float:
        left, at = self._left.get(name, (self._most, now))
        return min(self._most, left + (now - at) * self._most / 60.0)

    def _forget(self, now: float) -> None:
        """Drop whoever could not be told from a newcomer; of too many others, the oldest."""
        kept = {
            name: it for name, it in self._left.items() if self._left_of(name, now) < self._most
        }
        self._left = dict(list(kept.items())[-_MOST // 2 :])

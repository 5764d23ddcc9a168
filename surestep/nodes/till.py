"""What a run has spent: money, calls and machine time."""

from __future__ import annotations

import threading
from dataclasses import replace

from surestep.budgets.ledger import Ledger
from surestep.clock import now_s, wall_s
from surestep.nodes.ends import Entry
from surestep.values import Role, Spent, Usage


class Till:
    """What the passes over one thread have spent so far. Safe to charge from worker threads.

    Args:
        before: what earlier passes have spent.
        cost_usd: the run's limit in US dollars; `None` for none.

    Attributes:
        ledger: the run's money, which every call reserves from.
    """

    def __init__(self, before: Spent, *, cost_usd: float | None) -> None:
        self.ledger = Ledger(
            cost_usd=cost_usd, spent_usd=before.cost_usd, withheld_usd=before.withheld_usd
        )
        self._spent = before
        self._before_s = before.machine_s
        self._calls_written = before.calls
        self._started_s = now_s()
        self._stopped_s: float | None = None
        self._lock = threading.Lock()

    @property
    def spent(self) -> Spent:
        """Money and time of the whole thread so far."""
        return replace(
            self._spent,
            machine_s=self._machine_s(self._stopped_s),
            wasted_usd=self._spent.wasted_usd + self.ledger.wasted_usd,
        )

    @property
    def unwritten(self) -> bool:
        """Whether calls were made since `entry` was last asked for."""
        return self._spent.calls != self._calls_written

    def charge(self, usage: Usage, role: Role) -> None:
        """Add what one call consumed."""
        with self._lock:
            self._spent = self._spent.charged(usage, role)

    def ends_at_s(self, latency_s: float) -> float:
        """When the thread's machine time comes to `latency_s`, in seconds of the loop's clock."""
        return self._started_s + latency_s - self._before_s

    def stop(self) -> None:
        """Stop the clock."""
        self._stopped_s = now_s()

    def entry(self) -> Entry:
        """What is spent so far and when that was, as plain JSON values."""
        entry: Entry = {"machine_s": self._machine_s(None), "at": wall_s()}
        spent = self._spent
        self._calls_written = spent.calls
        if spent.calls or spent.cost_usd:
            for name in ("cost_usd", "worker_usd", "checker_usd", "calls"):
                entry[name] = getattr(spent, name)
            entry["input_tokens"], entry["output_tokens"] = spent.input_tokens, spent.output_tokens
            if spent.estimated:
                entry["estimated_usd"] = spent.estimated_usd
                entry["withheld_usd"] = spent.withheld_usd
        if wasted_usd := spent.wasted_usd + self.ledger.wasted_usd:
            entry["wasted_usd"] = wasted_usd
        if spent.human_s:
            entry["human_s"] = spent.human_s
        return entry

    def _machine_s(self, stopped_s: float | None) -> float:
        now = now_s() if stopped_s is None else stopped_s
        return self._before_s + now - self._started_s

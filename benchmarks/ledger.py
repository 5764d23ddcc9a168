"""A ledger under 1,000 concurrent calls: is the ceiling ever exceeded, and how much is used?

Calls reserve and settle random amounts, from tasks and from threads, in the run's ledger or in
one of its steps'; some are cancelled in flight, some fail before anything is spent. An audit of
its own adds up, in exact fractions, what is spent and in flight.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import statistics
import threading
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

from _report import Figure, main

from surestep.budgets import Hold, Ledger
from surestep.errors import BudgetExceeded

CALLS = 1000
CEILING_USD = 1.0
STEPS = 10
TRIES = 40
"""How often a refused call comes back; the calls want about 1.6 times the ceiling."""


class Audit:
    """What is spent and in flight, added up apart from the ledger."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._total = Fraction(0)
        self.exceeded = 0

    def add(self, amount: Fraction) -> None:
        """Count an amount that is now spent or in flight; below 0 if it is no longer."""
        with self._lock:
            self._total += amount
            self.exceeded += self._total > Fraction(str(CEILING_USD))


class Call:
    """One model call: its worst price, its true one, and what becomes of it."""

    def __init__(self, draw: random.Random, ledgers: list[Ledger], audit: Audit) -> None:
        self.worst_usd = draw.uniform(0.0005, 0.004)
        self.true_usd = self.worst_usd * draw.betavariate(5, 2)
        self.fate = draw.choices(["settle", "cancel", "release"], [0.85, 0.1, 0.05])[0]
        self.threaded = draw.random() < 0.2
        self.delays = [draw.randrange(1, 6) for _ in range(TRIES)]
        self.ledger = draw.choice(ledgers)
        self.audit = audit

    async def run(self, threads: ThreadPoolExecutor) -> None:
        """Try until there is money or patience is out."""
        for delay in self.delays:
            try:
                if self.threaded:
                    await asyncio.get_running_loop().run_in_executor(threads, self._at_once)
                else:
                    await self._in_flight(delay)
            except BudgetExceeded:
                await _turns(delay)
            else:
                return

    def _at_once(self) -> None:
        self._end(self._reserve())

    async def _in_flight(self, turns: int) -> None:
        hold = self._reserve()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0 if self.fate == "cancel" else None):
                await _turns(turns)
        self._end(hold)

    def _reserve(self) -> Hold:
        hold = self.ledger.reserve(self.worst_usd)
        self.audit.add(Fraction(str(self.worst_usd)))
        return hold

    def _end(self, hold: Hold) -> None:
        # The audit goes down before the ledger does: the other way round, a thread that reserves
        # in between would look like an excess.
        worst = Fraction(str(self.worst_usd))
        match self.fate:
            case "settle":
                self.audit.add(Fraction(str(self.true_usd)) - worst)
                hold.settle(self.true_usd)
            case "cancel":
                hold.keep()
            case _:
                self.audit.add(-worst)
                hold.release()


async def _turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def run_once(seed: int) -> tuple[int, float]:
    """How often the ceiling was exceeded, and the share of it that was spent."""
    draw = random.Random(seed)
    audit = Audit()
    ledger = Ledger(cost_usd=CEILING_USD)
    ledgers = [ledger, *(ledger.child(f"step {n}", CEILING_USD / 5) for n in range(STEPS))]
    calls = [Call(draw, ledgers, audit) for _ in range(CALLS)]

    async def all_calls() -> None:
        with ThreadPoolExecutor(4) as threads:
            await asyncio.gather(*(call.run(threads) for call in calls))

    asyncio.run(all_calls())
    over = ledger.spent_usd > CEILING_USD or ledger.reserved_usd != 0.0
    return audit.exceeded + over, ledger.spent_usd / CEILING_USD


def measure(*, quick: bool) -> list[Figure]:
    """Both figures, over 100 seeds, or 20."""
    runs = [run_once(seed) for seed in range(20 if quick else 100)]
    exceeded = sum(times for times, _ in runs)
    share = statistics.median(share for _, share in runs)
    return [
        Figure("times the ceiling was exceeded", exceeded, len(runs), at_most=0),
        Figure("share of the ceiling used, median", share, len(runs)),
        Figure("share of the ceiling used, least", min(share for _, share in runs), len(runs)),
    ]


if __name__ == "__main__":
    main(__doc__, measure)

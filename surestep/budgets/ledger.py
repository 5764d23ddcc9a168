"""Money under concurrency: reserve the worst case before a call, settle the truth after it.

Amounts are kept as whole nano-dollars, because sums of floats drift and a drift upwards would
break a ceiling. A ceiling is rounded down and every charge up, both from the decimal form in
which the number was written (so that 0.1 fits into 0.1). The exact sum of all charges therefore
never exceeds the ceiling, and what is over-counted is below one nano-dollar a call.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal

from surestep.budgets import checked
from surestep.errors import BudgetExceeded

# A context of our own: the caller's may have too few digits for an exact shift.
_EXACT = Context(prec=400)
_NANOS = 10**9


class Ledger:
    """The money of one run or step: what is spent, what is reserved, and what is left.

    A ledger with a parent draws on its parent as well, up to the root. Safe to use from several
    threads: a whole tree shares one lock, which is never held while anything waits.

    Args:
        cost_usd: the ceiling in US dollars; 0 allows free calls only, `None` sets none.
        spent_usd: what earlier passes of the same scope have spent already, in US dollars; with
            a parent, a sum the parent was told of too.
        withheld_usd: what was withheld in them, in US dollars.
        scope: whose money it is, as errors name it: `"run"`, or a step's name.
        parent: the ledger this one draws on; `None` for the root.

    Raises:
        PlanError: for a negative, NaN or infinite amount.
    """

    _lines: tuple[_Line, ...]
    _lock: threading.Lock

    def __init__(
        self,
        *,
        cost_usd: float | None,
        spent_usd: float = 0.0,
        withheld_usd: float = 0.0,
        scope: str = "run",
        parent: Ledger | None = None,
    ) -> None:
        line = _Line(
            scope=scope,
            limit_usd=cost_usd,
            limit=None if cost_usd is None else _nanos_down(f"{scope}: cost_usd", cost_usd),
            spent=_nanos_up(f"{scope}: spent_usd", spent_usd),
            withheld=_nanos_up(f"{scope}: withheld_usd", withheld_usd),
        )
        above: tuple[_Line, ...] = ()
        if parent is not None:
            above = parent._lines  # noqa: SLF001 - a ledger of the same tree
        self._lock = threading.Lock() if parent is None else parent._lock  # noqa: SLF001 - as above
        self._lines = (*above, line)
        self._own = line

    def child(self, scope: str, cost_usd: float | None) -> Ledger:
        """A ledger for a part of this one's money; it can spend no more than both allow.

        Raises:
            PlanError: for a negative, NaN or infinite ceiling.
        """
        return Ledger(cost_usd=cost_usd, scope=scope, parent=self)

    def limit(self, cost_usd: float | None) -> None:
        """Have another ceiling hold from now on, in US dollars; what is reserved stays so.

        Raises:
            PlanError: for a negative, NaN or infinite amount.
        """
        line = self._own
        ceiling = None if cost_usd is None else _nanos_down(f"{line.scope}: cost_usd", cost_usd)
        with self._lock:
            line.limit, line.limit_usd = ceiling, cost_usd

    def reserve(self, amount_usd: float) -> Hold:
        """A hold on `amount_usd`, the most a call can cost; free calls are always granted one.

        Raises:
            BudgetExceeded: if this ledger or one above it has less left; nothing is changed then.
            PlanError: for a negative, NaN or infinite amount.
        """
        amount = _nanos_up("The amount to reserve", amount_usd)
        with self._lock:
            # Root first: when both lack the money it is the run that is out of it, and an error
            # in the step's name would start a degraded path that the run cannot pay either.
            for line in self._lines:
                line.refuse_above(amount)
            for line in self._lines:
                line.reserved += amount
        return Hold(self._lines, self._lock, amount)

    @property
    def spent_usd(self) -> float:
        """What is settled, in US dollars; above the ceiling only if a reserve was too small."""
        return self._own.spent / _NANOS

    @property
    def withheld_usd(self) -> float:
        """By how much calls that were cut off may have cost more than is settled, in US dollars.

        It is never given out again, so the ceiling holds even if all of them did.
        """
        return self._own.withheld / _NANOS

    @property
    def wasted_usd(self) -> float:
        """The part of `spent_usd` that went into work thrown away, in US dollars."""
        return self._own.wasted / _NANOS

    def write_off(self, earlier_usd: float = 0.0) -> None:
        """Count all that is spent here as thrown away, here and in the ledgers above.

        What has been written off before, here or in a part of this ledger, counts once.

        Args:
            earlier_usd: what earlier passes have spent on it, which only the root was told of,
                in US dollars.
        """
        earlier = _nanos_up("The amount to write off", earlier_usd)
        with self._lock:
            lost = self._own.spent - self._own.wasted + earlier
            for line in self._lines:
                line.wasted += lost

    @property
    def reserved_usd(self) -> float:
        """What calls in flight hold, in US dollars."""
        return self._own.reserved / _NANOS

    @property
    def remaining_usd(self) -> float | None:
        """What the next call can reserve here, ledgers above included; `None` if unlimited."""
        with self._lock:
            left = [room for line in self._lines if (room := line.room()) is not None]
        return min(left) / _NANOS if left else None

    @property
    def estimated(self) -> bool:
        """Whether part of `spent_usd` is an estimate, because the true price never came in."""
        return self._own.estimated


class Hold:
    """Money set aside for one call. The first of `settle`, `keep`, `release` ends it."""

    def __init__(self, lines: tuple[_Line, ...], lock: threading.Lock, amount: int) -> None:
        self._lines = lines
        self._lock = lock
        self._amount = amount
        self._open = True

    @property
    def amount_usd(self) -> float:
        """What was reserved, in US dollars."""
        return self._amount / _NANOS

    def settle(self, actual_usd: float) -> float:
        """Charge what the call really cost, all of it, and free the rest of the reserve.

        Returns:
            By how many US dollars the reserve was too small; 0.0 if it was a bound, as it should
            be, or if the hold had ended before.

        Raises:
            PlanError: for a negative, NaN or infinite amount; the hold stays as it was.
        """
        actual = _nanos_up("The amount to settle", actual_usd)
        ended = self._end(actual)
        return max(0, actual - self._amount) / _NANOS if ended else 0.0

    def keep(self, likely_usd: float | None = None) -> None:
        """Charge what the call most likely cost, marked as estimated, and withhold the rest.

        Args:
            likely_usd: that cost, in US dollars; `None`, as any above the reserve, charges the
                whole reserve.

        Raises:
            PlanError: for a negative, NaN or infinite amount; the hold stays as it was.
        """
        likely = self._amount if likely_usd is None else _nanos_up("The likely cost", likely_usd)
        charge = min(likely, self._amount)
        self._end(charge, withheld=self._amount - charge, estimated=True)

    def release(self) -> None:
        """Give the reserve back: the call never happened."""
        self._end(0)

    def _end(self, charge: int, *, withheld: int = 0, estimated: bool = False) -> bool:
        with self._lock:
            if not self._open:
                return False
            self._open = False
            for line in self._lines:
                line.reserved -= self._amount
                line.spent += charge
                line.withheld += withheld
                line.estimated = line.estimated or estimated
            return True


@dataclass(slots=True)
class _Line:
    """The figures of one ledger, in nano-dollars; changed under the lock of its tree only."""

    scope: str
    limit_usd: float | None
    limit: int | None
    spent: int
    withheld: int = 0
    reserved: int = 0
    wasted: int = 0
    estimated: bool = False

    def room(self) -> int | None:
        return None if self.limit is None else max(0, self.limit - self.taken)

    @property
    def taken(self) -> int:
        """What is not to be given out: spent, in flight, or perhaps spent."""
        return self.spent + self.withheld + self.reserved

    def refuse_above(self, amount: int) -> None:
        room = self.room()
        if room is None or amount <= room:
            return
        raise BudgetExceeded(
            "cost_usd",
            limit=self.limit_usd or 0.0,
            spent=self.taken / _NANOS,
            needed=amount / _NANOS,
            scope=self.scope,
        )


def _nanos_up(name: str, usd: float) -> int:
    return int(_nanos(name, usd).to_integral_value(ROUND_CEILING))


def _nanos_down(name: str, usd: float) -> int:
    return int(_nanos(name, usd).to_integral_value(ROUND_FLOOR))


def _nanos(name: str, usd: float) -> Decimal:
    amount = checked.not_negative(name, usd, unit="US dollars")
    if amount == 0.0:
        return Decimal(0)
    return Decimal(repr(amount)).scaleb(9, _EXACT)

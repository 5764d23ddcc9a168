"""What was paid for work that is taken back.

Refused attempts themselves are not counted: a run that waits for its verdicts pays for them too.
What was built on them is, with its checks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from surestep.budgets.ledger import Ledger


@dataclass(slots=True)
class Spending:
    """The money of one visit that may yet be taken back.

    Attributes:
        ledger: what it has spent, checks included.
        superstep: LangGraph's number of the superstep it belongs to.
        token: names the visit; `""` for a plain node.
        earlier_usd: what it had spent before a crash, in US dollars.
    """

    ledger: Ledger
    superstep: int
    token: str = ""
    earlier_usd: float = 0.0

    @property
    def to_lose_usd(self) -> float:
        """What is not yet written off, in US dollars."""
        return self.ledger.spent_usd - self.ledger.wasted_usd + self.earlier_usd


def at_risk_usd(spending: Iterable[Spending], superstep: int) -> float:
    """What was built on the outputs of a superstep, in US dollars."""
    return sum(one.to_lose_usd for one in spending if one.superstep > superstep)


def write_off(
    spending: Iterable[Spending], superstep: int, *, kept: Collection[str]
) -> list[Spending]:
    """What is left of it once a superstep is taken back, and all after it.

    Args:
        spending: of all visits that may be taken back.
        superstep: the one that starts again.
        kept: the visits of that superstep whose outputs were refused, or come out again.
    """
    left = []
    for one in spending:
        if one.superstep < superstep or (one.superstep == superstep and one.token in kept):
            left.append(one)
        else:
            one.ledger.write_off(one.earlier_usd)
    return left

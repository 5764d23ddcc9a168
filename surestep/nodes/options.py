"""What a run is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field

from surestep.budgets.limits import SLO
from surestep.budgets.plan import Plan
from surestep.budgets.planner import Planner
from surestep.budgets.pricing import Prices
from surestep.budgets.throttle import Rates


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a session asks of a run; stored with its thread.

    Attributes:
        slo: what the run must meet.
        plan: how steps are treated.
        prices: what models cost.
        rates: how fast providers may be called; `None` sets no limit.
        planner: asked before each step how to treat it; `None` leaves it to the plan.
        max_waste_usd: what may go into work thrown away, in US dollars; `None` sets no limit.
        max_unsettled: on how many unsettled outputs a node may start; `None` sets no limit.
        hold_stream: whether streams show settled updates only.
    """

    slo: SLO = field(default_factory=SLO)
    plan: Plan = field(default_factory=Plan.everything)
    prices: Prices = field(default_factory=Prices)
    rates: Rates | None = None
    planner: Planner | None = None
    max_waste_usd: float | None = None
    max_unsettled: int | None = None
    hold_stream: bool = False

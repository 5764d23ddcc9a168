"""The three uses of the flow: what each asks for, and the plan written for it by hand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from surestep import SLO, Plan

PLANS = Path(__file__).with_name("plans")


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One use of the flow.

    Attributes:
        name: its name, and that of its plan.
        slo: what it asks for.
        objective: what it wants as good as possible beyond that.
        aim: the same in words.
    """

    name: str
    slo: SLO
    objective: Literal["reliability", "cost_usd", "human_minutes"]
    aim: str

    def by_hand(self) -> Plan:
        """The plan written by hand."""
        return Plan.read(PLANS / f"{self.name}.toml")


USES = {
    use.name: use
    for use in (
        Use(
            name="interactive",
            slo=SLO(latency_p95_s=5.0, human_minutes=0.0),
            objective="reliability",
            aim="p95 within 5 s, nobody asked; then as right as can be",
        ),
        Use(
            name="batch",
            slo=SLO(reliability=0.98, human_minutes=0.05),
            objective="cost_usd",
            aim="right in 98 %, a person asked about 1 in 80; then as cheap as can be",
        ),
        Use(
            name="regulated",
            slo=SLO(reliability=0.995, cost_usd=0.02),
            objective="human_minutes",
            aim="right in 99.5 %, for 2 cents; then with as little of people's time as can be",
        ),
    )
}

"""What a plan is to be best at, and what it has to keep."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from surestep.budgets import checked
from surestep.budgets.limits import SLO

Objective = Literal["reliability", "latency_mean_s", "latency_p95_s", "cost_usd", "human_minutes"]

OBJECTIVES: tuple[Objective, ...] = get_args(Objective)


@dataclass(frozen=True, slots=True, kw_only=True)
class Aims:
    """The objective and the limits of a plan, in terms that add up or can be looked up.

    Attributes:
        objective: what is made as good as possible.
        loss: limit of -ln P(right result); `None` if none is asked for.
        latency_mean_s: limit of the mean machine time, in seconds.
        quantiles: limits of quantiles of the machine time, each with its field of the SLO:
            P(time <= seconds) >= share.
        cost_usd: limit of the mean cost, in US dollars.
        human_minutes: limit of the mean minutes of people's time.
        confidence: probability with which the loss is to be kept, over what is uncertain.
    """

    objective: Objective
    loss: float | None = None
    latency_mean_s: float | None = None
    quantiles: tuple[tuple[str, float, float], ...] = ()
    cost_usd: float | None = None
    human_minutes: float | None = None
    confidence: float = 0.95

    @classmethod
    def of(cls, slo: SLO, objective: str | None = None) -> Aims:
        """The aims of an SLO.

        Args:
            slo: what a run must meet; a limit on what the objective names stays one.
            objective: what to make as good as possible; `None` takes the cost if a reliability
                is asked for, else the reliability.

        Raises:
            PlanError: for an objective that is unknown.
        """
        quantiles = (
            ("latency_s", slo.confidence, slo.latency_s),
            ("latency_p95_s", 0.95, slo.latency_p95_s),
        )
        return cls(
            objective=_objective(slo, objective),
            loss=None if slo.reliability is None else -math.log(slo.reliability),
            latency_mean_s=slo.latency_mean_s,
            quantiles=tuple((name, q, limit) for name, q, limit in quantiles if limit is not None),
            cost_usd=slo.cost_usd,
            human_minutes=slo.human_minutes,
            confidence=slo.confidence,
        )


def _objective(slo: SLO, name: str | None) -> Objective:
    if name is None:
        return "reliability" if slo.reliability is None else "cost_usd"
    known = checked.known(name, OBJECTIVES, what="objective")
    return next(one for one in OBJECTIVES if one == known)

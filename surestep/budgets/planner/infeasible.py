"""The error of an SLO that no plan meets, with the nearest that do."""

from __future__ import annotations

from collections.abc import Mapping

from surestep.budgets.plan import Plan
from surestep.errors import PlanError


class Infeasible(PlanError):
    """No plan meets the SLO, or none was found; how near one comes on each side.

    Attributes:
        asked: the limits, by field of the SLO.
        reachable: for each limit that alone stands in the way, the best a plan can do there that
            keeps all the others; empty if no single one does.
        nearest: those plans, by the same fields.
        proved: whether it is certain that no plan meets the SLO.
    """

    def __init__(
        self,
        asked: Mapping[str, float],
        reachable: Mapping[str, float],
        nearest: Mapping[str, Plan],
        *,
        proved: bool,
    ) -> None:
        self.asked = dict(asked)
        self.reachable = dict(reachable)
        self.nearest = dict(nearest)
        self.proved = proved
        wanted = ", ".join(_said(name, value) for name, value in asked.items())
        none = "No plan meets" if proved else "No plan was found that meets"
        super().__init__(f"{none} {wanted}.", remedy=_remedy(self.reachable))


def _said(name: str, value: float) -> str:
    return f"{name}{'>=' if name == 'reliability' else '<='}{value:g}"


def _remedy(reachable: Mapping[str, float]) -> str:
    if not reachable:
        return "Loosen two limits or more, or give the steps better workers or verifiers."
    ways = " or ".join(_said(name, _outward(name, value)) for name, value in reachable.items())
    return f"With all else as it is, {ways} can be met."


def _outward(name: str, value: float) -> float:
    """The value with four digits, rounded to the side that can be met."""
    shown = float(f"{value:.4g}")
    short = shown > value if name == "reliability" else shown < value
    step = 10.0**-4 if name == "reliability" else abs(value) * 1e-3
    return (shown - step if name == "reliability" else shown + step) if short else shown

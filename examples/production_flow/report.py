"""The figures of all plans side by side, measured and predicted."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from examples.production_flow.figures import Figures
from examples.production_flow.tuning import Tuned
from examples.production_flow.uses import USES
from surestep.budgets import Estimate, Predicted
from surestep.budgets.shares import Share


def show(
    results: Mapping[str, Figures], plans: Mapping[str, Tuned], requests: int, console: Console
) -> None:
    """Print the figures, and what each use asks for."""
    table = Table(box=SIMPLE_HEAD, title=f"{requests} requests under each plan")
    table.add_column("")
    for name in results:
        table.add_column(name, justify="right")
    for title, cell in MEASURED.items():
        table.add_row(title, *(cell(one) for one in results.values()))
    predicted = [plans[name].plan.predicted for name in results]
    if any(predicted):
        for title, told in PREDICTED.items():
            table.add_row(title, *(told(one) if one else "" for one in predicted), style="dim")
    console.print(table)
    for name in [name for name in results if name in USES]:
        console.print(f"{name}: {USES[name].aim}. {plans[name].short}", highlight=False)
    console.print(
        "Rates, times and faults are assumptions (scenario.py, world.py), people are simulated "
        "(suite.py). In brackets, 95 % intervals. What a call costs that is cut off, because "
        "another was quicker, is estimated from calls that came back.",
        highlight=False,
    )


def _percent(share: Share) -> str:
    return f"{100 * share.value:.1f} ({100 * share.low:.1f}-{100 * share.high:.1f})"


def _told(estimate: Estimate, digits: int, scale: float = 1.0) -> str:
    value, low, high = (
        f"{scale * end:.{digits}f}" for end in (estimate.value, estimate.low, estimate.high)
    )
    return f"{value} ({low}-{high})"


MEASURED: dict[str, Callable[[Figures], str]] = {
    "right, %": lambda one: _percent(one.right),
    "wrong, %": lambda one: _percent(one.wrong),
    "stopped, %": lambda one: _percent(one.stopped),
    "asked, %": lambda one: _percent(one.asked),
    "p50, s": lambda one: f"{one.p50_s:.1f}",
    "p95, s": lambda one: f"{one.p95_s:.1f}",
    "cost, USD": lambda one: f"{one.cost_usd:.5f}",
    "… estimated, USD": lambda one: f"{one.estimated_usd:.5f}",
    "people, min": lambda one: f"{one.human_minutes:.2f}",
}
PREDICTED: dict[str, Callable[[Predicted], str]] = {
    "predicted right, %": lambda one: _told(one.success, 1, 100.0),
    "predicted p95, s": lambda one: _told(one.latency_p95_s, 1),
    "predicted cost, USD": lambda one: _told(one.cost_usd, 5),
    "predicted people, min": lambda one: _told(one.human_minutes, 2),
}

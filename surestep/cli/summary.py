"""How a run ended, in a few lines."""

from __future__ import annotations

from surestep.cli.job import Result
from surestep.cli.sheet import Line, dollars, one_line, seconds

STYLES = {"succeeded": "bold green", "escalated": "bold yellow", "failed": "bold red"}


def ending(result: Result, *, resume: str) -> list[Line]:
    """The outcome and why, what it took, and how to go on if that is possible."""
    record = result.record
    outcome = record.outcome or "stopped"
    why = f": {one_line(record.reason)}" if record.reason else ""
    spent = record.spent
    took = f"{seconds(spent.machine_s)} machine, {dollars(spent.cost_usd)}"
    waited = f", {seconds(spent.human_s)} people" if spent.human_s else ""
    lines: list[Line] = [
        ((outcome, STYLES.get(outcome, "bold")), (why, "")),
        ((f"thread {result.thread_id} · {took}{waited}", "dim"),),
    ]
    if spent.wasted_usd:
        lost = f"thrown away with refused outputs: {dollars(spent.wasted_usd)}"
        lines.append(((lost, "dim"),))
    if outcome != "succeeded":
        lines.append((("go on with: ", "dim"), (resume, "bold")))
    return lines

"""The live view as lines of styled text: what is shown, not how it gets on the screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from surestep.budgets.limits import SLO
from surestep.cli.board import Row, Said
from surestep.values import Spent

Part: TypeAlias = tuple[str, str]
"""A piece of text and its style, as rich names styles."""
Line: TypeAlias = tuple[Part, ...]

SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
TURNS_PER_S = 10.0
GOOD = ("verified", "repaired", "approved", "edited")
STYLES = {"unverified": "yellow", "failed": "bold red", "rejected": "bold red"}
VERDICTS = {"pass": ("✓", "green"), "fail": ("✗", "red"), "inconclusive": ("?", "yellow")}


def sheet(
    rows: Sequence[Row], spent: Spent, slo: SLO, *, now: float, width: int, height: int
) -> list[Line]:
    """The lines of the view.

    Args:
        rows: the steps.
        spent: what the run has spent.
        slo: what it may spend.
        now: seconds since the epoch; drives the spinner and running times.
        width: columns there are.
        height: lines there are; steps that settled first give way.
    """
    name = max((len(row.path) for row in rows), default=4)
    blocks = [list(_block(row, min(name, width // 3), now, width)) for row in rows]
    foot = _foot(spent, slo)
    settled = [place for place, row in enumerate(rows) if row.phase == "settled"]
    hidden = 0
    while settled and sum(map(len, blocks)) + 2 > height:
        blocks[settled.pop(0)] = []
        hidden += 1
    head: list[Line] = [((f"  … {hidden} settled before", "dim"),)] if hidden else []
    body = [line for block in blocks for line in block]
    # Were it longer still, the foot is what must not fall off.
    return [*head, *body[: max(1, height - len(head) - 1)], foot]


def _block(row: Row, name: int, now: float, width: int) -> Iterator[Line]:
    """One step: its line, and below it what the verifiers said and what else to know."""
    glyph, style = _glyph(row, now)
    running_s = now - row.since if row.since else 0.0
    took = seconds(row.latency_s + running_s) if row.phase != "pending" else ""
    tries = f"try {row.attempt}" if row.attempt > 1 else ""
    price = dollars(row.cost_usd) if row.cost_usd else ""
    yield (
        (f" {glyph} ", style),
        (cut(row.path, name).ljust(name + 2), "bold" if row.phase == "running" else ""),
        (_state(row).ljust(12), style),
        (f"{tries:<7}{took:>9}{price:>11}", "dim"),
    )
    for said in row.said if row.phase != "settled" or row.outcome not in GOOD else ():
        yield _verdict(said, width)
    if row.note and row.phase != "pending":
        yield (("     ", ""), (cut(one_line(row.note), width - 6), "italic dim"))


def _verdict(said: Said, width: int) -> Line:
    mark, style = VERDICTS.get(said.status, ("?", ""))
    why = f": {one_line(said.feedback)}" if said.feedback else ""
    return (("     ", ""), (mark, style), (cut(f" {said.verifier}{why}", width - 7), "dim"))


def _glyph(row: Row, now: float) -> Part:
    if row.phase in ("running", "checking"):
        return SPINNER[int(now * TURNS_PER_S) % len(SPINNER)], "cyan"
    if row.phase == "settled":
        mark = "✓" if row.outcome in GOOD else "○" if row.outcome == "unverified" else "✗"
        return mark, STYLES.get(row.outcome, "green")
    if row.phase == "discarded":
        return "┄", "dim"
    return ("?", "bold yellow") if row.phase == "asking" else ("·", "dim")


def _state(row: Row) -> str:
    return {"pending": "waiting", "asking": "asks you"}.get(row.phase, row.outcome or row.phase)


def _foot(spent: Spent, slo: SLO) -> Line:
    """What is spent, and of how much."""
    parts = [_against("machine", spent.machine_s, slo.latency_s, seconds)]
    cost = _against("cost", spent.cost_usd, slo.cost_usd, dollars)
    estimated = f" ({dollars(spent.estimated_usd)} of it estimated)" if spent.estimated else ""
    parts.append(f"{cost}{estimated}")
    if spent.wasted_usd:
        parts.append(f"thrown away {dollars(spent.wasted_usd)}")
    if spent.calls:
        parts.append(f"{spent.calls} calls")
    if spent.human_s:
        parts.append(f"people {seconds(spent.human_s)}")
    return ((f" {' · '.join(parts)}", "dim"),)


def _against(what: str, spent: float, limit: float | None, shown: Callable[[float], str]) -> str:
    left = "" if limit is None else f", {shown(max(0.0, limit - spent))} left"
    return f"{what} {shown(spent)}{left}"


def seconds(time_s: float) -> str:
    """A time as people read it."""
    if time_s < 120:
        return f"{time_s:.1f} s"
    return f"{time_s / 60:.1f} min" if time_s < 7200 else f"{time_s / 3600:.1f} h"


def dollars(cost_usd: float) -> str:
    """An amount with as many digits as it needs to say something."""
    if cost_usd == 0 or cost_usd >= 1:
        return f"${cost_usd:.2f}"
    return f"${cost_usd:.4f}" if cost_usd >= 0.001 else f"${cost_usd:.6f}"


def one_line(text: str) -> str:
    """The text without line ends."""
    return " ".join(text.split())


def cut(text: str, columns: int) -> str:
    """The text, shortened to so many columns."""
    return text if len(text) <= columns else text[: max(0, columns - 1)] + "…"

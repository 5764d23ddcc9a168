"""The figures, for people and for machines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from examples.refund_desk.job import Figures
from examples.refund_desk.shares import Measured
from examples.refund_desk.summary import Rehearsed
from examples.refund_desk.through import Through
from examples.refund_desk.tickets import (
    AMOUNT_SIGMA,
    BURST,
    DOUBT_SIGMA,
    REVIEWED,
    REVIEWERS,
    SCORE_SIGMA,
    SERVICE_S,
    SLA_S,
    USUALLY,
)
from examples.refund_desk.tiers import LARGE_FLOOR, LARGE_USD
from examples.refund_desk.worth import Mean, Worth


def as_json(found: Figures) -> dict[str, object]:
    """One object with all figures, and what they assume."""
    before, after = found.calibration.before, found.calibration.after
    return {
        "job": "refund_desk",
        "tickets": len(found.day.day),
        "seed": found.day.seed,
        "days": found.days,
        "amount_sigma": {"score": SCORE_SIGMA, "amount": AMOUNT_SIGMA},
        "doubt_sigma": DOUBT_SIGMA,
        "calibration_error": {
            "before": before.error,
            "after": after.error,
            "by_chance": after.error_by_chance,
        },
        "shares": [asdict(one) for one in found.shares],
        "worth": [asdict(one) for one in found.worths],
        "burst": [
            {key: value for key, value in asdict(one).items() if key != "queue"}
            for one in found.through
        ],
        "rehearsed": None if found.rehearsed is None else asdict(found.rehearsed),
        "notes": notes(found),
    }


def show(found: Figures, console: Console) -> None:
    """Print the tables, what became of the rehearsed day, and what all of it assumes."""
    before, after = found.calibration.before, found.calibration.after
    console.print(
        f"Calibration error {before.error:.4f} -> {after.error:.4f} on held-out halves; of exact "
        f"confidences it would be {after.error_by_chance:.4f}.",
        highlight=False,
    )
    console.print(_seen(found.shares))
    console.print(_worth(found.worths))
    console.print(_through(found.through))
    if found.rehearsed is not None:
        for line in told(found.rehearsed):
            console.print(line, highlight=False)
    for note in notes(found):
        console.print(f"- {note}", highlight=False)


def notes(found: Figures) -> list[str]:
    """What the figures assume."""
    return [
        "Amounts, confidences, errors, arrivals and times people take are drawn, not observed: "
        f"amounts log-normal with sigma {SCORE_SIGMA:.6f}, for the rule by amount alone "
        f"{AMOUNT_SIGMA:.6f}; doubts (1 - confidence) log-normal with sigma {DOUBT_SIGMA:g}, "
        "independent of amounts. The agent errs as often as its true doubt says, and states the "
        "square of it. An error costs the whole amount, and a person finds every error.",
        f"{REVIEWERS} reviewers take {SERVICE_S / 60:g} min a ticket (exponential); 95 % are to "
        f"wait {SLA_S / 60:g} min at most. {USUALLY:g} times what they hold comes in, {BURST:g} "
        f"times in the burst. Of what is asked, {LARGE_USD:g} USD or "
        f"more at a confidence below {LARGE_FLOOR:g} must be; the rest may be left out when too "
        f"much comes in, as may looks afterwards, for which {REVIEWED:.0%} of tickets are drawn.",
        f"Intervals are 95 % of the mean over {found.days} simulated days; the sampling error is "
        "the standard deviation from day to day. Waits and what is left out are of the burst and "
        "as much time after it.",
    ]


def told(day: Rehearsed) -> list[str]:
    """What became of the tickets that went through the graph."""
    lines = [
        f"Through the graph: {day.runs:,} runs, {day.finished:,} decided, {day.calls:,} calls of "
        f"the rehearsed model. {1 - day.asked / day.runs:.1%} of the volume went on without "
        f"people, who were asked about {day.asked_dollars:.1%} of the dollars: {day.asked} "
        f"questions, {day.corrected} corrected; {day.left_out} more left out for lack of time.",
        "In the burst and after it, 95 % of what must be approved waited "
        f"{day.p95_must_s / 60:.1f} min at most, of all approvals {day.p95_asked_s / 60:.1f}, of "
        f"everything {day.p95_all_s / 60:.1f}. Questions with other than one decision: "
        f"{day.decided_twice}. Went out wrong: {day.loss_usd:,.0f} USD, instead of "
        f"{day.loss_alone_usd:,.0f} if nobody had looked before.",
    ]
    if day.errors is not None:
        low, high = _percent(day.errors.low), _percent(day.errors.high)
        lines.append(
            f"Looked at afterwards: {day.looked_at} tickets, {day.looked_at_dollars:.1%} of the "
            f"dollars, {day.found} wrong; so {_percent(day.errors.rate)} % ({low}-{high}) of what "
            f"went on without people is. In truth {_percent(day.errors_true)} % is."
        )
    return lines


def _seen(found: Sequence[Measured]) -> Table:
    table = _blank(
        "What people see before the agent acts, % (± sampling error)",
        ("by", "volume", "dollars", "closed form", "mean", "loss", "closed form", "mean"),
    )
    for one in found:
        law = ("", "") if one.law is None else (_percent(one.law.dollars), _percent(one.law.loss))
        table.add_row(
            one.name,
            _percent(one.today.volume),
            f"{_percent(one.today.dollars)} ± {_percent(one.spread.dollars)}",
            law[0],
            _percent(one.mean.dollars),
            f"{_percent(one.today.loss)} ± {_percent(one.spread.loss)}",
            law[1],
            _percent(one.mean.loss),
        )
    return table


def _worth(found: Sequence[Worth]) -> Table:
    table = _blank(
        "Loss prevented at equal minutes of people",
        ("first by", "USD per minute", "% of all loss", "closed form", "behind score"),
    )
    for one in found:
        table.add_row(
            one.rule,
            _mean(one.usd_per_minute, 2),
            _mean(one.prevented, 1, 100.0),
            "" if one.law is None else _percent(one.law),
            "" if one.behind is None else _mean(one.behind, 2),
        )
    return table


def _through(found: Sequence[Through]) -> Table:
    table = _blank("Through a burst (simulated queue)", ("", *(one.name for one in found)))
    rows: tuple[tuple[str, Sequence[str]], ...] = (
        ("p95 wait of must-approve, min", [_mean(one.p95_must_min, 1) for one in found]),
        ("… of all approvals, min", [_mean(one.p95_asked_min, 1) for one in found]),
        ("… of everything, min", [_mean(one.p95_all_min, 1) for one in found]),
        ("must-approve left out, %", [_mean(one.shed_must, 1, 100.0) for one in found]),
        ("other approvals left out, %", [_mean(one.shed_asked, 1, 100.0) for one in found]),
        ("looks afterwards left out, %", [_mean(one.shed_sampled, 1, 100.0) for one in found]),
        ("expected loss of that, USD a day", [_mean(one.shed_usd, 0) for one in found]),
        ("recovered after, min", [_mean(one.recovery_min, 0) for one in found]),
    )
    for title, cells in rows:
        table.add_row(title, *cells)
    return table


def _blank(title: str, head: Sequence[str]) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for place, name in enumerate(head):
        table.add_column(name, justify="right" if place else "left")
    return table


def _percent(share: float, digits: int = 1) -> str:
    return f"{100 * share:.{digits}f}"


def _mean(it: Mean, digits: int, scale: float = 1.0) -> str:
    value, low, high = (f"{scale * end:,.{digits}f}" for end in (it.value, it.low, it.high))
    return f"{value} ({low}-{high})"

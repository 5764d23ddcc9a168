"""The figures of all arms side by side, for people and for machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from examples.refunds.demo import Job
from examples.refunds.figures import Figures
from examples.refunds.reviewer import ACCURACY
from surestep.budgets.shares import Share

TITLES = {"none": "no checks", "every": "every check", "plan": "hand-written plan"}


def as_json(job: Job, results: Mapping[str, Figures]) -> dict[str, Any]:
    """One object that says what was run, on which assumptions, and what came of it."""
    return {
        "job": "refunds",
        "tickets": len(job.tickets),
        "seed": job.seed,
        "model": job.endpoint.model if job.endpoint else job.model,
        "simulated": job.endpoint is None,
        "time_scale": job.time_scale,
        "reviewer": {"simulated": True, "accuracy": ACCURACY},
        "arms": {name: asdict(one) for name, one in results.items()},
        "notes": notes(job),
    }


def show(job: Job, results: Mapping[str, Figures], console: Console) -> None:
    """Print the tables and the notes."""
    console.print(_table(results))
    console.print(_outcomes(results))
    for note in notes(job):
        console.print(f"- {note}", highlight=False)


def notes(job: Job) -> list[str]:
    """What the figures mean, and what they assume."""
    lines = [
        "right: the run ended by itself or with an approval, the decision and the amount are "
        "those of the truth, and the order book paid exactly that, once. wrong: carried through, "
        "and not so. A ticket handed off counts as neither: its question is still open.",
        "reply says else: carried through with a reply that tells more or else than was decided. "
        "misplaced: dollars paid that were not due, and due that were not paid.",
        "Intervals are Wilson's, 95 %, over the tickets of one run per arm; all arms get the "
        f"same {len(job.tickets)} tickets (seed {job.seed}).",
        f"The reviewer who answers approvals is simulated, and right in {ACCURACY:.0%} of cases. "
        "Latency is machine time: waiting for people is not in it.",
    ]
    if job.endpoint is not None:
        return [*lines, f"Model: {job.endpoint.model}, the real API; cost at its list price."]
    return [
        *lines,
        "The model is simulated, with the error rates, latencies and faults of scenario.py: "
        "tasks differ in difficulty, so retries err alike; the confidence it states is "
        "calibrated, which a real model's is not by itself.",
        f"Latency is measured at time scale {job.time_scale:g} and given in unscaled seconds, so "
        f"this machine's own overhead counts {1 / job.time_scale:.1f}-fold. Cost is "
        f"{job.model}'s list price for the tokens of the prompts.",
    ]


def _table(results: Mapping[str, Figures]) -> Table:
    table = _blank("Refunds: what checking buys (% of tickets, 95 % interval)", results)
    for label, cells in _rows(list(results.values())):
        table.add_row(label, *cells)
    return table


def _blank(title: str, results: Mapping[str, Figures]) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("")
    for name in results:
        table.add_column(TITLES.get(name, name), justify="right", no_wrap=True)
    return table


def _rows(arms: Sequence[Figures]) -> list[tuple[str, list[str]]]:
    return [
        ("right", [_share(one.right) for one in arms]),
        ("wrong", [_share(one.wrong) for one in arms]),
        ("handed off, open", [_share(one.open) for one in arms]),
        ("failed closed", [_share(one.failed) for one in arms]),
        ("right, of finished", [_share(one.right_of_finished) for one in arms]),
        ("reply says else", [_share(one.replies_wrong) for one in arms]),
        ("a person touched", [_share(one.touched) for one in arms]),
        ("  % of dollars", [f"{100 * one.touched_dollars:.1f}" for one in arms]),
        ("misplaced, USD", [f"{one.wrongly_paid_usd:.2f}" for one in arms]),
        ("answered twice", [str(one.paid_twice) for one in arms]),
        ("latency p50, s", [f"{one.p50_s:.1f}" for one in arms]),
        ("latency p95, s", [f"{one.p95_s:.1f}" for one in arms]),
        ("USD per ticket", [f"{one.cost_usd:.6f}" for one in arms]),
        ("  workers", [f"{one.worker_usd:.6f}" for one in arms]),
        ("  checkers", [f"{one.checker_usd:.6f}" for one in arms]),
        ("calls per ticket", [f"{one.calls:.1f}" for one in arms]),
    ]


def _share(share: Share) -> str:
    low, high = 100 * share.low, 100 * share.high
    return f"{100 * share.value:.1f} ({low:.1f}-{high:.1f})"


def _outcomes(results: Mapping[str, Figures]) -> Table:
    table = _blank("Tickets by outcome and reason, decisions by tier", results)
    _add_counts(table, "", [one.outcomes for one in results.values()])
    _add_counts(table, "tier ", [one.tiers for one in results.values()])
    return table


def _add_counts(table: Table, prefix: str, counts: Sequence[Mapping[str, int]]) -> None:
    for key in sorted({key for count in counts for key in count}):
        table.add_row(f"{prefix}{key}", *(str(count.get(key, 0)) for count in counts))
    table.add_section()

"""The figures of all arms side by side, for people and for machines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from examples.refunds.demo import Job
from examples.refunds.figures import Figures, Share
from examples.refunds.reviewer import ACCURACY

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
        "those of the truth, and the order book paid exactly that, once. A ticket handed off "
        "counts as neither right nor wrong: its question is still open.",
        "Intervals are Wilson's, 95 %, over the tickets of one run per arm; all arms get the "
        f"same {len(job.tickets)} tickets (seed {job.seed}).",
        f"The reviewer who answers approvals is simulated, and right in {ACCURACY:.0%} of cases; "
        "waiting for people is not in the latency.",
    ]
    if job.endpoint is not None:
        return [*lines, f"Model: {job.endpoint.model}, the real API; cost at its list price."]
    return [
        *lines,
        "The model is simulated, with the error rates, latencies and faults of scenario.py: "
        "tasks differ in difficulty, so retries err alike; the confidence it states is "
        "calibrated, which a real model's is not by itself.",
        f"Latency is measured at time scale {job.time_scale:g} and given in unscaled seconds, so "
        f"this machine's own overhead counts {1 / job.time_scale:g}-fold. Cost is "
        f"{job.model}'s list price for the tokens of the prompts.",
    ]


def _table(results: Mapping[str, Figures]) -> Table:
    table = Table(title="Refunds: what checking buys", title_justify="left")
    table.add_column("")
    for name in results:
        table.add_column(TITLES.get(name, name), justify="right")
    for label, cells in _rows(list(results.values())):
        table.add_row(label, *cells)
    return table


def _rows(arms: list[Figures]) -> list[tuple[str, list[str]]]:
    return [
        ("right, of all tickets", [_share(one.right) for one in arms]),
        ("wrong, of all tickets", [_share(one.wrong) for one in arms]),
        ("handed off, still open", [_share(one.open) for one in arms]),
        ("failed closed, nothing paid", [_share(one.failed) for one in arms]),
        ("right, of those carried through", [_share(one.right_of_finished) for one in arms]),
        ("reply says more or else than decided", [_share(one.replies_wrong) for one in arms]),
        ("paid wrongly, or not paid, USD", [f"{one.wrongly_paid_usd:.2f}" for one in arms]),
        ("answered twice", [str(one.paid_twice) for one in arms]),
        ("machine latency p50 / p95, s", [f"{one.p50_s:.1f} / {one.p95_s:.1f}" for one in arms]),
        ("cost per ticket, USD", [f"{one.cost_usd:.6f}" for one in arms]),
        (
            "  of it workers / checkers",
            [f"{one.worker_usd:.6f} / {one.checker_usd:.6f}" for one in arms],
        ),
        ("model calls per ticket", [f"{one.calls:.1f}" for one in arms]),
        ("a person touched, of tickets", [_share(one.touched) for one in arms]),
        ("a person touched, of dollars", [f"{one.touched_dollars:.1%}" for one in arms]),
    ]


def _share(share: Share) -> str:
    return f"{share.value:.1%} [{share.low:.1%}, {share.high:.1%}]"


def _outcomes(results: Mapping[str, Figures]) -> Table:
    table = Table(title="Outcomes by reason, and decisions by tier", title_justify="left")
    table.add_column("")
    for name in results:
        table.add_column(TITLES.get(name, name), justify="right")
    for kind in ("outcomes", "tiers"):
        counts: list[Mapping[str, int]] = [getattr(one, kind) for one in results.values()]
        for key in sorted({key for count in counts for key in count}):
            label = key if kind == "outcomes" else f"tier {key}"
            table.add_row(label, *(str(count.get(key, 0)) for count in counts))
        table.add_section()
    return table

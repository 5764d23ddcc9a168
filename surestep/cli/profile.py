"""`surestep profile`: what is known of the steps of a graph, from its recorded runs."""

from __future__ import annotations

import asyncio
import json as json_text
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from surestep.budgets.fitting.shaped import Shaped
from surestep.budgets.profile import Profile
from surestep.budgets.profiled import StepProfile
from surestep.cli import options
from surestep.cli.figures import brief_seconds
from surestep.cli.records import Labels, read_records
from surestep.cli.sheet import dollars
from surestep.cli.tables import columns_there_are, table
from surestep.cli.target import load
from surestep.storage.encode import to_json

profiles = typer.Typer(
    no_args_is_help=True,
    help="Learn from recorded runs how good, fast and dear each step and verifier is.",
    rich_markup_mode="markdown",
)
STEP_HEAD = ("STEP", "RIGHT", "OF", "SPREAD", "RETRY", "TIME", "COST", "VISITS", "CRITICAL")
DIFF_HEAD = ("OF", "FIGURE", "OLD", "NEW", "DIFFERENCE")
CHECK_HEAD = ("STEP", "VERIFIER", "ACCEPTS RIGHT", "ACCEPTS WRONG", "TIME", "COST", "FAMILY")

Out = Annotated[
    Path, typer.Option("-o", "--out", metavar="FILE", help="Where to write the profile, as JSON.")
]
File = Annotated[Path, typer.Argument(metavar="PROFILE", help="A profile.", show_default=False)]


@profiles.command(
    "fit",
    epilog="`surestep profile fit --labels labels.jsonl --target app.py:graph`\n\n"
    "`surestep profile fit --records runs.jsonl --out profile.json`",
)
def fit(
    *,
    records: Annotated[
        Path | None,
        typer.Option(
            "--records",
            metavar="FILE",
            help="Run records, as `surestep trace records` writes them; default: all runs of "
            "the database.",
            show_default=False,
        ),
    ] = None,
    labels: Labels = None,
    database: options.Database = None,
    target: Annotated[
        str | None,
        typer.Option(
            "--target",
            metavar="TARGET",
            help="The graph, for which steps follow which; default: a chain, as recorded.",
            show_default=False,
        ),
    ] = None,
    half_life_runs: Annotated[
        float | None,
        typer.Option("--half-life-runs", help="A run so many runs before the last counts half."),
    ] = None,
    half_life_days: Annotated[
        float | None,
        typer.Option("--half-life-days", help="A run so many days before the last counts half."),
    ] = None,
    out: Out = Path("profile.json"),
    json: options.Json = False,
) -> None:
    """Fit a profile to recorded runs, with whatever truth they carry.

    Labels count in full, decisions of people stand in for them, and what neither says is
    inferred from verdicts and from how runs ended; the notes say what was assumed.
    """
    found = read_records(records, labels, database)
    graph = None if target is None else asyncio.run(load(target))
    profile = Profile.fit(
        found,
        graph if isinstance(graph, Shaped) else None,
        half_life_runs=half_life_runs,
        half_life_days=half_life_days,
    )
    profile.write(out)
    if json:
        typer.echo(to_json({"file": str(out), "runs": len(found), **_document(profile)}))
    else:
        typer.echo(f"{shown(profile)}\n\nFitted to {len(found)} runs, and written to {out}.")


@profiles.command("show", epilog="`surestep profile show profile.json`")
def show(profile: File, json: options.Json = False) -> None:
    """Show what a profile knows: its steps, its verifiers, and what to bear in mind."""
    found = Profile.read(profile)
    typer.echo(to_json(_document(found)) if json else shown(found))


@profiles.command("diff", epilog="`surestep profile diff before.json after.json`")
def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="A profile.", show_default=False)],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="A newer one.", show_default=False)],
    confidence: Annotated[float, typer.Option("--confidence", help="P(an interval holds).")] = 0.95,
    json: options.Json = False,
) -> None:
    """Show every figure that differs between two profiles, with its interval.

    A difference that may be chance ends in `?`.
    """
    found = Profile.read(new).diff(Profile.read(old), confidence=confidence)
    if json:
        clear = {"clear": [change.clear for change in found.changes]}
        typer.echo(to_json({**asdict(found), **clear}))
        return
    typer.echo(table(DIFF_HEAD, found.rows(), width=columns_there_are()))
    for what, steps in (("New", found.added), ("Gone", found.removed)):
        if steps:
            typer.echo(f"{what}: {', '.join(steps)}")


@profiles.command("merge", epilog="`surestep profile merge may.json june.json --out all.json`")
def merge(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="PROFILE...", help="Two or more; the last is the newest."),
    ],
    half_lives: Annotated[
        float | None,
        typer.Option(
            "--half-lives",
            help="Count evidence half for each half-life between a profile and the next.",
            show_default=False,
        ),
    ] = None,
    out: Out = Path("profile.json"),
    json: options.Json = False,
) -> None:
    """Make one profile of several of the same graph, or of parts of it.

    Rates count by their trials, times and prices by their calls.
    """
    found = [Profile.read(file) for file in files]
    merged = found[0]
    for newer in found[1:]:
        merged = newer.merged(merged if half_lives is None else merged.aged(half_lives))
    merged.write(out)
    if json:
        typer.echo(to_json({"file": str(out), **_document(merged)}))
    else:
        typer.echo(f"{shown(merged)}\n\nMerged from {len(found)} profiles, and written to {out}.")


def shown(profile: Profile) -> str:
    """A profile as tables of its steps and its verifiers, and its notes below."""
    width = columns_there_are()
    steps = [_step_row(path, step) for path, step in profile.steps.items()]
    checks = [row for path, step in profile.steps.items() for row in _check_rows(path, step)]
    parts = [table(STEP_HEAD, steps, width=width)]
    if checks:
        parts.append(table(CHECK_HEAD, checks, width=width))
    if profile.person is not None:
        minutes, fix = profile.person.minutes, profile.person.fix
        parts.append(f"People: {minutes:g} min a question, right in {fix:.1%} of cases.")
    if profile.notes:
        parts.append("\n".join(f"- {note}" for note in profile.notes))
    return "\n\n".join(parts)


def _document(profile: Profile) -> dict[str, object]:
    document: dict[str, object] = json_text.loads(profile.json())
    return document


def _step_row(path: str, step: StepProfile) -> tuple[str, ...]:
    return (
        path,
        f"{step.success:.1%}",
        f"{step.trials:.0f}" if step.trials else "stated",
        f"{step.spread:.2f}",
        "-" if step.retry_success is None else f"{step.retry_success:.1%}",
        brief_seconds(step.latency_s),
        dollars(step.cost_usd),
        f"{step.visits:.2f}",
        f"{step.criticality:.2f}",
    )


def _check_rows(path: str, step: StepProfile) -> Iterator[tuple[str, ...]]:
    for name, check in step.checks.items():
        yield (
            path,
            name,
            f"{check.accept_ok:.1%} of {check.trials_ok:.0f}",
            f"{check.accept_bad:.1%} of {check.trials_bad:.0f}",
            brief_seconds(check.latency_s),
            dollars(check.cost_usd),
            check.family or "-",
        )

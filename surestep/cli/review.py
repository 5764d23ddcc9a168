"""`surestep review`: what reviews say of the steps that act without asking."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from surestep.cli import options
from surestep.cli.inputs import read_object
from surestep.cli.sheet import dollars
from surestep.cli.tables import print_table
from surestep.errors import InputError
from surestep.review.terms import Terms
from surestep.storage.actions import Taken
from surestep.storage.encode import to_json
from surestep.verifiers.calibration import Calibrator, Tiers, propose
from surestep.verifiers.calibration.calibrator import known_method

if TYPE_CHECKING:
    from surestep.review.outcomes import Drift, StepReview

reviews = typer.Typer(
    invoke_without_command=True,
    help="See what reviews say of steps that act without asking.",
    rich_markup_mode="markdown",
    epilog="`surestep review`\n\n`surestep review --step decide --json`",
)
HEAD = ("STEP", "ALONE", "REVIEWED", "WRONG", "OF ALL", "AT STAKE", "IN WRONG ONES", "ALARMS")
CALIBRATE_EXAMPLES = """
`surestep review calibrate --step decide --out calibrator.json`
"""
THRESHOLDS_EXAMPLES = """
`surestep review thresholds --step decide --tiers tiers.toml`

`surestep review thresholds --step decide --tiers tiers.toml --calibrator calibrator.json`
"""

Step = Annotated[str, typer.Option("--step", metavar="STEP", help="Its path in the graph.")]


@reviews.callback(invoke_without_command=True)
def review(
    context: typer.Context,
    *,
    step: Annotated[
        str | None, typer.Option("--step", metavar="STEP", help="Only this one.")
    ] = None,
    database: options.Database = None,
    json: options.Json = False,
) -> None:
    """Say how many of the outputs that went on without a person are wrong.

    By step: what was reviewed, the error rate of all outputs that follows from it, with its
    interval, the money at stake, and whether an alarm is raised: that more is wrong than is
    fine, or that confidence or the length of outputs is not what it was.
    """
    if context.invoked_subcommand is not None:
        return
    found = asyncio.run(_reviewed(database, step))
    if json:
        typer.echo(to_json([one.as_dict() for one in found]))
    elif not found:
        typer.echo("Nothing has gone on without a person in a step with review=Reviewed(...).")
    else:
        print_table(HEAD, [_row(one) for one in found])


@reviews.command("calibrate", epilog=CALIBRATE_EXAMPLES)
def calibrate(
    *,
    step: Step,
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="FILE", help="Where to write it, as JSON.")
    ] = Path("calibrator.json"),
    method: Annotated[
        str, typer.Option("--method", help="venn-abers, isotonic or platt.")
    ] = "venn-abers",
    database: options.Database = None,
    json: options.Json = False,
) -> None:
    """Fit a calibrator to what people said of a step's outputs, and say what it gains.

    Outputs count by the inverse of the probability they were drawn with. Too few of them, or
    all right or all wrong, are refused.
    """
    # Imported here because numpy would slow down the start of every command.
    from surestep.review.outcomes import labelled_of  # noqa: PLC0415
    from surestep.verifiers.calibration.fit import fit  # noqa: PLC0415
    from surestep.verifiers.calibration.measure import held_out  # noqa: PLC0415

    chosen = known_method(method)
    labelled = labelled_of(asyncio.run(_taken(database, step)))
    calibrator = fit(labelled, method=chosen)
    measured = held_out(labelled, method=chosen)
    calibrator.write(out)
    if json:
        figures = {name: getattr(calibrator, name) for name in ("outcomes", "wrong", "worth")}
        typer.echo(to_json({"step": step, "file": str(out), **figures, **measured.as_dict()}))
        return
    before, after = measured.before, measured.after
    typer.echo(
        f"{step}: {calibrator.outcomes} outputs people judged, {calibrator.wrong} of them wrong, "
        f"worth {calibrator.worth:.0f} drawn alike.\n"
        f"Calibration error on held-out halves: {before.error:.3f} -> {after.error:.3f} "
        f"(of exact confidences about {after.error_by_chance:.3f}).\n"
        f"Written to {out}. Use it with calibrate=Calibrator.read({str(out)!r})."
    )


@reviews.command("thresholds", epilog=THRESHOLDS_EXAMPLES)
def thresholds(
    *,
    step: Step,
    tiers: Annotated[
        Path,
        typer.Option(
            "--tiers",
            metavar="FILE",
            help="The proposed tiers, as TOML or JSON: [[tiers]] with name, asking_usd, and "
            "error_usd, error_share, from_usd and floor as needed.",
        ),
    ],
    calibrator: Annotated[
        Path | None,
        typer.Option(
            "--calibrator",
            metavar="FILE",
            help="Whose confidences to judge by; default: those that were stored.",
            show_default=False,
        ),
    ] = None,
    database: options.Database = None,
    json: options.Json = False,
) -> None:
    """Say what a change of tiers would have done to the logged outputs; nothing is changed.

    How many go on unasked, how many of the dollars, and how many errors among them.
    """
    from surestep.review.outcomes import logged_of  # noqa: PLC0415 - as in calibrate

    proposed = Tiers.of_dict(read_object(f"@{tiers}", what="--tiers"))
    now = asyncio.run(_terms(database, step)).tiers
    if now is None:
        raise InputError(
            f"Step {step!r} acts by no tiers.",
            remedy="Give it human=Approvals(tiers=...), and let it run once.",
        )
    taken = asyncio.run(_taken(database, step))
    if calibrator is not None:
        taken = _calibrated(taken, Calibrator.read(calibrator))
    change = propose(step, logged_of(taken), now=now, proposed=proposed)
    typer.echo(to_json(change.as_dict()) if json else "\n".join(change.lines()))


async def _reviewed(database: str | None, step: str | None) -> list[StepReview]:
    from surestep.review.outcomes import review_of  # noqa: PLC0415 - as in calibrate

    store = options.store_there(database)
    terms = await store.reviews.terms()
    if step is not None and step not in terms:
        raise InputError(
            f"Step {step!r} is not reviewed in this database.",
            remedy=f"Known are: {', '.join(terms) or 'none'}.",
        )
    found = []
    for name, declared in terms.items():
        if step in (None, name):
            taken = await store.reviews.taken(name)
            found.append(review_of(name, taken, Terms.of_dict(declared)))
    return found


async def _taken(database: str | None, step: str) -> tuple[Taken, ...]:
    return await options.store_there(database).reviews.taken(step)


async def _terms(database: str | None, step: str) -> Terms:
    return Terms.of_dict((await options.store_there(database).reviews.terms()).get(step, {}))


def _calibrated(taken: Sequence[Taken], calibrator: Calibrator) -> tuple[Taken, ...]:
    return tuple(
        one if one.raw is None else replace(one, confidence=calibrator(one.raw)) for one in taken
    )


def _row(one: StepReview) -> tuple[str, ...]:
    errors = one.errors
    said = "-" if errors is None else f"{errors.rate:.1%} ({errors.low:.1%} to {errors.high:.1%})"
    return (
        one.step,
        str(one.actions),
        f"{one.reviewed} of {one.drawn}",
        str(one.found),
        said,
        dollars(one.amount_usd),
        dollars(one.wrong_usd),
        _alarms(one.drift),
    )


def _alarms(drift: Drift) -> str:
    raised = {"errors": drift.errors, "confidence": drift.confidence, "length": drift.size}
    return ", ".join(name for name, is_raised in raised.items() if is_raised) or "none"

"""`surestep certify`: the reliability that labelled runs prove."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from surestep.cli import options
from surestep.cli.outcomes import Outcomes
from surestep.cli.records import Labels, read_records
from surestep.errors import InputError
from surestep.storage.encode import to_json

if TYPE_CHECKING:
    from surestep.budgets.planner.proofs.certify import Certificate

CERTIFY_EXAMPLES = """
`surestep certify --runs runs.jsonl --target 0.99`

`surestep certify --labels labels.jsonl --db .surestep/surestep.db --sequential`
"""

Runs = Annotated[
    Path | None,
    typer.Option(
        "--runs",
        metavar="FILE",
        help='JSONL, one run a line in the order they were run: `{"ok": 1}`, or whole records; '
        "no ok, or null, means that nobody knows. Default: the runs in the database.",
        show_default=False,
    ),
]
Target = Annotated[
    float | None,
    typer.Option("--target", help="The reliability to prove, such as 0.99.", show_default=False),
]
Confidence = Annotated[
    float, typer.Option("--confidence", help="P(what is proven holds), at least.")
]
Sequential = Annotated[
    bool,
    typer.Option(
        "--sequential",
        help="Valid whenever you look, after every run if you like; without it, the number "
        "of runs has to be fixed before their outcomes are seen.",
    ),
]
ByStep = Annotated[
    bool,
    typer.Option(
        "--by-step",
        help='From records of single steps: `"steps": [{"step": "plan", "ok": 1}]` in each '
        "run, or labels of steps. A run is right if all its steps are, and they fail "
        "independently of each other.",
    ),
]
Truth = Annotated[
    float | None,
    typer.Option(
        "--truth",
        help="The reliability to suppose when further runs are counted; default: as seen.",
        show_default=False,
    ),
]
Power = Annotated[
    float, typer.Option("--power", help="P(the further runs prove the target), if so.")
]


def certify(
    *,
    runs: Runs = None,
    labels: Labels = None,
    database: options.Database = None,
    target: Target = None,
    confidence: Confidence = 0.95,
    sequential: Sequential = False,
    by_step: ByStep = False,
    truth: Truth = None,
    power: Power = 0.9,
    json: options.Json = False,
) -> None:
    """Say which reliability labelled runs prove, and how many more a target needs.

    Exact bounds: Clopper-Pearson for runs, Lindstrom-Madden for records of steps, and with
    `--sequential` an e-process. The runs have to be independent of each other and like
    those to come: draw the tasks, and run each of them once.
    """
    if by_step and sequential:
        raise InputError("--by-step goes without --sequential.", remedy="Leave one of them out.")
    found = Outcomes.of(read_records(runs, labels, database))
    certificate = _certificate(
        found,
        sequential=sequential,
        by_step=by_step,
        target=target,
        confidence=confidence,
        truth=truth,
        power=power,
    )
    unknown = found.truths.count(None)
    if json:
        typer.echo(to_json({**certificate.as_dict(), "unknown": unknown}))
    else:
        typer.echo("\n".join(_told(certificate, unknown)))


def _told(certificate: Certificate, unknown: int) -> Iterator[str]:
    yield from certificate.lines()
    if unknown:
        yield (
            f"{unknown} runs without a label are left out: the rest speaks for them only if "
            "which ones were labelled has nothing to do with how they went."
        )


def _certificate(
    found: Outcomes,
    *,
    sequential: bool,
    by_step: bool,
    target: float | None,
    confidence: float,
    truth: float | None,
    power: float,
) -> Certificate:
    # Imported here because numpy and scipy would slow down the start of every command.
    from surestep.budgets.planner.proofs import certify as proving  # noqa: PLC0415
    from surestep.budgets.planner.proofs.bounds import Counts  # noqa: PLC0415

    if sequential:
        return proving.certify_sequence(
            found.known, target=target, confidence=confidence, truth=truth
        )
    if by_step:
        steps = {name: Counts(len(ok), ok.count(False)) for name, ok in found.steps.items()}
        return proving.certify_steps(
            steps, target=target, confidence=confidence, truth=truth, power=power
        )
    counts = Counts(len(found.known), found.known.count(False))
    return proving.certify_runs(
        counts, target=target, confidence=confidence, truth=truth, power=power
    )

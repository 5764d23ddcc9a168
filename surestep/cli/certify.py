"""`surestep certify`: the reliability that labelled runs prove."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from surestep.cli import options
from surestep.cli.labelled import Labelled, of_file, of_store
from surestep.errors import InputError
from surestep.storage.encode import to_json

if TYPE_CHECKING:
    from surestep.budgets.planner.certify import Certificate

CERTIFY_EXAMPLES = """
`surestep certify --runs runs.jsonl --target 0.99`

`surestep certify --labels labels.jsonl --db .surestep/surestep.db --sequential`
"""

Runs = Annotated[
    str | None,
    typer.Option(
        "--runs",
        metavar="FILE",
        help='JSONL, one run a line in the order they were run: `{"ok": true}`; null or no ok '
        "means nobody knows. `.gz` is unpacked, `-` is standard input.",
        show_default=False,
    ),
]
Labels = Annotated[
    str | None,
    typer.Option(
        "--labels",
        metavar="FILE",
        help='JSONL of `{"thread_id": "…", "ok": true}`: the truth of runs in the database. '
        "Runs that failed count as wrong without a label.",
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
        help='From records of single steps: `"steps": [{"step": "plan", "ok": true}]` in '
        "each line of --runs. A run is right if all its steps are, and they fail "
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
    if (runs is None) == (labels is None):
        raise InputError(
            "There are no runs to certify." if runs is None else "Runs are given twice.",
            remedy="Give either --runs FILE, or --labels FILE for the runs in the database.",
        )
    if by_step and (sequential or runs is None):
        raise InputError(
            f"--by-step goes with --runs, and not with "
            f"{'--sequential' if sequential else '--labels'}.",
            remedy="Leave one of them out.",
        )
    found = of_file(runs) if runs else asyncio.run(_stored(labels or "", database))
    certificate = _certificate(
        found,
        sequential=sequential,
        by_step=by_step,
        target=target,
        confidence=confidence,
        truth=truth,
        power=power,
    )
    unknown = len(found.truths) - len(found.outcomes)
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
    found: Labelled,
    *,
    sequential: bool,
    by_step: bool,
    target: float | None,
    confidence: float,
    truth: float | None,
    power: float,
) -> Certificate:
    # Imported here because numpy and scipy would slow down the start of every command.
    from surestep.budgets.planner import certify as proving  # noqa: PLC0415
    from surestep.budgets.planner.bounds import Counts  # noqa: PLC0415

    if sequential:
        return proving.certify_sequence(
            found.outcomes, target=target, confidence=confidence, truth=truth
        )
    if by_step:
        steps = {name: Counts(len(ok), ok.count(False)) for name, ok in found.steps.items()}
        return proving.certify_steps(
            steps, target=target, confidence=confidence, truth=truth, power=power
        )
    counts = Counts(len(found.outcomes), found.outcomes.count(False))
    return proving.certify_runs(
        counts, target=target, confidence=confidence, truth=truth, power=power
    )


async def _stored(labels: str, database: str | None) -> Labelled:
    chosen = options.chosen_database(database)
    store = options.existing_store(chosen)
    if store is None:
        raise InputError(
            f"There is no database {chosen!r}.", remedy="Name it with --db, or give --runs FILE."
        )
    return await of_store(store, labels)

"""`surestep tune`: the best plan for what is asked, and the frontier it stands on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from surestep.budgets.limits import SLO
from surestep.budgets.planner.infeasible import Infeasible
from surestep.cli import options
from surestep.cli.asking import Asked, Limits, Minimise, forced, objective
from surestep.cli.suites import RealTime, SuiteOption, suite_of
from surestep.cli.tryout import Tryout
from surestep.errors import InputError
from surestep.storage.encode import to_json

TUNE_EXAMPLES = """
`surestep tune app.py:graph --profile profile.json --slo "reliability>=0.99, latency_p95_s<=12"`

`surestep tune --profile profile.json --slo "cost_usd<=0.05" --force draft.mode=off --png plan.png`

`surestep tune app.py:graph --rehearse 300 --slo "reliability>=0.98" --minimise latency_p95`

`surestep tune --profile new.json --against old.json --slo "reliability>=0.98"`
"""

Target = Annotated[
    str | None,
    typer.Argument(
        metavar="TARGET",
        help="The graph: the plan is checked against it, and --rehearse runs it.",
        show_default=False,
    ),
]
ProfileFile = Annotated[
    Path | None,
    typer.Option(
        "--profile",
        metavar="FILE",
        help="What is known of its steps, as `surestep profile fit` writes it.",
        show_default=False,
    ),
]
Force = Annotated[
    list[str] | None,
    typer.Option(
        "--force",
        metavar="STEP.KEY=VALUE",
        help="A choice that is made already, such as `draft.mode=off`; several times.",
        show_default=False,
    ),
]
Rehearse = Annotated[
    int | None,
    typer.Option(
        "--rehearse",
        metavar="N",
        help="Instead of a profile: run N rehearsals, fit, plan, and run N others under the "
        "plan, to see whether it does what it is predicted to do.",
        show_default=False,
    ),
]
Seed = Annotated[int, typer.Option("--seed", help="Of the rehearsals.")]
Keep = Annotated[
    Path | None,
    typer.Option(
        "--keep",
        metavar="FILE",
        help="Where to write the profile that --rehearse fits.",
        show_default=False,
    ),
]
Against = Annotated[
    Path | None,
    typer.Option(
        "--against",
        metavar="FILE",
        help="An older profile, or that of people who do the work by hand: what the new one does "
        "to end-to-end success.",
        show_default=False,
    ),
]
Confidence = Annotated[
    float, typer.Option("--confidence", help="With --against: what P(better) has to reach.")
]
Out = Annotated[Path, typer.Option("-o", "--out", metavar="FILE", help="Where to write the plan.")]
Html = Annotated[
    Path | None,
    typer.Option(
        "--html",
        metavar="FILE",
        help="Where to write a page of the frontier, which works offline; default: beside the "
        "plan, as plan.html, if the extra `plot` is installed.",
        show_default=False,
    ),
]
Png = Annotated[
    Path | None,
    typer.Option("--png", metavar="FILE", help="The same as a picture.", show_default=False),
]


def tune(
    *,
    target: Target = None,
    profile: ProfileFile = None,
    slo: Limits = None,
    minimise: Minimise = None,
    force: Force = None,
    rehearse: Rehearse = None,
    suite: SuiteOption = None,
    seed: Seed = 0,
    real_time: RealTime = False,
    keep: Keep = None,
    against: Against = None,
    confidence: Confidence = 0.95,
    out: Out = Path("plan.toml"),
    html: Html = None,
    png: Png = None,
    json: options.Json = False,
) -> None:
    """Find the best plan within limits: which steps to check, how, and when to ask people.

    Shows the frontier of plans no other one beats, the chosen one with its intervals, what it
    takes for granted, what the next best choice of each step would cost, and which measurement
    would improve it most. Where no plan keeps all limits, it says which one stands in the way.
    """
    # Imported here because numpy and scipy would slow down the start of every command.
    from surestep.cli import tuned, tuning  # noqa: PLC0415

    asked = Asked(SLO.of_words(slo or []), objective(minimise), forced(force or []))
    tryout = None
    if rehearse is not None:
        tryout = Tryout(
            target=_named(target),
            suite=suite_of(_named(target), suite),
            runs=rehearse,
            seed=seed,
            real_time=real_time,
            silent=json,
        )
    known = tuning.known(target, profile, tryout)
    if keep is not None:
        known.write(keep)
    try:
        report = tuning.report(
            known, asked, tryout=tryout, against=against, confidence=confidence, silent=json
        )
    except Infeasible as error:
        tuned.print_short(error, tuning.runs_to_go(known, asked, silent=json), json=json)
        raise
    files = tuning.write(report, f"Plans for {target or profile}", plan=out, html=html, png=png)
    if json:
        typer.echo(to_json(tuned.document(report) | {"files": files}))
    else:
        tuned.print_report(report)
        typer.echo(f"\nWritten: {', '.join(files)}")


def _named(target: str | None) -> str:
    if target is None:
        raise InputError("--rehearse has no TARGET.", remedy="Name the graph to be rehearsed.")
    return target

"""`surestep plan explain`: why each step is treated as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from surestep.budgets.limits import SLO
from surestep.budgets.plan import Plan
from surestep.budgets.profile import Profile
from surestep.cli import options
from surestep.cli.asking import Limits, Minimise, objective
from surestep.storage.encode import to_json

EXPLAIN_EXAMPLES = """
`surestep plan explain plan.toml --profile profile.json --slo "reliability>=0.97"`

`surestep plan explain by-hand.toml --profile profile.json`
"""


def explain(
    *,
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="A plan file.", show_default=False)],
    profile: Annotated[
        Path, typer.Option("--profile", metavar="FILE", help="What is known of its steps.")
    ],
    slo: Limits = None,
    minimise: Minimise = None,
    json: options.Json = False,
) -> None:
    """Say what a plan comes to, step by step, where a better one differs, and what limits cost.

    Without --slo it is held against the cheapest plan that is as reliable, as fast, and asks
    people no more.
    """
    # Imported here because numpy and scipy would slow down the start of every command.
    from surestep.cli import explained  # noqa: PLC0415

    asked = SLO.of_words(slo) if slo else None
    report = explained.explained(Profile.read(profile), Plan.read(plan), asked, objective(minimise))
    if json:
        typer.echo(to_json(report.as_dict()))
    else:
        report.show()

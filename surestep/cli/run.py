"""`surestep run` and `surestep resume`."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from surestep.cli import options
from surestep.cli.job import OnQuestion
from surestep.cli.starting import Request, execute

RUN_EXAMPLES = """
`surestep run app.py:graph question="Why is the sky blue?"`

`surestep run app:graph --input @ticket.json --slo "latency_s<=10,cost_usd<=0.05"`

`surestep run app:graph --input @ticket.json --json --on-question queue`
"""
RESUME_EXAMPLES = """
`surestep resume 3f2a91c0`

`surestep resume 3f2a91c0 --answer 3f2a91c0/1/decide/1/1=approve`

`surestep resume 3f2a91c0 --answer '3f2a91c0/1/draft/1/1=reject:"Be polite."'`
"""

Slo = Annotated[
    list[str] | None,
    typer.Option(
        "--slo",
        metavar="WORDS",
        help='What the run must meet, as in `"latency_s<=10"`. Can be repeated.',
        show_default=False,
    ),
]
MaxWaste = Annotated[
    float | None,
    typer.Option(
        "--max-waste-usd",
        metavar="USD",
        help="How much may go into work thrown away because a verdict was bad.",
        show_default=False,
    ),
]
MaxUnsettled = Annotated[
    int | None,
    typer.Option(
        "--max-unsettled",
        metavar="N",
        help="On how many outputs without their verdicts a step may start.",
        show_default=False,
    ),
]
NewThread = Annotated[
    str | None,
    typer.Option(
        "--thread",
        metavar="ID",
        help="Names the thread; default: a new name.",
        show_default=False,
    ),
]
PlanFile = Annotated[
    str | None,
    typer.Option(
        "--plan", metavar="FILE", help="How steps are checked, as TOML.", show_default=False
    ),
]
Asked = Annotated[
    OnQuestion | None,
    typer.Option(
        "--on-question",
        help="What to do when a person is needed: `ask` (in a terminal), `fail` (without one), "
        "`queue` (leave the question open and end well) or `approve`.",
        show_default=False,
    ),
]
Switches = Annotated[
    list[str] | None,
    typer.Option(
        "--switch",
        metavar="STEP=off|on",
        help="Turn a step's checks off or on from here on. Can be repeated.",
        show_default=False,
    ),
]


def run(
    *,
    target: options.Target,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="KEY=VALUE",
            help="Input, key by key. A value is JSON if it reads as such and its key takes "
            "more than text.",
            show_default=False,
        ),
    ] = None,
    given: Annotated[
        str | None,
        typer.Option(
            "--input",
            metavar="JSON",
            help="The whole input: JSON, `@file.json`, `@file.toml`, or `@-` for standard input.",
            show_default=False,
        ),
    ] = None,
    thread: NewThread = None,
    plan: PlanFile = None,
    slo: Slo = None,
    max_waste_usd: MaxWaste = None,
    max_unsettled: MaxUnsettled = None,
    on_question: Asked = None,
    switch: Switches = None,
    by: options.Actor = None,
    database: options.Database = None,
    json: options.Json = False,
) -> None:
    """Run a verified graph, and watch it.

    In a terminal you see its steps, verdicts and spending while it goes, and are asked when a
    step needs a person. Ctrl-C leaves it so that `surestep resume` can go on with it.
    Elsewhere, or with `--json`, each event is a line of JSON and the result is the last one.
    """
    request = Request(
        target=target,
        given=given,
        words=tuple(words or ()),
        thread_id=thread,
        plan=plan,
        slo=tuple(slo or ()),
        max_waste_usd=max_waste_usd,
        max_unsettled=max_unsettled,
        on_question=on_question,
        switches=tuple(switch or ()),
        actor=by,
        database=database,
        json=json,
    )
    raise typer.Exit(asyncio.run(execute(request)))


def resume(
    *,
    thread: options.Thread,
    answer: Annotated[
        list[str] | None,
        typer.Option(
            "--answer",
            metavar="ID=ANSWER",
            help='Answer a question by its id: `approve`, `reject:"why"`, `edit:@file.json`, '
            '`edit:{...}` or `respond:"text"`. Can be repeated.',
            show_default=False,
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(
            "--target",
            metavar="TARGET",
            help="Where the graph is now, if it has moved; default: as stored.",
            show_default=False,
        ),
    ] = None,
    plan: PlanFile = None,
    slo: Slo = None,
    max_waste_usd: MaxWaste = None,
    max_unsettled: MaxUnsettled = None,
    on_question: Asked = None,
    switch: Switches = None,
    by: options.Actor = None,
    database: options.Database = None,
    json: options.Json = False,
) -> None:
    """Go on with a thread that was left, interrupted, killed, or has failed.

    What has settled is not done again. Its plan and limits are those it was started with,
    unless you give others.
    """
    request = Request(
        target=target,
        thread_id=thread,
        answers=tuple(answer or ()),
        resumes=True,
        plan=plan,
        slo=tuple(slo or ()),
        max_waste_usd=max_waste_usd,
        max_unsettled=max_unsettled,
        on_question=on_question,
        switches=tuple(switch or ()),
        actor=by,
        database=database,
        json=json,
    )
    raise typer.Exit(asyncio.run(execute(request)))

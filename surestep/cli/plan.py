"""`surestep plan`: how each step is treated, in a file and against a graph."""

from __future__ import annotations

import asyncio
import json as json_text
from collections.abc import Mapping
from difflib import unified_diff
from pathlib import Path
from typing import Annotated

import typer

from surestep.budgets.plan import Plan
from surestep.cli import options
from surestep.cli.inputs import read_change
from surestep.cli.plan_diff import DIFF_EXAMPLES, diff
from surestep.cli.plan_explain import EXPLAIN_EXAMPLES, explain
from surestep.cli.tables import columns_there_are, table
from surestep.cli.target import load
from surestep.errors import InputError
from surestep.graph import VerifiedApp
from surestep.graph.barriers import Barrier
from surestep.nodes.spec import HumanPolicy, StepSpec
from surestep.nodes.treatment import treatment
from surestep.storage.encode import to_json
from surestep.values import Ask

plans = typer.Typer(
    no_args_is_help=True,
    help="See and change how each step is checked.",
    rich_markup_mode="markdown",
)
HEAD = ("STEP", "MODE", "RETRIES", "SAMPLES", "VOTE", "HUMAN", "VERIFIERS")
Cells = Mapping[str, object]


@plans.command("show", epilog="`surestep plan show app.py:graph --plan plan.toml`")
def show(
    subject: Annotated[
        str,
        typer.Argument(
            metavar="TARGET_OR_PLAN", help="A TARGET, or a plan file.", show_default=False
        ),
    ],
    plan: Annotated[
        str | None,
        typer.Option(
            "--plan",
            metavar="FILE",
            help="Resolve this plan against the TARGET; default: the plan compiled in.",
            show_default=False,
        ),
    ] = None,
    json: options.Json = False,
) -> None:
    """Show per step: mode, verifiers, retries, samples, vote, and when a person is asked.

    Of a plan file alone, `-` means as the graph declares. With a TARGET, everything is resolved,
    and where runs wait for verdicts earlier than at their end is told below, with the reason.
    """
    waits: tuple[Barrier, ...] = ()
    if ":" not in subject and subject.endswith(".toml"):
        rows = of_plan(Plan.read(subject))
    else:
        found = asyncio.run(load(subject))
        graph = found if isinstance(found, VerifiedApp) else found.compile()
        chosen = Plan.read(plan) if plan else graph.plan
        chosen.check(graph.definition.verifier_names)
        rows = of_graph(graph.definition.specs, chosen)
        # The command line runs every graph with a database.
        waits = graph.barriers(chosen, database=True)
    if json:
        typer.echo(to_json({"steps": rows, "waits": waits}))
        return
    typer.echo(_table(rows))
    for one in waits:
        typer.echo(str(one))


@plans.command(
    "set",
    epilog="`surestep plan set plan.toml decide mode=off`\n\n"
    "`surestep plan set plan.toml draft verifiers=policy,judge retries=1 --target app.py:graph`",
)
def change(
    file: Annotated[Path, typer.Argument(metavar="PLAN", help="A plan file; a new one is made.")],
    step: Annotated[str, typer.Argument(metavar="STEP", help="As in add_step, or `default`.")],
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="KEY=VALUE",
            help="Keys: mode, verifiers, retries, samples, vote, speculate, human. An empty "
            "value takes a key out.",
        ),
    ],
    target: Annotated[
        str | None,
        typer.Option("--target", metavar="TARGET", help="Check the plan against this graph."),
    ] = None,
    json: options.Json = False,
) -> None:
    """Change one step in a plan file, show the difference, and write it.

    The file is written anew, so comments in it are not kept.
    """
    before = Plan.read(file) if file.exists() else Plan()
    after = changed(before, step, dict(read_change(word) for word in words))
    if target:
        found = asyncio.run(load(target))
        graph = found if isinstance(found, VerifiedApp) else found.compile()
        after.check(graph.definition.verifier_names)
    after.write(file)
    if json:
        typer.echo(to_json({"file": str(file), "plan": after.as_dict()}))
    else:
        old = before.toml() if file.exists() else ""
        typer.echo(difference(old, after.toml(), str(file)) or f"{file} says so already.")


plans.command("diff", epilog=DIFF_EXAMPLES)(diff)
plans.command("explain", epilog=EXPLAIN_EXAMPLES)(explain)


def changed(plan: Plan, step: str, changes: Mapping[str, object]) -> Plan:
    """The plan with a step, or its default, changed.

    Raises:
        PlanError: a key or a value does not fit.
        InputError: nothing is to be changed.
    """
    if not changes:
        raise InputError("There is nothing to change.", remedy="Give key=value, as in mode=off.")
    if step == "default":
        return Plan(plan.steps, default=plan.default.changed(step, changes))
    return plan.with_step(step, **changes)


def difference(before: str, after: str, name: str) -> str:
    """What changes in a file, as a unified diff; `""` if nothing does."""
    lines = unified_diff(before.splitlines(), after.splitlines(), name, name, lineterm="", n=2)
    return "\n".join(lines)


def of_plan(plan: Plan) -> dict[str, Cells]:
    """What a plan says of each step it names, and of all others as `default`."""
    return {
        step: {"step": step, **assurance.as_dict()}
        for step, assurance in {"default": plan.default, **plan.steps}.items()
    }


def of_graph(specs: Mapping[str, StepSpec], plan: Plan) -> dict[str, Cells]:
    """How each step of a graph is treated under a plan."""
    rows: dict[str, Cells] = {}
    for path, spec in specs.items():
        how = treatment(spec, plan.of(path))
        rows[path] = {
            "step": path,
            "mode": plan.of(path).mode if how.checked else "off",
            "verifiers": [verifier.name for verifier in how.verifiers],
            "retries": how.retries,
            "samples": how.samples,
            "vote": how.vote.name if how.vote else False,
            "human": policy(how.human),
        }
    return rows


def policy(human: HumanPolicy) -> str:
    """A human policy in a word."""
    if isinstance(human, Ask):
        return f"always: {human.reason}"
    return human if isinstance(human, str) else getattr(human, "__name__", "a function")


def _table(rows: Mapping[str, Cells]) -> str:
    keys = [name.lower() for name in HEAD]
    cells = [[_word(row.get(key)) for key in keys] for row in rows.values()]
    return table(HEAD, cells, width=columns_there_are())


def _word(value: object) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case list() | tuple():
            return ", ".join(map(str, value)) or "none"
        case dict():
            return json_text.dumps(value)
        case _:
            return str(value)

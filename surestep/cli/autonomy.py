"""`surestep autonomy`: how freely each step may act, and what it takes to act more freely."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer

from surestep.cli import options
from surestep.cli.tables import print_table
from surestep.review.rungs import Rung
from surestep.review.standing import Standing, demote, promote, standing
from surestep.review.terms import Terms
from surestep.storage import Store
from surestep.storage.encode import columns, to_json

autonomy = typer.Typer(
    invoke_without_command=True,
    help="See how freely steps act, promote them, and report incidents.",
    rich_markup_mode="markdown",
    epilog="`surestep autonomy`\n\n`surestep autonomy --step decide --json`",
)
HEAD = ("STEP", "RUNG", "SINCE", "REVIEWED", "WRONG AT MOST", "NEXT")

Step = Annotated[str, typer.Argument(metavar="STEP", help="Its path in the graph.")]
Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="For whoever asks later.")]


@autonomy.callback(invoke_without_command=True)
def listed(
    context: typer.Context,
    *,
    step: Annotated[
        str | None, typer.Option("--step", metavar="STEP", help="Only this one, with its history.")
    ] = None,
    database: options.Database = None,
    json: options.Json = False,
) -> None:
    """Show on which rung each step stands, by what evidence, and what the next one takes.

    A step that has drifted, or made more errors than its rung allows, is demoted on the way.
    """
    if context.invoked_subcommand is not None:
        return
    found = asyncio.run(_standings(options.store_there(database), step))
    if json:
        typer.echo(to_json([as_dict(one) for one in found]))
        return
    if not found:
        typer.echo("No step of this database has human=Earned(...).")
        return
    print_table(HEAD, [_row(one) for one in found])
    for one in found:
        typer.echo(f"\n{_next(one)}")
        if step is not None:
            typer.echo(_history(one))


@autonomy.command("promote", epilog="`surestep autonomy promote decide --by ann`")
def promoted(
    *,
    step: Step,
    why: Why = "",
    by: options.Actor = None,
    database: options.Database = None,
    json: options.Json = False,
) -> None:
    """Let a step climb one rung, if it has earned that."""
    store = options.store_there(database)
    _say(asyncio.run(promote(store, step, by=by or options.user_name(), why=why)), json=json)


@autonomy.command("demote", epilog='`surestep autonomy demote decide --why "new prompt"`')
def demoted(
    *,
    step: Step,
    why: Why,
    by: options.Actor = None,
    database: options.Database = None,
    json: options.Json = False,
) -> None:
    """Take a step down one rung."""
    store = options.store_there(database)
    _say(asyncio.run(demote(store, step, by=by or options.user_name(), why=why)), json=json)


@autonomy.command("incident", epilog='`surestep autonomy incident decide --why "paid twice"`')
def incident(
    *,
    step: Step,
    why: Why,
    by: options.Actor = None,
    database: options.Database = None,
    json: options.Json = False,
) -> None:
    """Report harm a step has done: from now on every action of it is approved."""
    store = options.store_there(database)
    who = by or options.user_name()
    _say(asyncio.run(demote(store, step, by=who, why=why, incident=True)), json=json)


def as_dict(one: Standing) -> dict[str, object]:
    """Where a step stands, as plain values."""
    proposed = one.proposed
    return {
        **columns(one),
        "rung": one.rung.words,
        "proposed": None if proposed is None else proposed.words,
        "history": [{**columns(entry), "rung": Rung(entry.rung).words} for entry in one.history],
    }


async def _standings(store: Store, step: str | None) -> list[Standing]:
    if step is not None:
        return [await standing(store, step)]
    terms = await store.reviews.terms()
    # Terms are kept of reviewed steps too, whose people are asked by other policies.
    earning = [name for name, found in terms.items() if Terms.of_dict(found).ladder is not None]
    return [await standing(store, name) for name in earning]


def _say(one: Standing, *, json: bool) -> None:
    typer.echo(to_json(as_dict(one)) if json else f"{one.step}: {one.rung.words}.\n{_next(one)}")


def _row(one: Standing) -> tuple[str, ...]:
    errors = one.evidence.get("errors")
    known = errors if isinstance(errors, dict) else {}
    return (
        one.step,
        one.rung.words,
        _day(one.since) if one.since else "-",
        str(known.get("reviewed", 0)),
        f"{known['high']:.1%}" if known else "-",
        "-" if one.proposed is None else one.proposed.words,
    )


def _next(one: Standing) -> str:
    """What is to be done for the next rung, or what is missing."""
    if one.proposed is not None:
        return (
            f"{one.step} has earned {one.proposed.words!r}: {'; '.join(one.reasons)}.\n"
            f"Promote it with: surestep autonomy promote {one.step}"
        )
    if one.rung is Rung.AUTONOMOUS:
        return f"{one.step} stands on the last rung."
    missing = "\n".join(f"  - {line}" for line in one.reasons)
    return f"{one.step} lacks for {Rung(one.rung + 1).words!r}:\n{missing}"


def _history(one: Standing) -> str:
    lines = [
        f"  {_day(entry.at)}  {entry.what} to {Rung(entry.rung).words!r} "
        f"by {entry.who or 'itself'}: {entry.why}"
        for entry in one.history
    ]
    return "\n".join(["History:", *lines])


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M")

"""`surestep trace`: what happened in a thread."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from surestep.cli import options
from surestep.cli.records import RECORDS_EXAMPLES, records, write_text
from surestep.cli.tables import columns_there_are
from surestep.errors import UnknownThread
from surestep.storage import Event, shown
from surestep.storage.encode import to_json
from surestep.traces import jsonl as lines
from surestep.traces import render, timeline

traces = typer.Typer(
    no_args_is_help=True,
    help="See what happened in a thread, and what it cost.",
    rich_markup_mode="markdown",
)


@traces.command("show", epilog="`surestep trace show 3f2a91c0`")
def show(
    thread: options.Thread, database: options.Database = None, json: options.Json = False
) -> None:
    """Draw a thread as a waterfall: steps, attempts, checks, calls, decisions, failures."""
    found = timeline(asyncio.run(_events(thread, options.chosen_database(database))))
    if json:
        typer.echo(to_json(found.as_dict()))
    else:
        typer.echo(render(found, columns_there_are()), nl=False)


@traces.command("export", epilog="`surestep trace export 3f2a91c0 --jsonl -o trace.jsonl`")
def export(
    thread: options.Thread,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="One JSON object a line: the format there is.")
    ] = True,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Default: standard output."),
    ] = None,
    database: options.Database = None,
    json: options.Json = False,
) -> None:
    """Write every event of a thread in full: inputs, outputs, usage, cost, latency."""
    events = asyncio.run(_events(thread, options.chosen_database(database)))
    text = "".join(f"{line}\n" for line in (lines(events) if jsonl else ()))
    if output is None:
        typer.echo(text, nl=False)
        return
    write_text(output, text, option="--output")
    if json:
        typer.echo(to_json({"thread": thread, "events": len(events), "file": str(output)}))
    else:
        typer.echo(f"{len(events)} events written to {output}.")


traces.command("records", epilog=RECORDS_EXAMPLES)(records)


async def _events(thread: str, database: str) -> tuple[Event, ...]:
    store = options.existing_store(database)
    events = await store.events(thread) if store else ()
    if not events:
        raise UnknownThread(thread, where=shown(database))
    return events

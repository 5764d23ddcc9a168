"""`surestep trace records`, and the records other commands start from."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from surestep.cli import options
from surestep.errors import InputError, UnknownThread
from surestep.rehearsal.loading import json_lines
from surestep.storage import shown
from surestep.storage.encode import to_json
from surestep.traces.labels import labelled, reviewed, steps_in
from surestep.traces.runs import Record, runs_of

RECORDS_EXAMPLES = """
`surestep trace records -o runs.jsonl`

`surestep trace records 3f2a91c0 --labels labels.jsonl`
"""

EVERY_THREAD = sys.maxsize >> 1
"""More than there are, and still a number SQLite takes."""

Labels = Annotated[
    Path | None,
    typer.Option(
        "--labels",
        metavar="FILE",
        help='JSONL of what is known to be right: `{"run_id": "…", "ok": 1}`, with `step`, '
        "`visit` and `attempt` for an output of a step. `.gz` is unpacked.",
        show_default=False,
    ),
]


def records(
    *,
    threads: Annotated[
        list[str] | None,
        typer.Argument(metavar="THREAD", help="Only these; default: all.", show_default=False),
    ] = None,
    labels: Labels = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Default: standard output."),
    ] = None,
    database: options.Database = None,
    json: options.Json = False,
) -> None:
    """Write runs as plain records, one JSON object a line, for fitting a profile.

    A record says what each output took, what was said of it, and how the run ended.
    """
    found = asyncio.run(recorded(database, threads=threads or (), labels=labels))
    text = "".join(f"{to_json(record)}\n" for record in found)
    if output is None:
        typer.echo(text, nl=False)
        return
    write_text(output, text, option="--output")
    outputs = sum(len(steps_in(record)) for record in found)
    if json:
        typer.echo(to_json({"file": str(output), "runs": len(found), "outputs": outputs}))
    else:
        typer.echo(f"{len(found)} runs with {outputs} outputs written to {output}.")


async def recorded(
    database: str | None, *, threads: Sequence[str] = (), labels: Path | None = None
) -> tuple[Record, ...]:
    """The records of a database's threads, oldest first, with what reviews and labels say.

    Args:
        database: as `--db` gives it.
        threads: only these; all if none is named.
        labels: a JSONL file, as `surestep.traces.labels` describes it.

    Raises:
        InputError: there is no database, or a label does not fit.
        UnknownThread: the database has no such thread.
    """
    store = options.store_there(database)
    rows = await store.threads(limit=EVERY_THREAD)
    known = [row.thread_id for row in reversed(rows)]
    for thread in threads:
        if thread not in known:
            raise UnknownThread(thread, where=shown(store.url))
    events = [await store.events(thread) for thread in threads or known]
    found = runs_of(events)
    found = labelled(found, reviewed(found, await store.reviews.taken()))
    if labels is None:
        return found
    return labelled(found, [label for _, label in json_lines(labels)])


def read_records(
    records: Path | None, labels: Path | None, database: str | None
) -> tuple[Mapping[str, object], ...]:
    """The records of a file, else of a database, with what labels say.

    Args:
        records: a JSONL file; `None` takes the database.
        labels: a JSONL file, as `surestep.traces.labels` describes it.
        database: as `--db` gives it.

    Raises:
        InputError: a file cannot be read, there is no database, or a label does not fit.
        UnknownThread: the database has no such thread.
    """
    if records is None:
        return asyncio.run(recorded(database, labels=labels))
    found = tuple(record for _, record in json_lines(records))
    if labels is None:
        return found
    if not all("run_id" in record for record in found):
        raise InputError(
            f"{records} holds runs without a run_id, which no label can name.",
            remedy='Add "run_id" to each of them, or leave --labels out.',
        )
    return labelled(found, [label for _, label in json_lines(labels)])


def write_text(path: Path, text: str, *, option: str) -> None:
    """Replace a file by a text.

    Raises:
        InputError: it cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"{path} cannot be written: {error}.", remedy=f"Choose another {option}."
        ) from error

"""`surestep serve` and `surestep reviewers`: the inbox in a browser, and who may sign in."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from surestep.cli import options
from surestep.cli.serving import GraphRuns
from surestep.cli.tables import print_table
from surestep.errors import InputError
from surestep.storage.encode import to_json
from surestep.web.inbox import Inbox
from surestep.web.reviewers import ROLES, Reviewers, without_hash

SERVE_EXAMPLES = """
`surestep serve`

`surestep serve --port 0 --db runs.db --json`
"""
ADD_EXAMPLES = """
`surestep reviewers add ann --role lead`

`surestep reviewers add bob --queue billing --queue refunds`
"""
VARIABLE = "SURESTEP_REVIEWERS"

reviewers = typer.Typer(
    no_args_is_help=True,
    help="Say who may sign in to the inbox in a browser.",
    rich_markup_mode="markdown",
)
File = Annotated[
    str | None,
    typer.Option(
        "--reviewers",
        metavar="FILE",
        help=f"Who may sign in; default: ${VARIABLE}, else reviewers.json beside the database.",
        show_default=False,
    ),
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Under which they decide.")]


def serve(
    *,
    host: Annotated[
        str, typer.Option("--host", help="The address to listen on; by default this machine's own.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="The port; 0 takes a free one.")] = 8600,
    target: Annotated[
        str | None,
        typer.Option("--target", metavar="TARGET", help="Where the graph is; default: as stored."),
    ] = None,
    file: File = None,
    database: options.Database = None,
    json: options.Json = False,
) -> None:
    """Serve the inbox to browsers: what waits for people, and what becomes of it.

    A decision goes on with its run by itself, in this process. Ctrl-C ends it; runs that were
    going on are gone on with by `surestep resume`.
    """
    found = _reviewers(file, database)
    if not found.all():
        raise InputError(
            f"Nobody may sign in: {str(found.path)!r} names no reviewers.",
            remedy="Add somebody first: surestep reviewers add NAME --role lead.",
        )

    def listening(url: str) -> None:
        said = f"The inbox is at {url}; Ctrl-C ends it."
        typer.echo(to_json({"url": url}) if json else said)

    place = options.chosen_database(database)
    store = options.store_there(database)
    inbox = Inbox(store, GraphRuns(store, place, target), found)
    _server()(inbox, host, port, on_listening=listening)


@reviewers.command("add", epilog=ADD_EXAMPLES)
def add(
    *,
    name: Name,
    role: Annotated[str, typer.Option("--role", help=f"{', '.join(ROLES)}.")] = "reviewer",
    queue: Annotated[
        list[str] | None,
        typer.Option("--queue", help="Only this one; can be repeated. Default: every queue."),
    ] = None,
    file: File = None,
    database: options.Database = None,
    json: options.Json = False,
) -> None:
    """Let somebody sign in, and print their token, which is shown this once.

    For somebody who is known already it makes a new token, and the old one stops working.
    """
    chosen = next((one for one in ROLES if one == role), None)
    if chosen is None:
        raise InputError(
            f"No role is called {role!r}.", remedy=f"Choose one of: {', '.join(ROLES)}."
        )
    token = _reviewers(file, database).add(name, chosen, queue or ())
    values = {"name": name, "role": role, "queues": queue or [], "token": token}
    typer.echo(to_json(values) if json else f"{name} signs in as {role} with this token:\n{token}")


@reviewers.command("list", epilog="`surestep reviewers list --json`")
def listed(
    *, file: File = None, database: options.Database = None, json: options.Json = False
) -> None:
    """List who may sign in, with their roles and queues."""
    people = _reviewers(file, database).all()
    if json:
        typer.echo(to_json([without_hash(one) for one in people]))
    else:
        rows = [(one.name, one.role, ", ".join(one.queues) or "every queue") for one in people]
        print_table(("NAME", "ROLE", "QUEUES"), rows)


@reviewers.command("remove", epilog="`surestep reviewers remove bob`")
def remove(
    *, name: Name, file: File = None, database: options.Database = None, json: options.Json = False
) -> None:
    """End somebody's access at once, wherever they are signed in."""
    _reviewers(file, database).remove(name)
    typer.echo(to_json({"removed": name}) if json else f"{name} can no longer sign in.")


def _reviewers(file: str | None, database: str | None) -> Reviewers:
    place = options.chosen_database(database)
    # A database on another machine has no folder here.
    beside = Path(options.DEFAULT_DATABASE if "://" in place else place).parent / "reviewers.json"
    return Reviewers(file or os.environ.get(VARIABLE) or beside)


def _server() -> Callable[..., None]:
    """What serves an inbox.

    Raises:
        InputError: the extra for it is not installed.
    """
    try:
        from surestep.web.server import serve as served  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise InputError(
            f"The inbox in a browser needs {error.name}, which is not installed.",
            remedy='Install it with: pip install "surestep[web]".',
        ) from None
    return served

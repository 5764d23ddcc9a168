"""Options that several commands have, and the database they mean."""

from __future__ import annotations

import getpass
import os
from pathlib import Path
from typing import Annotated

import typer

from surestep.errors import InputError
from surestep.graph.stores import VARIABLE, store_at
from surestep.storage import Store, shown

DEFAULT_DATABASE = ".surestep/surestep.db"

Target = Annotated[
    str,
    typer.Argument(
        metavar="TARGET",
        help="`module:attribute` or `path/to/file.py:attribute` of a verified graph, of a "
        "compiled one, or of a function that makes one.",
        show_default=False,
    ),
]
Thread = Annotated[
    str,
    typer.Argument(metavar="THREAD", help="As `surestep threads` lists it.", show_default=False),
]
Database = Annotated[
    str | None,
    typer.Option(
        "--db",
        metavar="PATH|URL",
        help=f"The SQLite file or Postgres database with everything; default: ${VARIABLE}, "
        f"else {DEFAULT_DATABASE}.",
        show_default=False,
    ),
]
Actor = Annotated[
    str | None,
    typer.Option(
        "--by", metavar="NAME", help="Who you are; default: your user name.", show_default=False
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")]


def chosen_database(option: str | None, own: str | None = None) -> str:
    """The database a command means: as asked for, else the graph's own, else the default."""
    return option or os.environ.get(VARIABLE) or own or DEFAULT_DATABASE


def existing_store(database: str) -> Store | None:
    """The store of a database that is only to be read; `None` where there is none yet.

    Raises:
        StoreError: it cannot be used.
    """
    there = "://" in database or Path(database).exists()
    return store_at(database) if there else None


def store_there(option: str | None) -> Store:
    """The store of the database a command means, which must be there.

    Raises:
        InputError: it is not.
        StoreError: it cannot be used.
    """
    database = chosen_database(option)
    store = existing_store(database)
    if store is None:
        raise InputError(f"There is no database {shown(database)!r}.", remedy="Name it with --db.")
    return store


def user_name() -> str:
    """Under whose name a command is given, unless it says so."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "somebody"

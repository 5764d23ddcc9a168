"""Options that several commands have, and the database they mean."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from surestep.graph.stores import VARIABLE, store_at
from surestep.storage import Store

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
        metavar="PATH",
        help=f"The SQLite file with everything; default: ${VARIABLE}, else {DEFAULT_DATABASE}.",
        show_default=False,
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

"""`surestep init`."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from surestep.cli import options
from surestep.errors import InputError
from surestep.storage.encode import to_json

INIT_EXAMPLES = """
`surestep init my-agent`
"""
TEMPLATES = ("agent.py", "plan.toml", "scenario.toml", "README.md")


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Where to write; made if missing.")
    ] = Path(),
    force: Annotated[
        bool, typer.Option("--force", help="Write over files that are there.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Write a small graph of your own to start from, with all it takes to run it offline."""
    written = write(folder, force=force)
    if json:
        typer.echo(to_json({"folder": str(folder), "files": written}))
    else:
        typer.echo(guide(folder))


def write(folder: Path, *, force: bool) -> list[str]:
    """The names of the files written into a folder.

    Raises:
        InputError: a file is there already, or the folder cannot be written.
    """
    taken = [name for name in TEMPLATES if (folder / name).exists()]
    if taken and not force:
        raise InputError(
            f"{folder / taken[0]} is there already.",
            remedy="Choose another folder, or write over it with --force.",
        )
    source = files("surestep.cli") / "templates"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in TEMPLATES:
            text = (source / f"{name}.txt").read_text(encoding="utf-8")
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"{folder} cannot be written: {error}.", remedy="Choose another folder."
        ) from error
    return list(TEMPLATES)


def guide(folder: Path) -> str:
    """What to do next."""
    enter = "" if folder == Path() else f"  cd {folder}\n"
    return (
        f"Wrote {', '.join(TEMPLATES)} to {folder.resolve()}. Next, offline and free:\n\n"
        f"{enter}  surestep rehearse scenario.toml       # leave it running; in another terminal:\n"
        "  surestep run agent.py:graph topic=tides\n\n"
        "README.md goes on from there."
    )

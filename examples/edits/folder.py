"""The scratch folder: files whose lines `TODO: ...` wait to be written."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TypedDict

TODO = "TODO: "
LOG = ".edits.log"
SAMPLES = {
    "welcome.md": "# Welcome\n\nTODO: say when the office is open\n\nSee you soon.\n",
    "travel.md": "# Travel\n\nTODO: say who pays for the train\n\nTODO: say where receipts go\n",
}


class Edit(TypedDict):
    """One line of one file, and what is to stand there instead; empty text leaves it as it is."""

    path: str
    line: str
    text: str


def prepare(folder: Path) -> None:
    """Fill the folder with samples, if it is new."""
    if not folder.exists():
        folder.mkdir(parents=True)
        for name, text in SAMPLES.items():
            (folder / name).write_text(text)


def open_lines(folder: Path) -> list[tuple[str, str]]:
    """The files and lines that wait, in order."""
    return [
        (path.name, line)
        for path in sorted(folder.glob("*.md"))
        for line in path.read_text().splitlines()
        if line.startswith(TODO)
    ]


def problem(folder: Path, edit: Edit) -> str:
    """What stands in the way of an edit, or `""`."""
    if (edit["path"], edit["line"]) not in open_lines(folder):
        return f"{edit['path']} has no line {edit['line']!r}."
    return "The text holds a TODO of its own." if TODO in edit["text"] else ""


def apply(folder: Path, edit: Edit, key: str) -> None:
    """Replace the line, and note the key once it is done."""
    path = folder / edit["path"]
    written = path.read_text().replace(edit["line"], edit["text"], 1)
    draft = path.with_suffix(".draft")
    draft.write_text(written)
    draft.replace(path)
    with (folder / LOG).open("a") as log:
        log.write(f"{key}\n")


def applied(folder: Path, key: str) -> bool:
    """Whether the edit with this key has been made."""
    log = folder / LOG
    return log.exists() and key in log.read_text().splitlines()


def seal(text: str) -> str:
    """A short mark of a text, by which a person's change to it shows."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]

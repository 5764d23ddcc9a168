"""Plain tables, aligned to their content and cut to the width there is; ruled on a terminal."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from surestep.cli.sheet import cut, one_line


def columns_there_are() -> int:
    """The width to write for: the terminal's, 100 where there is none."""
    return shutil.get_terminal_size((100, 24)).columns


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, width: int) -> str:
    """Rows under a head, each column as wide as its content; the last takes what is left."""
    cells = [[one_line(cell) for cell in row] for row in [head, *rows]]
    widths = [max(len(row[place]) for row in cells) for place in range(len(head))]
    lines = []
    for row in cells:
        padded = [cell.ljust(columns) for cell, columns in zip(row, widths, strict=True)]
        lines.append(cut("  ".join(padded).rstrip(), width))
    return "\n".join(lines)


def print_table(
    head: Sequence[str], rows: Sequence[Sequence[str]], *, marked: int | None = None
) -> None:
    """Print rows under a head: ruled, wrapped and with a marked row on a terminal, else uncut.

    Args:
        head: the names of the columns.
        rows: the cells, as text; nothing in them is taken for markup.
        marked: the row to set off.
    """
    if not sys.stdout.isatty():
        # Whoever reads a pipe wants the last column as well.
        typer.echo(table(head, rows, width=sys.maxsize))
        return
    ruled = Table(*head, box=box.SIMPLE_HEAD, header_style="dim", pad_edge=False)
    for place, row in enumerate(rows):
        style = "bold green" if place == marked else ""
        ruled.add_row(*(Text(one_line(cell)) for cell in row), style=style)
    Console().print(ruled)

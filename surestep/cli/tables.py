"""Plain tables, aligned to their content and cut to the width there is."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

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

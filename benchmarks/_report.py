"""What every benchmark shares: its figures, its two options, and its exit code."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure and what it is held to.

    Attributes:
        name: what is measured, its unit included.
        value: the measurement, over all runs.
        runs: how many runs it rests on.
        at_most: the target, if smaller is better.
        at_least: the target, if larger is better.
    """

    name: str
    value: float
    runs: int
    at_most: float | None = None
    at_least: float | None = None

    @property
    def holds(self) -> bool:
        """Whether the value meets its target; a figure without one always holds."""
        below = self.at_most is None or self.value <= self.at_most
        above = self.at_least is None or self.value >= self.at_least
        return below and above

    @property
    def target(self) -> float | None:
        """The target, whichever way it is meant."""
        return self.at_least if self.at_most is None else self.at_most

    def as_dict(self) -> dict[str, object]:
        """The figure as `--json` prints it."""
        keys = ("name", "value", "target", "holds", "runs")
        return {key: getattr(self, key) for key in keys}


class Measure(Protocol):
    """Measures all figures; with `quick` in less than 40 s, by fewer runs."""

    def __call__(self, *, quick: bool) -> Sequence[Figure]: ...


def main(about: str | None, measure: Measure, **parts: Measure) -> None:
    """Run a benchmark from the command line, and exit with 1 if a target does not hold.

    Args:
        about: the benchmark's docstring, for `--help`.
        measure: measures all figures.
        parts: measures of some of them, each with an option of its name to have no others.
    """
    parser = argparse.ArgumentParser(
        description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="fewer runs, within 40 s")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    for name, part in parts.items():
        parser.add_argument(
            f"--{name}", action="store_const", dest="part", const=part, help=f"only its {name}"
        )
    parser.set_defaults(part=measure)
    options = parser.parse_args()
    # Whatever the measured code prints must not end up inside the JSON.
    with contextlib.redirect_stdout(sys.stderr):
        figures = options.part(quick=options.quick)
    if options.json:
        print(json.dumps({"figures": [figure.as_dict() for figure in figures]}, indent=2))
    else:
        print(table(figures))
    sys.exit(0 if all(figure.holds for figure in figures) else 1)


def table(figures: Sequence[Figure]) -> str:
    """The figures in columns, for people."""
    rows = [("figure", "value", "target", "", "runs"), *map(_row, figures)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _row(figure: Figure) -> tuple[str, ...]:
    sense = "≥" if figure.at_most is None else "≤"
    target = "" if figure.target is None else f"{sense} {figure.target:g}"
    verdict = "" if figure.target is None else "holds" if figure.holds else "MISSED"
    return figure.name, f"{figure.value:.4g}", target, verdict, str(figure.runs)

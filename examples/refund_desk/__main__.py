"""`python -m examples.refund_desk`: the agent handles most tickets, people see the money."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

from examples.refund_desk.job import Figures, figures
from examples.refund_desk.report import as_json, show
from examples.refund_desk.tickets import WHOLE_DAY

SEED, DAYS = 1, 40


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code."""
    options = _parser().parse_args(arguments)
    found = figures(
        options.tickets,
        seed=options.seed,
        days=options.days,
        runs=not options.only_simulated,
        say=lambda text: print(text, file=sys.stderr),
    )
    if options.json:
        print(json.dumps(as_json(found)))
    else:
        show(found, Console())
    _drawn(found, options.html, options.png)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m examples.refund_desk", description=__doc__)
    parser.add_argument(
        "--tickets", type=_at_least(100), default=WHOLE_DAY, help=f"of a day (default {WHOLE_DAY})"
    )
    parser.add_argument("--seed", type=_at_least(0), default=SEED, help=f"default {SEED}")
    parser.add_argument(
        "--days", type=_at_least(2), default=DAYS, help=f"to simulate (default {DAYS})"
    )
    parser.add_argument(
        "--only-simulated", action="store_true", help="run no ticket through the graph"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write the charts as a page")
    parser.add_argument("--png", type=Path, metavar="FILE", help="write the charts as a picture")
    return parser


def _drawn(found: Figures, html: Path | None, png: Path | None) -> None:
    """Write the charts where they are wanted."""
    if html is None and png is None:
        return
    # Drawing needs the extra `plot`, which nothing else here does.
    from examples.refund_desk.charts import charts  # noqa: PLC0415
    from surestep.plots.page import as_html, as_png  # noqa: PLC0415

    spec = charts(found)
    if html is not None:
        html.write_text(as_html(spec), encoding="utf-8")
    if png is not None:
        png.write_bytes(as_png(spec, scale=1.0))


def _at_least(least: int) -> Callable[[str], int]:
    def count(text: str) -> int:
        number = int(text)
        if number < least:
            raise argparse.ArgumentTypeError(f"{text!r} is below {least}")
        return number

    return count


if __name__ == "__main__":
    sys.exit(main())

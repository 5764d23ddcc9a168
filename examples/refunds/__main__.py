"""`python -m examples.refunds`: rehearse the refund desk, and say what checking buys."""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from examples.refunds.demo import PLAN_FILE, Job, plans
from examples.refunds.figures import Figures
from examples.refunds.models import DEFAULT_MODEL, real_endpoint
from examples.refunds.report import TITLES, as_json, show
from examples.refunds.side_by_side import run
from examples.refunds.tickets import DEFAULT_SEED, tickets
from surestep.errors import InputError

REHEARSED, REAL = 200, 10
TIME_SCALE = 0.2


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0, or 2 for bad input."""
    options = _parser().parse_args(arguments)
    try:
        job = _job(options)
        job.check()
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    results = _worked(job, options.processes)
    if options.json:
        print(json.dumps(as_json(job, results)))
    else:
        show(job, results, Console())
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m examples.refunds", description=__doc__)
    parser.add_argument(
        "--tickets", type=_count, help=f"how many; default {REHEARSED}, {REAL} on a real API"
    )
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="of tickets and model")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument(
        "--model",
        help="with OPENAI_API_KEY set: run on the real API with this model; else: the name, and "
        f"so the price, of the simulated one (default {DEFAULT_MODEL})",
    )
    parser.add_argument("--plan", type=Path, default=PLAN_FILE, help="the plan of the third arm")
    parser.add_argument("--arms", nargs="+", choices=TITLES, default=list(TITLES))
    parser.add_argument(
        "--time-scale",
        type=_scale,
        default=TIME_SCALE,
        help=f"factor on simulated latencies (default {TIME_SCALE})",
    )
    parser.add_argument(
        "--at-once", type=_count, default=10, help="tickets at the same time, in each arm"
    )
    parser.add_argument(
        "--processes",
        type=_count,
        default=os.cpu_count() or 1,
        help="arms at the same time; default: one per processor",
    )
    parser.add_argument(
        "--limit-usd", type=float, default=0.05, help="what one ticket may cost (default 0.05)"
    )
    return parser


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is below 1")
    return number


def _scale(text: str) -> float:
    scale = float(text)
    if not 0.0 < scale < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not above 0")
    return scale


def _job(options: argparse.Namespace) -> Job:
    endpoint = real_endpoint(options.model) if options.model else None
    chosen = plans(options.plan)
    return Job(
        tickets=tickets(options.tickets or (REAL if endpoint else REHEARSED), seed=options.seed),
        arms={name: chosen[name] for name in options.arms},
        seed=options.seed,
        endpoint=endpoint,
        model=options.model or DEFAULT_MODEL,
        time_scale=1.0 if endpoint else options.time_scale,
        at_once=options.at_once,
        limit_usd=options.limit_usd,
    )


def _worked(job: Job, processes: int) -> dict[str, Figures]:
    columns = (
        TextColumn("{task.description:>18}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bars = {
            name: progress.add_task(TITLES[name], total=len(job.tickets), start=False)
            for name in job.arms
        }

        def done(name: str) -> None:
            progress.start_task(bars[name])
            progress.advance(bars[name])

        return run(job, processes=min(processes, len(job.arms)), done=done)


if __name__ == "__main__":
    sys.exit(main())

"""`python -m examples.production_flow`: the flow under three plans, for three uses."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from examples.production_flow.figures import Figures, figures
from examples.production_flow.graph import graph, suite
from examples.production_flow.uses import USES
from surestep import Assurance, Plan, VerifiedGraph
from surestep.budgets.shares import Share
from surestep.errors import InputError
from surestep.rehearsal import rehearse_suite
from surestep.testing import run

UNCHECKED = Plan(default=Assurance(mode="off", human="never"))


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0, or 2 for bad input."""
    options = _parser().parse_args(arguments)
    try:
        results = measured(plans(options.uses), options.requests, options.seed, silent=options.json)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps({name: asdict(one) for name, one in results.items()}))
    else:
        show(results, options.requests, Console())
    return 0


def plans(uses: Sequence[str]) -> dict[str, Plan]:
    """The plan of each use, and that which checks nothing."""
    return {"unchecked": UNCHECKED, **{name: USES[name].by_hand() for name in uses}}


def measured(
    chosen: Mapping[str, Plan], requests: int, seed: int, *, silent: bool = False
) -> dict[str, Figures]:
    """The same requests under each plan, in a world that begins anew each time."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=silent) as progress:
        results = {}
        for name, plan in chosen.items():
            bar = progress.add_task(name, total=requests)
            trials = run(
                rehearse_suite(
                    suite,
                    _made,
                    requests,
                    seed=seed,
                    plan=plan,
                    done=lambda _, bar=bar: progress.advance(bar),  # type: ignore[misc]
                )
            )
            results[name] = figures(trials)
    return results


def show(results: Mapping[str, Figures], requests: int, console: Console) -> None:
    """Print the figures side by side, and what each use asks for."""
    table = Table(box=SIMPLE_HEAD, title=f"{requests} requests under each plan")
    table.add_column("")
    for name in results:
        table.add_column(name, justify="right")
    for title, cells in _rows(results):
        table.add_row(title, *cells)
    console.print(table)
    for name in results.keys() & USES.keys():
        console.print(f"{name}: {USES[name].aim}.", highlight=False)
    console.print(
        "Rates, times and faults are assumptions (scenario.py, world.py), people are simulated "
        "(suite.py); in brackets, 95 % Wilson intervals.",
        highlight=False,
    )


def _rows(results: Mapping[str, Figures]) -> list[tuple[str, list[str]]]:
    all_ = list(results.values())
    shares = {
        "right, %": [one.right for one in all_],
        "carried through wrong, %": [one.wrong for one in all_],
        "failed closed, %": [one.stopped for one in all_],
        "a person was asked, %": [one.asked for one in all_],
    }
    return [
        *((title, [_percent(share) for share in row]) for title, row in shares.items()),
        ("machine time p50, s", [f"{one.p50_s:.1f}" for one in all_]),
        ("machine time p95, s", [f"{one.p95_s:.1f}" for one in all_]),
        ("cost of a request, USD", [f"{one.cost_usd:.5f}" for one in all_]),
        ("people's minutes", [f"{one.human_minutes:.2f}" for one in all_]),
    ]


def _percent(share: Share) -> str:
    return f"{share.value:.1%} ({share.low:.1%}-{share.high:.1%})".replace("%", "")


async def _made() -> VerifiedGraph:
    return graph()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m examples.production_flow", description=__doc__)
    parser.add_argument("--requests", type=int, default=40, help="how many (default 40)")
    parser.add_argument("--seed", type=int, default=1, help="of requests, models and faults")
    parser.add_argument("--uses", nargs="+", choices=USES, default=list(USES))
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    return parser


if __name__ == "__main__":
    sys.exit(main())

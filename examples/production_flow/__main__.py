"""`python -m examples.production_flow`: the flow under three plans, for three uses."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict

from rich.console import Console
from rich.progress import Progress

from examples.production_flow.figures import Figures, figures
from examples.production_flow.graph import graph, suite
from examples.production_flow.report import show
from examples.production_flow.tuning import Tuned, learnt, tuned
from examples.production_flow.uses import USES
from surestep import Assurance, Plan, VerifiedGraph
from surestep.errors import InputError
from surestep.rehearsal import rehearse_suite
from surestep.testing import run

UNCHECKED = Plan(default=Assurance(mode="off", human="never"))
# Far enough from any seed of requests that plans are not measured on what they were made from.
LEARNING_SEED = 1000

Told = Callable[[object], None]


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0, or 2 for bad input."""
    options = _parser().parse_args(arguments)
    try:
        plans = chosen(options.uses, options.learn, options.seed, silent=options.json)
        results = measured(plans, options.requests, options.seed, silent=options.json)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps(_document(plans, results)))
    else:
        show(results, plans, options.requests, Console())
    return 0


def chosen(
    uses: Sequence[str], rehearsals: int, seed: int, *, silent: bool = False
) -> dict[str, Tuned]:
    """The plan of each use, and that which checks nothing.

    Args:
        uses: the names of the uses.
        rehearsals: how many requests the plans are learnt from; 0 takes those made by hand.
        seed: of the requests.
        silent: whether no progress is shown.
    """
    plans = {"unchecked": Tuned(UNCHECKED)}
    if not rehearsals:
        return plans | {name: Tuned(USES[name].by_hand()) for name in uses}
    with _progress("learning", rehearsals, silent=silent) as done:
        profile = learnt(rehearsals, LEARNING_SEED + seed, done)
    return plans | {name: tuned(profile, USES[name]) for name in uses}


def measured(
    plans: Mapping[str, Tuned], requests: int, seed: int, *, silent: bool = False
) -> dict[str, Figures]:
    """The same requests under each plan, in a world that begins anew each time."""
    results = {}
    for name, one in plans.items():
        with _progress(name, requests, silent=silent) as done:
            trials = run(
                rehearse_suite(suite, _made, requests, seed=seed, plan=one.plan, done=done)
            )
        results[name] = figures(trials)
    return results


@contextmanager
def _progress(what: str, total: int, *, silent: bool) -> Iterator[Told]:
    with Progress(console=Console(stderr=True), transient=True, disable=silent) as progress:
        bar = progress.add_task(what, total=total)
        yield lambda _: progress.advance(bar)


def _document(plans: Mapping[str, Tuned], results: Mapping[str, Figures]) -> dict[str, object]:
    return {
        name: {"plan": plans[name].plan.as_dict(), "short": plans[name].short, **asdict(one)}
        for name, one in results.items()
    }


async def _made() -> VerifiedGraph:
    return graph()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m examples.production_flow", description=__doc__)
    parser.add_argument("--requests", type=int, default=40, help="how many (default 40)")
    parser.add_argument(
        "--learn",
        type=int,
        default=120,
        help="requests rehearsed before, to make the plans from (default 120); 0 takes the "
        "plans made by hand",
    )
    parser.add_argument("--seed", type=int, default=1, help="of requests, models and faults")
    parser.add_argument("--uses", nargs="+", choices=USES, default=list(USES))
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    return parser


if __name__ == "__main__":
    sys.exit(main())

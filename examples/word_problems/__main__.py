"""Replay the recorded models over HTTP and measure what checking them is worth."""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from examples.word_problems.data import Recording, default_path, load
from examples.word_problems.graph import OTHERS, WORKER, build, chat_model
from examples.word_problems.measure import Figures, Share, measure
from examples.word_problems.people import Terminal, queue
from surestep import Plan
from surestep.errors import InputError
from surestep.rehearsal import ReplayRole, Scenario, rehearse
from surestep.storage import checkpointer

PLAN = Path(__file__).parent / "plan.toml"
TARGET = "examples.word_problems.graph:build"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code."""
    options = _parser().parse_args(arguments)
    try:
        recording = load(options.data)
        results = asyncio.run(_results(recording, options))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps({name: figures.as_dict() for name, figures in results.items()}))
        return 0
    print(report(recording, results))
    if waiting := results["plan"].waiting:
        print(
            f"{len(waiting)} questions of the last line wait for a person. To answer one: "
            f"surestep resume {waiting[0]} --target {TARGET} --db {options.database}"
        )
    return 0


def scenario(recording: Recording) -> Scenario:
    """A server on which each recorded model answers as it did."""
    role = ReplayRole(
        name="solutions",
        pattern=re.compile(r"(?s)\AQuestion: (?P<task>.+)"),
        file=recording.path.resolve(),
        key_field="question",
        answer_field="{model}.solution",
    )
    return Scenario(models=recording.models, roles=(role,))


async def _results(recording: Recording, options: argparse.Namespace) -> dict[str, Figures]:
    """The figures of each way of checking."""
    worker, others = _cast(recording, options.worker)
    plans = (("off", Plan.nothing()), ("on", Plan.everything()), ("plan", Plan.read(options.plan)))
    person = Terminal() if options.on_question == "ask" else queue
    problems = recording.problems[: options.questions]
    async with rehearse(scenario(recording)) as server, checkpointer(options.database) as saver:
        graph = build(worker, others, agreeing=options.agreeing, base_url=server.base_url)
        app = graph.compile(saver, database=options.database)
        # Models at one address share their connections, which outlive neither loop nor server.
        async with chat_model(worker, server.base_url).root_async_client:
            return {name: await measure(app, problems, plan, person) for name, plan in plans}


def _cast(recording: Recording, worker: str | None) -> tuple[str, tuple[str, ...]]:
    """Which recorded model works, and which ones check it."""
    if worker is None:
        worker = WORKER if WORKER in recording.models else recording.models[0]
    if worker not in recording.models:
        raise InputError(
            f"--worker is {worker!r}.", remedy=f"Recorded are: {', '.join(recording.models)}."
        )
    rest = tuple(model for model in recording.models if model != worker)
    return worker, OTHERS if set(rest) == set(OTHERS) else rest


def report(recording: Recording, results: dict[str, Figures]) -> str:
    """The figures as a table."""
    lines = [
        f"{recording.path.name}: real questions with the recorded answers of "
        f"{len(recording.models)} models. In brackets: 95 % intervals.",
        f"{'checks':8}{'went out':>10}{'of those right':>24}{'asked a person':>24}"
        f"{'failed':>8}{'calls':>8}{'s':>7}",
    ]
    for name, f in results.items():
        lines.append(
            f"{name:8}{f.answered.count:>10}{_percent(f.accuracy):>24}{_percent(f.asked):>24}"
            f"{f.failed:>8}{f.calls:>8}{f.seconds:>7.1f}"
        )
    return "\n".join(lines)


def _percent(share: Share) -> str:
    low, high = share.interval
    value = share.count / share.of if share.of else 0.0
    return f"{share.count} {value:.1%} ({low:.1%}-{high:.1%})"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m examples.word_problems", description=__doc__)
    parser.add_argument("--data", type=Path, default=default_path(), help="the recording (JSONL)")
    parser.add_argument("--questions", type=int, help="only the first so many; default: all")
    parser.add_argument("--worker", help="the recorded model that works; the others check it")
    parser.add_argument(
        "--agreeing", type=int, default=1, help="how many others must agree (default 1)"
    )
    parser.add_argument("--plan", type=Path, default=PLAN, help="the third way of checking")
    parser.add_argument("--on-question", choices=("queue", "ask"), default="queue")
    parser.add_argument("--database", default=".surestep/word_problems.db")
    parser.add_argument("--json", action="store_true", help="the figures as one JSON object")
    return parser


if __name__ == "__main__":
    sys.exit(main())

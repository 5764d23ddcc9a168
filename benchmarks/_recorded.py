"""Real runs that others recorded, as run records; they lie beside the checkout.

Who recorded what, under which licence, is said in NOTICE.md there.
"""

from __future__ import annotations

import csv
import gzip
import itertools
import json
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
VOTERS = 5
"""Samples of a task a vote may need; a data set for votes has twice as many."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One answer to one task: whether it is right, and what it says where that is recorded."""

    ok: bool
    answer: str | None = None


Repeats = Mapping[str, Sequence[Sample]]
"""The answers to each task, in an order that means nothing."""


class Attempt(TypedDict):
    """What a benchmark reads of one attempt in a run record."""

    ok: int | None
    verdicts: dict[str, int]
    latency_s: float


class Run(TypedDict):
    """What a benchmark reads of a run record."""

    task: str
    ok: int
    steps: list[Attempt]


Policy = Mapping[str, Sequence[Run]]
"""The runs of a policy, by repetition."""


def records(repeats: Repeats) -> list[Mapping[str, object]]:
    """Run records of one step, `answer`: one record for each sample."""
    return [
        {"task": task, "steps": [{"step": "answer", "ok": one.ok, "answer": one.answer}]}
        for task, samples in repeats.items()
        for one in samples
    ]


def split(repeats: Repeats, fitted: int, draw: random.Random) -> tuple[Repeats, Repeats]:
    """Some samples of every task, drawn at random, and all the others."""
    mixed = {task: draw.sample(samples, len(samples)) for task, samples in repeats.items()}
    return (
        {task: samples[:fitted] for task, samples in mixed.items()},
        {task: samples[fitted:] for task, samples in mixed.items()},
    )


def policies(*prefixes: str) -> dict[str, Policy]:
    """Recorded policies of agents that write code (Kapoor et al. 2024) whose name starts so."""
    found: dict[str, dict[str, list[Run]]] = defaultdict(lambda: defaultdict(list))
    with gzip.open(DATA / "unified/humaneval_policies.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            # The file holds every policy, and reading is cheaper than keeping them all.
            if record["workflow"].startswith(prefixes):
                found[record["workflow"]][record["rep"]].append(record)
    return dict(found)


def repeated() -> dict[str, Repeats]:
    """Every data set in which tasks were repeated, by name."""
    airline = ((row["task"], row["reward"], None) for row in _rows("tau_airline_gpt4o/runs"))
    game = ((row["task"], row["correct"], None) for row in _rows("tot_game24/repeats"))
    found = {"cruxeval": cruxeval(), "airline": _by_task(airline), "game of 24": _by_task(game)}
    by_model: dict[str, dict[str, list[Sample]]] = defaultdict(dict)
    for row in _rows("evalperf_pass100/counts"):
        # Only counts are recorded; samples are drawn at random from them later on.
        passes, total = int(row["passes"]), int(row["n_samples"])
        by_model[row["model"]][row["task"]] = [Sample(one < passes) for one in range(total)]
    found |= {f"evalperf {model}": repeats for model, repeats in by_model.items()}
    for name, policy in policies("simple|").items():
        found[name] = _by_task(
            (run["task"], str(run["ok"]), None) for runs in policy.values() for run in runs
        )
    return found


def cruxeval() -> Repeats:
    """800 programs whose output a model was asked for 10 times each."""
    return _by_task(
        (row["item"], row["correct"], row["generation"])
        for row in _rows("cruxeval_repeats/samples")
    )


def judges() -> dict[str, Repeats]:
    """Judges of pairs of answers, asked in at least ten wordings and orders each, by name."""
    verdicts: dict[str, list[tuple[str, str, str | None]]] = defaultdict(list)
    for row in _rows("llmbar_judges/verdicts"):
        # The prompts called Swap show both orders at once, so they are no samples like the others.
        if row["rep"] == "0" and not row["prompt"].startswith("Swap"):
            name = f"{row['judge']} {row['subset']}"
            verdicts[name].append((row["item"], row["correct"], row["verdict(0=tie/none)"]))
    asked = {name: _by_task(rows) for name, rows in verdicts.items()}
    return {name: it for name, it in asked.items() if min(map(len, it.values())) >= 2 * VOTERS}


def leaderboard() -> list[tuple[float, ...]]:
    """pass^1 to pass^4 of every submission to tau2-bench retail that says all four."""
    rows = [
        [row[f"pass_{k}"] for k in range(1, 5)] for row in _rows("tau2_leaderboard_passk/passk")
    ]
    return [tuple(float(share) / 100.0 for share in row) for row in rows if all(row)]


def services() -> dict[str, list[tuple[float, bool]]]:
    """Twelve services that classify speech and reviews (Chen et al. 2020), by data set and name.

    Of each item, how sure the service said it was, in [0, 1], and whether it was right.
    """
    found: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for data in ("digit", "imdb", "waimai"):
        for row in _rows(f"frugalml_apis/{data}"):
            for name in (key.removesuffix("_conf") for key in row if key.endswith("_conf")):
                sure = min(max(float(row[f"{name}_conf"]), 0.0), 1.0)
                found[f"{name} {data}"].append((sure, row[f"{name}_correct"] == "1"))
    return dict(found)


def versions(model: str) -> list[list[tuple[bool, float]]]:
    """What two versions of a model answered to 1,000 questions (Chen et al. 2023), older first.

    Of each item, whether the answer was wrong, and how many tokens it had.
    """
    found: dict[str, list[tuple[bool, float]]] = defaultdict(list)
    for row in _rows("llmdrift/calls"):
        if row["model"].startswith(model):
            found[row["model"]].append((row["correct"] == "0", float(row["answer_tokens"])))
    return [found[version] for version in sorted(found)]


def employment(count: int) -> list[tuple[float, bool]]:
    """Predictions of employment from census records (NannyML): how sure, and whether right."""
    rows = itertools.islice(_rows("nannyml_employment/rows"), count)
    sure = ((abs(float(row["prob"]) - 0.5) + 0.5, row["pred"] == row["truth"]) for row in rows)
    return list(sure)


def arrivals_s() -> list[float]:
    """When requests to a code model arrived during an hour (Patel et al. 2024), in seconds."""
    return [float(row["t_s"]) for row in _rows("llm_arrivals/azure2023_code")]


def _rows(name: str) -> Iterator[dict[str, str]]:
    with gzip.open(DATA / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def _by_task(rows: Iterable[tuple[str, str, str | None]]) -> Repeats:
    repeats: dict[str, list[Sample]] = defaultdict(list)
    for task, ok, answer in rows:
        repeats[task].append(Sample(float(ok) == 1.0, answer))
    return dict(repeats)

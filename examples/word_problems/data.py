"""Recorded questions: what was asked, the right answer, and what each model said.

A file holds one JSON object per line (gzipped or not): `question`, `ground_truth`, and for each
model an object under its name with its `solution`. Solutions end in a line `A: 18`.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from surestep.errors import InputError
from surestep.rehearsal.loading import json_lines

VARIABLE = "SURESTEP_WORD_PROBLEMS"
BESIDE = Path(__file__).resolve().parents[3] / "shared/data/gsm8k_solutions/solutions.jsonl.gz"
_ANSWER = re.compile(r"^A: *\$?(-?[\d,]*\.?\d+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Problem:
    """A question and the number that is right."""

    question: str
    truth: str


@dataclass(frozen=True, slots=True)
class Recording:
    """What a file holds: its questions, and the models that answered them."""

    path: Path
    models: tuple[str, ...]
    problems: tuple[Problem, ...]


def default_path() -> Path:
    """Where the recording is, unless said otherwise: `SURESTEP_WORD_PROBLEMS`, else beside us."""
    return Path(os.environ.get(VARIABLE, BESIDE))


def final_answer(solution: str) -> str:
    """The number a solution ends in, in one spelling; `""` if it ends in none."""
    found = _ANSWER.findall(solution)
    return f"{float(found[-1].replace(',', '')):.12g}" if found else ""


def load(path: Path) -> Recording:
    """Read a recording.

    Raises:
        InputError: it is not there, or no recording of at least two models.
    """
    if not path.exists():
        raise InputError(
            f"There is no recording at {path}.",
            remedy=f"Name a JSONL file with --data, or in {VARIABLE}.",
        )
    records = [record for _, record in json_lines(path)]
    models = [
        key
        for key, value in (records[0] if records else {}).items()
        if isinstance(value, dict) and "solution" in value
    ]
    if len(models) < 2:
        raise InputError(
            f"{path} records the solutions of {len(models)} models.",
            remedy="Each line needs question, ground_truth and two models with a solution each.",
        )
    try:
        problems = tuple(
            Problem(str(record["question"]), final_answer(str(record["ground_truth"])))
            for record in records
        )
    except KeyError as error:
        raise InputError(
            f"A line of {path} has no {error}.", remedy="Give each line one."
        ) from None
    return Recording(path, tuple(models), problems)

"""Runs whose truth is known: from a file of runs, or from the database and a file of labels."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from surestep.cli.inputs import parse_json
from surestep.errors import InputError
from surestep.storage import Store

EVERY_THREAD = sys.maxsize >> 1
"""More than there are, and still a number SQLite takes."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """Runs and what is known of their truth.

    Attributes:
        truths: whether each run was right, in the order they were run; `None` if nobody knows.
        steps: whether each judged output of a step was right, by the step's name.
    """

    truths: list[bool | None] = field(default_factory=list)
    steps: dict[str, list[bool]] = field(default_factory=dict)

    @property
    def outcomes(self) -> list[bool]:
        """The truths that are known, in order."""
        return [ok for ok in self.truths if ok is not None]


def of_file(name: str) -> Labelled:
    """The runs of a JSONL file, such as `{"ok": true, "steps": [{"step": "plan", "ok": true}]}`.

    Args:
        name: its path, gzipped if it ends in `.gz`; `-` reads standard input.

    Raises:
        InputError: the file cannot be read, or a line is no run.
    """
    found = Labelled()
    for place, run in _objects(name):
        found.truths.append(_truth(run, place))
        for step in _steps(run, place):
            ok = _truth(step, place)
            called = step.get("step", step.get("agent"))
            if ok is not None:
                found.steps.setdefault(str(called), []).append(ok)
    return found


async def of_store(store: Store, labels: str) -> Labelled:
    """The ended threads of a database, with the truth that a file of labels tells.

    A run that failed gave no right answer, whether it has a label or not.

    Args:
        store: the database.
        labels: JSONL file of `{"thread_id": "...", "ok": true}`, as in `of_file`.

    Raises:
        InputError: the file cannot be read, a line is no label, or names a thread there is not.
    """
    truths = {}
    for place, label in _objects(labels):
        if "thread_id" not in label:
            raise InputError(f"{place} names no thread.", remedy='Add "thread_id".')
        truths[str(label["thread_id"])] = (place, _truth(label, place))
    rows = await store.threads(limit=EVERY_THREAD)
    missing = sorted(truths.keys() - {row.thread_id for row in rows})
    if missing:
        raise InputError(
            f"{truths[missing[0]][0]} labels thread {missing[0]!r}, which {store.url} does not "
            "have.",
            remedy="List the known ones with `surestep threads`.",
        )
    found = Labelled()
    for row in sorted(rows, key=lambda row: row.created_at):
        _, ok = truths.get(row.thread_id, ("", None))
        if row.status == "failed":
            found.truths.append(False)
        elif row.status == "succeeded" or ok is not None:
            found.truths.append(ok)
    return found


def _objects(name: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    try:
        text = _read(name)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{name} cannot be read: {error}.", remedy="Give a readable file of JSON lines."
        ) from error
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            place = f"{name}, line {number}"
            value = parse_json(line, place)
            if not isinstance(value, dict):
                raise InputError(
                    f"{place} is {line[:60]!r}.", remedy='Give an object, such as {"ok": true}.'
                )
            yield place, value


def _read(name: str) -> str:
    if name == "-":
        return sys.stdin.read()
    if name.endswith(".gz"):
        return gzip.decompress(Path(name).read_bytes()).decode()
    return Path(name).read_text(encoding="utf-8")


def _steps(run: Mapping[str, object], place: str) -> list[Mapping[str, object]]:
    steps = run.get("steps", [])
    if not isinstance(steps, list) or not all(
        isinstance(step, dict) and ("step" in step or "agent" in step) for step in steps
    ):
        raise InputError(
            f"{place}: steps is {steps!r:.60}.",
            remedy='Give a list of objects, such as {"step": "plan", "ok": true}.',
        )
    return steps


def _truth(value: Mapping[str, object], place: str) -> bool | None:
    ok = value.get("ok")
    if ok is None or isinstance(ok, bool):
        return ok
    if ok in (0, 1):
        return bool(ok)
    raise InputError(f"{place}: ok is {ok!r}.", remedy="Give true, false, or null if unknown.")

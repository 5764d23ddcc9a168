"""Reads recorded runs.

A record is one JSON object:

    {"run_id": "7", "task": "refund 12", "ok": 1, "ended_at": 1760000000.0, "steps": [
      {"step": "decide", "ok": 1, "verdicts": {"policy": 1, "judge": {"status": "fail",
       "latency_s": 0.4, "cost_usd": 0.001, "family": "gpt"}}, "latency_s": 2.5, "cost_usd": 0.003,
       "tokens_in": 900, "tokens_out": 80, "confidence": 0.8, "answer": "refund", "visit": 1,
       "attempt": 0, "outcome": "approved", "human": "approve"}]}

Only `steps` is needed. `task` says which runs of one `workflow` repeat one task; without it each
run is its own. A step is named by `step`, else by `agent`, else by `i`. `visit` counts the visits
of a step from 1, `attempt` the attempts of a visit from 0; samples of one attempt share its
number. Without `attempt`, entries of one name are attempts if in all records only refused ones
are followed by another, and else visits of one attempt each. The output a visit settled with has
an `outcome`, or is its last. `ok` is the truth as 1 or 0, `null` where nobody knows; `chance`,
1 if missing, the probability with which the output was chosen to be labelled. A verdict is
1 or 0, `"pass"`, `"fail"` or `"inconclusive"` (which accepts nothing), a table with `status`, or
`null` where it was not asked for. `human` is a decision, or a table with `decision`, `minutes`
and `wait_s`; where `ok` is missing, approval says right, an edit or a rejection wrong. `answer`
is what votes compare. Other keys are not read.
"""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from surestep.budgets import checked
from surestep.budgets.fitting.recorded import Asked, Attempt, Judged, Run
from surestep.errors import PlanError

Records = Iterable[Mapping[str, object]] | str | os.PathLike[str]

_APPROVALS = {"approve": True, "edit": False, "reject": False, "respond": None}
_STATUSES = {"pass": True, "fail": False, "inconclusive": False}


def read(records: Records) -> list[Run]:
    """The runs of an iterable of records, or of a JSONL file, plain or ending in `.gz`.

    Raises:
        PlanError: if the file cannot be read, or a record does not fit; it names line and key.
    """
    if isinstance(records, str | os.PathLike):
        return _numbered(list(_of_file(Path(records))))
    runs = []
    for number, record in enumerate(records, start=1):
        with checked.within(f"record {number}"):
            runs.append(_run(number, record))
    return _numbered(runs)


def _numbered(runs: list[Run]) -> list[Run]:
    """The runs with every attempt counted."""
    # Where an accepted output is followed by another, the verdict was no gate, so that what
    # follows a refusal there is no retry either.
    gateless = {
        earlier.step
        for run in runs
        for group in _by_step(run).values()
        for earlier, _ in pairwise(group)
        if not earlier.refused
    }
    return [replace(run, attempts=tuple(_counted(run, gateless))) for run in runs]


def _counted(run: Run, gateless: Set[str]) -> Iterator[Attempt]:
    """The attempts of a run, with their numbers and those of their visits."""
    following: dict[tuple[str, int], int] = {}
    visits: dict[str, int] = {}
    for one in run.attempts:
        key = one.step, one.visit
        number = one.attempt if one.attempt >= 0 else following.get(key, 0)
        following[key] = 0 if one.step in gateless else number + 1
        visits[one.step] = one.visit or visits.get(one.step, 0) + (number == 0)
        yield replace(one, attempt=number, visit=visits[one.step])


def _by_step(run: Run) -> dict[str, list[Attempt]]:
    groups: dict[str, list[Attempt]] = {}
    for one in run.attempts:
        groups.setdefault(one.step, []).append(one)
    return groups


def _of_file(path: Path) -> Iterator[Run]:
    # By name, because a gzipped file read as text only fails at its second byte.
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    with checked.within(f"{path}, line {number}"):
                        yield _run(number, _document(line))
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise PlanError(
            f"The records {str(path)!r} cannot be read: {error}.",
            remedy="Give the path of a readable JSONL file, plain or gzipped.",
        ) from error


def _document(line: str) -> object:
    try:
        return json.loads(line)
    except json.JSONDecodeError as error:
        raise PlanError(f"no JSON: {error}.", remedy="Give one JSON object a line.") from error


def _run(number: int, record: object) -> Run:
    values = checked.table("the record", record)
    entries = values.get("steps")
    if not isinstance(entries, list | tuple):
        raise PlanError(f"steps is {entries!r}.", remedy="Give a list of tables.")
    run_id = _text("run_id", values.get("run_id"), or_else=str(number))
    attempts: list[Attempt] = []
    for place, entry in enumerate(entries):
        with checked.within(f"steps[{place}]"):
            attempts.append(_attempt(place, checked.table("the step", entry)))
    return Run(
        run_id=run_id,
        # Collections number their tasks, so different workflows use the same names.
        task="/".join(
            _text(key, values.get(key), or_else=or_else)
            for key, or_else in (("workflow", ""), ("task", run_id))
        ),
        ok=_flag("ok", values.get("ok")),
        ended_at=_amount("ended_at", values.get("ended_at"), unit="seconds since the epoch"),
        attempts=tuple(attempts),
    )


def _attempt(place: int, values: Mapping[str, object]) -> Attempt:
    named = next((key for key in ("step", "agent", "i") if values.get(key) is not None), "i")
    attempt, confidence = values.get("attempt"), values.get("confidence")
    answer, visit = values.get("answer"), values.get("visit")
    verdicts = checked.table("verdicts", values.get("verdicts") or {})
    judged = {name: _judged(name, value) for name, value in verdicts.items()}
    return Attempt(
        step=_text(named, values.get(named), or_else=str(place)),
        ok=_flag("ok", values.get("ok")),
        chance=_chance(values.get("chance")),
        verdicts={name: one for name, one in judged.items() if one is not None},
        attempt=-1 if attempt is None else checked.count("attempt", attempt, least=0),
        visit=0 if visit is None else checked.count("visit", visit, least=1),
        settled=bool(values.get("outcome")),
        latency_s=_amount("latency_s", values.get("latency_s"), unit="seconds"),
        cost_usd=_amount("cost_usd", values.get("cost_usd"), unit="US dollars"),
        tokens_in=_amount("tokens_in", values.get("tokens_in"), unit="tokens"),
        tokens_out=_amount("tokens_out", values.get("tokens_out"), unit="tokens"),
        confidence=None if confidence is None else checked.rate("confidence", confidence),
        # Compared as text: answers may be any JSON, and some of that has no hash.
        answer=None if answer is None else json.dumps(answer, sort_keys=True),
        human=_asked(values.get("human")),
    )


def _chance(value: object) -> float:
    chance = 1.0 if value is None else checked.rate("chance", value)
    if chance == 0.0:
        raise PlanError("chance is 0.0, but it was labelled.", remedy="Give more than 0.")
    return chance


def _judged(name: str, value: object) -> Judged | None:
    with checked.within(f"verdicts.{name}"):
        table = value if isinstance(value, Mapping) else {"status": value}
        status = table.get("status")
        if isinstance(status, str):
            accepted: bool | None = _STATUSES[checked.known(status, _STATUSES, what="status")]
        else:
            accepted = _flag("status", status)
        if accepted is None:
            return None
        return Judged(
            accepted=accepted,
            latency_s=_amount("latency_s", table.get("latency_s"), unit="seconds"),
            cost_usd=_amount("cost_usd", table.get("cost_usd"), unit="US dollars"),
            family=_text("family", table.get("family"), or_else=""),
        )


def _asked(value: object) -> Asked | None:
    if value is None:
        return None
    with checked.within("human"):
        table = value if isinstance(value, Mapping) else {"decision": value}
        decision = table.get("decision")
        if isinstance(decision, str):
            approved = _APPROVALS[checked.known(decision, _APPROVALS, what="decision")]
        else:
            approved = _flag("decision", decision)
        return Asked(
            approved=approved,
            minutes=_amount("minutes", table.get("minutes"), unit="minutes"),
            wait_s=_amount("wait_s", table.get("wait_s"), unit="seconds"),
        )


def _flag(name: str, value: object) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    # Collections write 1 and 0, tables exported through pandas 1.0 and 0.0.
    if isinstance(value, int | float) and value in {0, 1}:
        return value == 1
    raise PlanError(f"{name} is {value!r}.", remedy="Give 1, 0 or null.")


def _amount(name: str, value: object, *, unit: str) -> float | None:
    return None if value is None else checked.not_negative(name, value, unit=unit)


def _text(name: str, value: object, *, or_else: str) -> str:
    if value is None:
        return or_else
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise PlanError(f"{name} is {value!r}.", remedy="Give a name.")
    return str(value)

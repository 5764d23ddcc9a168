"""Truth from outside, laid over run records: one label an object, or a line of a JSONL file.

{"run_id": "3f2a91c0", "ok": 1}                     the run's result was right
{"run_id": "3f2a91c0", "step": "decide", "ok": 0}   what the step went on with was wrong
{"run_id": "3f2a91c0", "step": "decide", "visit": 1, "attempt": 0, "ok": 1}
{"run_id": "3f2a91c0", "step": "decide", "ok": 1, "chance": 0.05}

`run_id` may be called `thread_id`, and `attempt` counts from 0, both as in the records. `chance`
is the probability with which the output was chosen to be labelled, 1 by default.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from surestep.errors import InputError
from surestep.storage.actions import Taken
from surestep.traces.runs import Record

KEYS = frozenset({"run_id", "thread_id", "step", "visit", "attempt", "ok", "chance"})
_FORM = 'Write {"run_id": ..., "ok": 1} with step, visit and attempt as needed.'


def labelled(
    records: Iterable[Mapping[str, object]], labels: Iterable[Mapping[str, object]]
) -> tuple[Record, ...]:
    """The records with `ok` as the labels say; later labels win.

    A label without `attempt` is of the last output of its step, and of its last visit if it
    names none: the one the run went on with.

    Args:
        records: as `runs_of` gives them; left as they are.
        labels: what is known.

    Raises:
        InputError: a label cannot be read, or is of no run or worker call there is.
    """
    found = {str(record["run_id"]): _copy(record) for record in records}
    for label in labels:
        _check(label)
        run_id = label.get("run_id", label.get("thread_id"))
        record = found.get(str(run_id))
        if record is None:
            raise InputError(
                f"A label is of run {run_id!r}, which is not among the {len(found)} records.",
                remedy="Take its name from `surestep trace records`.",
            )
        labelled_one = _named(record, label)
        labelled_one |= {key: label[key] for key in ("ok", "chance") if key in label}
    return tuple(found.values())


def reviewed(
    records: Iterable[Mapping[str, object]], taken: Iterable[Taken]
) -> tuple[dict[str, object], ...]:
    """The labels that reviews after the fact give to outputs in these records.

    What people decided beforehand is in the records already.
    """
    places = {
        (record["run_id"], step.get("step"), step.get("visit"))
        for record in records
        for step in steps_in(record)
    }
    return tuple(
        {
            "run_id": one.run,
            "step": one.step,
            "visit": one.visit,
            "ok": int(one.right),
            "chance": one.chance,
        }
        for one in taken
        if one.right is not None and not one.asked and (one.run, one.step, one.visit) in places
    )


def _copy(record: Mapping[str, object]) -> Record:
    return {**record, "steps": [{**step} for step in steps_in(record)]}


def steps_in(record: Mapping[str, object]) -> Sequence[Record]:
    """The worker calls of a run record.

    Raises:
        InputError: it has none.
    """
    steps = record.get("steps")
    if not isinstance(steps, Sequence) or not all(isinstance(step, dict) for step in steps):
        raise InputError(
            f"Record {record.get('run_id')!r} has steps {steps!r:.80}.",
            remedy="Give a list of objects, as surestep.traces.runs describes them.",
        )
    return steps


def _check(label: Mapping[str, object]) -> None:
    odd = sorted(label.keys() - KEYS)
    named = "run_id" in label or "thread_id" in label
    if odd or not named or "ok" not in label:
        raise InputError(f"Label {dict(label)!r:.120} cannot be read.", remedy=_FORM)
    if label["ok"] not in (0, 1, None):
        raise InputError(f"ok is {label['ok']!r} in a label.", remedy="Give 1, 0 or null.")


def _named(record: Record, label: Mapping[str, object]) -> Record:
    """What a label is of: the run, or one of its worker calls."""
    wanted = {key: label[key] for key in ("step", "visit", "attempt") if key in label}
    if not wanted:
        return record
    places = [
        step for step in steps_in(record) if all(step.get(key) == it for key, it in wanted.items())
    ]
    if not places:
        raise InputError(
            f"Run {record['run_id']!r} has no output of {wanted}.",
            remedy="Label a step, visit and attempt as the record has them.",
        )
    return places[-1]

"""Runs as plain records, one JSON object each: what a profile is fitted from.

    {"run_id": "3f2a91c0",          the thread; its second run is "3f2a91c0/2"
     "workflow": "app.py:graph",    the TARGET, if the run was started by one
     "task": "9c1f…", "rep": 0,     equal inputs are one task; which repeat of it this is
     "ok": 1,                       whether the result was right; null where nobody knows
     "outcome": "succeeded",        null while it goes on; "reason" beside it
     "started_at": 1700000000.0,    seconds since the epoch, as is "ended_at"
     "machine_s": 5.0, "human_s": 600.0, "cost_usd": 0.5,
     "estimated_usd": 0.0,          the part of it that is estimated, of calls that were cut off
     "withheld_usd": 0.0,           by how much those may have cost more at worst
     "steps": [                     one object per output, in order
       {"i": 0, "step": "decide", "visit": 1,
        "attempt": 0,               how many outputs of this visit were refused before it
        "agent": "gpt-4o-mini",     the model that worked; "" for a worker that asked none
        "ok": null,                 whether the output was right; null where nobody knows
        "verdicts": {"judge": {"status": "fail", "score": 0.2, "latency_s": 1.0,
                               "cost_usd": 0.01, "family": "gpt-4o-mini"}},
        "latency_s": 1.0, "cost_usd": 0.02, "tokens_in": 100, "tokens_out": 10,
        "errors": [],               what calls raised that gave no output before it; their time
                                    and cost are in those above
        "confidence": 0.9,          as the worker said it; null if it did not
        "answer": "5f0a…",          equal for equal outputs
        "outcome": "approved",      of the output its visit settled with; "" of the others
        "human": {"decision": "approve", "actor": "ann", "wait_s": 600.0}}],  or null
     "discarded": []}               outputs built on one that was then refused; like steps

These are the records of public collections of agent runs, and more. A verdict counts for the
output it judged, also where several samples of one attempt stand side by side; the verdict of a
vote or tally is on all of them together and is left out. A verifier's family is its model.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence

from surestep.storage import Event
from surestep.storage.encode import to_json
from surestep.traces.calls import CUT_OFF, Call, Check, calls_of
from surestep.traces.spans import text, usd_in
from surestep.verifiers.canonical import canonical_json

Record = dict[str, object]
Truth = Callable[[Call], bool | None]
"""Whether a worker call's output was right; `None` where that is not known."""


def nobody_knows(_: Call) -> None:
    """The truth where there is none."""


def runs_of(
    threads: Iterable[Sequence[Event]], *, truth: Truth = nobody_knows
) -> tuple[Record, ...]:
    """The records of all runs in some threads, in their order.

    Args:
        threads: the events of each thread, in order, as `Store.events` returns them.
        truth: says of each worker call whether its output was right.
    """
    records = [_record(run, number, truth) for it in threads for number, run in _runs(it)]
    seen: Counter[object] = Counter()
    for record in records:
        record["rep"] = seen[record["task"]]
        seen[record["task"]] += 1
    return tuple(records)


def _runs(events: Sequence[Event]) -> Iterable[tuple[int, Sequence[Event]]]:
    """The runs of a thread, numbered from 1; each starts with new input."""
    starts = [place for place, event in enumerate(events) if event.kind == "run_started"]
    for number, start in enumerate(starts, start=1):
        end = starts[number] if number < len(starts) else len(events)
        yield number, events[start:end]


def _record(run: Sequence[Event], number: int, truth: Truth) -> Record:
    start = run[0]
    ending = next((one for one in reversed(run) if one.kind in ("run_ended", "resume")), None)
    ended = ending.data if ending is not None and ending.kind == "run_ended" else {}
    spent = ended.get("spent")
    figures = spent if isinstance(spent, dict) else {}
    calls = calls_of(run)
    run_id = start.thread_id if number == 1 else f"{start.thread_id}/{number}"
    given = start.data.get("input")
    return {
        "run_id": run_id,
        "workflow": text(start.data.get("target")),
        "task": run_id if given is None else _digest(to_json(given)),
        "rep": 0,
        "ok": None,
        "outcome": ended.get("outcome"),
        "reason": text(ended.get("reason")),
        "started_at": start.at,
        "ended_at": run[-1].at,
        **{name: figures.get(name) for name in ("machine_s", "human_s", "cost_usd")},
        **{
            name: sum(usd_in(one.data, name) for one in run if one.kind == "model_call")
            for name in ("estimated_usd", "withheld_usd")
        },
        "steps": _outputs([call for call in calls if not call.discarded], truth),
        "discarded": _outputs([call for call in calls if call.discarded], truth),
    }


def _outputs(calls: Sequence[Call], truth: Truth) -> list[Record]:
    """The calls that gave an output, each with those before it that gave none."""
    found: list[Record] = []
    lost: dict[tuple[str, int], list[Call]] = defaultdict(list)
    numbers: dict[tuple[str, int], list[int]] = defaultdict(list)
    for call in calls:
        visit = call.step, call.visit
        if call.error:
            if call.error != CUT_OFF:
                lost[visit].append(call)
            continue
        # Samples of one attempt share its number; an attempt without output has none.
        if call.attempt not in numbers[visit]:
            numbers[visit].append(call.attempt)
        attempt = numbers[visit].index(call.attempt)
        found.append(_output(len(found), attempt, call, lost.pop(visit, []), truth))
    return found


def _output(place: int, attempt: int, call: Call, lost: Sequence[Call], truth: Truth) -> Record:
    right = truth(call)
    usage = sum((one.usage for one in lost), call.usage)
    return {
        "i": place,
        "step": call.step,
        "visit": call.visit,
        "attempt": attempt,
        "agent": call.model,
        "ok": None if right is None else int(right),
        "verdicts": {check.verifier: _verdict(check) for check in call.checks},
        "latency_s": sum((one.latency_s for one in lost), call.latency_s),
        "cost_usd": usage.cost_usd,
        "tokens_in": usage.input_tokens,
        "tokens_out": usage.output_tokens,
        "errors": [one.error for one in lost],
        "confidence": call.confidence,
        "answer": _digest(canonical_json(call.output)),
        "outcome": call.outcome,
        "human": call.human,
    }


def _verdict(check: Check) -> Record:
    return {
        "status": check.status,
        "score": check.score,
        "latency_s": check.latency_s,
        "cost_usd": check.cost_usd,
        "family": check.model,
    }


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()

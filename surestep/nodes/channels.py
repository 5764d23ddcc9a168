"""The private channels of a verified graph, and how writes to them merge.

Everything in them is plain JSON values, because a checkpointer hands back tuples as lists and
refuses classes it does not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Protocol, TypeAlias, TypedDict

HUB = "surestep.plan"
HUMAN = "surestep.human"
# LangGraph keeps keys of this form out of the configs it streams and stores.
LIVE = "__pregel_surestep_live"
TICKET = "surestep.ticket"
IDLE = f"branch:to:{HUB}"

RECORD = "surestep.record"
SESSION = "surestep.session"
HELD = "surestep.held"
ANSWERS = "surestep.answers"
FAILED = "surestep.failed"
BETS = "surestep.bets"
WAKE = "surestep.wake"

Table = dict[str, object]
ADDED = ("visits", "latency_s", "cost_usd")


def merged(old: Table, new: Table) -> Table:
    """`old` with the keys of `new` put in; a key set to `None` is dropped."""
    table = {**old, **new}
    return {key: value for key, value in table.items() if value is not None}


def merged_record(old: Table, new: Table) -> Table:
    """A run record with the entries of visits that have just ended put in.

    Figures of the whole run only ever grow, so of two steps that land together the larger
    figure is the later one. A write with `run` starts a new run and forgets the last one, but
    for how often it visited each step: keys of effects are made of that.
    """
    if "run" in new:
        paths = {**_table(old.get("earlier")), **_table(old.get("steps"))}
        return {"earlier": {path: visits(old, path) for path in paths}, **new}
    steps = dict(_table(old.get("steps")))
    for path, entry in _table(new.get("steps")).items():
        visit = _table(entry)
        steps[path] = _visited(_table(steps[path]), visit) if path in steps else visit
    spent = dict(_table(old.get("spent")))
    for key, value in _table(new.get("spent")).items():
        spent[key] = _larger(spent.get(key), value)
    return {**old, "steps": steps, "spent": spent}


def rewound(record: Table, visits: Table, spent: Table) -> Table:
    """A run record whose steps were visited as often as `visits` says; the others are gone.

    What was spent on them is spent.
    """
    steps = {
        path: {**_table(entry), "visits": visits[path]}
        for path, entry in _table(record.get("steps")).items()
        if visits.get(path)
    }
    return {**record, "steps": steps, "spent": {**_table(record.get("spent")), **spent}}


def counts(record: Table) -> Table:
    """How often each step of the run has settled."""
    return {
        path: _table(entry).get("visits", 0) for path, entry in _table(record.get("steps")).items()
    }


def visits(record: Table, path: str) -> int:
    """How often a step has settled, over all runs of its thread."""
    entry = _table(_table(record.get("steps")).get(path))
    return int(_sum(_table(record.get("earlier")).get(path), entry.get("visits")))


def _visited(old: Mapping[str, object], new: Mapping[str, object]) -> Table:
    """A step's entry after one more visit: figures add up, the rest is the last visit's."""
    sums = {key: _sum(old.get(key), new.get(key)) for key in ADDED if key in old or key in new}
    return {**new, **sums}


def _sum(old: object, new: object) -> float:
    return sum(one for one in (old, new) if isinstance(one, (int, float)))


def _table(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _larger(old: object, new: object) -> object:
    if isinstance(old, (int, float)) and isinstance(new, (int, float)):
        return max(old, new)
    return new


class Absent(Protocol):
    """The type of a channel that is absent until it is first written.

    LangGraph starts a reducer's channel with an instance of its type, and goes over every
    channel that has a value after every superstep; of a protocol there are no instances.
    """


if TYPE_CHECKING:
    PrivateState: TypeAlias = dict[str, Table]
else:
    # Channel names with a dot keep clear of every field a user's schema can have, and only
    # this form of TypedDict takes them.
    PrivateState = TypedDict(
        "PrivateState",
        {
            RECORD: Annotated[Absent, merged_record],
            SESSION: Annotated[Absent, merged],
            HELD: Annotated[Absent, merged],
            ANSWERS: Annotated[Absent, merged],
            FAILED: Annotated[Absent, merged],
            BETS: Annotated[Absent, merged],
        },
        total=False,
    )

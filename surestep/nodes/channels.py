"""The private channels of a verified graph, and how writes to them merge.

Everything in them is plain JSON values, because a checkpointer hands back tuples as lists and
refuses classes it does not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, TypeAlias, TypedDict

HUB = "surestep.plan"
HUMAN = "surestep.human"
LIVE = "surestep.live"
TICKET = "surestep.ticket"

RECORD = "surestep.record"
SESSION = "surestep.session"
HELD = "surestep.held"
ANSWERS = "surestep.answers"
FAILED = "surestep.failed"
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
    figure is the later one. `visits` counts over all runs of the thread, because keys of
    effects are made of it; a write with `run` starts a new run and forgets the rest.
    """
    if "run" in new:
        return {"visits": _table(old.get("visits")), **new}
    steps, visits = dict(_table(old.get("steps"))), dict(_table(old.get("visits")))
    for path, entry in _table(new.get("steps")).items():
        visit = _table(entry)
        steps[path] = _visited(_table(steps.get(path)), visit)
        visits[path] = _sum(visits.get(path), visit.get("visits"))
    spent, later = _table(old.get("spent")), _table(new.get("spent"))
    larger = {key: _larger(spent.get(key), value) for key, value in later.items()}
    return {**old, "steps": steps, "visits": visits, "spent": {**spent, **larger}}


def _visited(old: Mapping[str, object], new: Mapping[str, object]) -> Table:
    """A step's entry after one more visit: figures add up, the rest is the last visit's."""
    sums = {key: _sum(old.get(key), new.get(key)) for key in ADDED if key in old or key in new}
    return {**new, **sums}


def _sum(old: object, new: object) -> float:
    return sum(one for one in (old, new) if isinstance(one, (int, float)))


def _table(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _larger(old: object, new: object) -> object:
    if isinstance(old, (int, float)) and isinstance(new, (int, float)):
        return max(old, new)
    return new


if TYPE_CHECKING:
    PrivateState: TypeAlias = dict[str, Table]
else:
    # Channel names with a dot keep clear of every field a user's schema can have, and only
    # this form of TypedDict takes them.
    PrivateState = TypedDict(
        "PrivateState",
        {
            RECORD: Annotated[Table, merged_record],
            SESSION: Annotated[Table, merged],
            HELD: Annotated[Table, merged],
            ANSWERS: Annotated[Table, merged],
            FAILED: Annotated[Table, merged],
        },
        total=False,
    )

"""Fan-outs with people in them: what was sent out together lands together.

LangGraph goes on behind a `Send` fan-out once every visit of it has ended. A visit that waits
for a person outlasts its superstep, so where one may, every visit of the fan-out is put aside
once it has settled, and all of them land when the last one is decided.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from surestep.nodes.channels import Table
from surestep.nodes.ends import Entry, Held, Settled, Ticket, packed
from surestep.nodes.stage import Stage


def outlasts(stage: Stage, ticket: Ticket | None) -> bool:
    """Whether a visit belongs to a fan-out that may outlast its superstep."""
    return stage.arg is not None and (ticket is not None or stage.may_ask)


def aside(stage: Stage, end: Settled) -> Held:
    """The end of a visit that waits for the rest of its fan-out, and for nobody else."""
    assert end.record.outcome is not None
    return Held(
        question=None,
        value=packed(end.value),
        outcome=end.record.outcome,
        arg=stage.arg,
        ask=0,
        key=stage.key,
        lineage=stage.lineage,
        before=False,
        path=end.path,
        visit=end.visit,
        record=replace(end.record, outcome=None, visits=0),
    )


class Gathered:
    """The visits that can go on, by node, and the nodes whose fan-outs are not complete.

    Attributes:
        held: what is to change in the channel of held visits.
    """

    def __init__(self) -> None:
        self.held: Table = {}
        self._incomplete: set[str] = set()
        self._tickets: list[tuple[str, Ticket]] = []

    def waits(self, node: str) -> None:
        """A visit of `node` is undecided, or under way again."""
        self._incomplete.add(node)

    def goes_on(self, node: str, ticket: Ticket, *, held_as: str | None = None) -> None:
        """A visit of `node` is decided.

        Args:
            node: the step's node.
            ticket: what becomes of the visit.
            held_as: where it stands in the channel of held visits, if it does.
        """
        if held_as is not None:
            self.held[held_as] = None
        self._tickets.append((node, ticket))
        if ticket.kind != "commit" and ticket.arg is not None:
            self._incomplete.add(node)
            self.held[ticket.key] = {"node": node, "away": True}

    def tickets(self) -> Iterator[tuple[str, Ticket]]:
        """Who goes on now; whoever waits for the rest of its fan-out is put aside."""
        for node, ticket in self._tickets:
            if ticket.kind == "commit" and node in self._incomplete:
                self.held[ticket.key] = _entry(node, ticket)
            else:
                yield node, ticket


def _entry(node: str, ticket: Ticket) -> Entry:
    kept = ("value", "outcome", "arg", "ask", "key", "lineage", "record")
    return {"node": node, "question": None, **{name: getattr(ticket, name) for name in kept}}


def commit_of(entry: Mapping[str, object]) -> Ticket:
    """What lands a visit that was put aside, or approved as it stands."""
    kept = ("value", "outcome", "arg", "ask", "key", "lineage", "record")
    known = {name: entry[name] for name in kept}
    return Ticket(kind="commit", **known)  # type: ignore[arg-type]

"""Where steps stand on the ladder of autonomy, what they declare, and what people are asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from surestep.storage.dialect import Connection
from surestep.storage.encode import columns, from_json, to_json

Move = Literal["started", "promoted", "demoted", "incident"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RungRow:
    """An entry in the history of a step's autonomy.

    Attributes:
        step: the step's path.
        number: counts the entries of the step from 1.
        rung: where it stands since then; 0 is the lowest.
        at: when, in seconds since the epoch.
        who: who had it so; `""` for nobody, as where an alarm did.
        what: `started`, `promoted`, `demoted`, or `incident`, which demotes as well.
        why: the reason.
        evidence: what was known then, as plain JSON values.
    """

    step: str
    number: int
    rung: int
    at: float
    who: str
    what: Move
    why: str
    evidence: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lately:
    """One thing that came up for people of late, whether they were asked or not.

    Attributes:
        at: when, in seconds since the epoch.
        kind: `must` for what has to be asked, `asked` for what is asked if there is time, and
            `sampled` for what may be drawn for review.
        asked: the share of it that came, or would come without pressure: 1.0 of a question, of
            an output the probability with which it would be drawn.
        score: what is at stake times the doubt about it, in US dollars.
    """

    at: float
    kind: Literal["must", "asked", "sampled"]
    asked: float
    score: float


def add(connection: Connection, row: RungRow) -> bool:
    """Whether the entry is the next one of its step; if not, somebody else's came first."""
    values = columns(row) | {"evidence": to_json(row.evidence)}
    return connection.run("add_rung", values).rowcount == 1


def history(connection: Connection, step: str | None) -> tuple[RungRow, ...]:
    """The entries of a step, or of all of them, in order."""
    rows = connection.run("rungs", {"step": step})
    return tuple(RungRow(**{**dict(row), "evidence": from_json(row["evidence"])}) for row in rows)


def save_terms(connection: Connection, step: str, terms: Mapping[str, object]) -> None:
    """Keep what a step declares, in place of what it did."""
    connection.run("save_terms", {"step": step, "terms": to_json(terms)})


def terms(connection: Connection) -> dict[str, dict[str, object]]:
    """What each step declares, by path."""
    return {row["step"]: from_json(row["terms"]) for row in connection.run("terms")}


def asking(connection: Connection, team: str) -> tuple[float, float, float] | None:
    """The shares of what a team is asked, and of what it reviews, and since when; if kept."""
    row = connection.run("asking", {"team": team}).fetchone()
    return None if row is None else (row["asked"], row["sampled"], row["at"])


def save_asking(connection: Connection, team: str, asked: float, sampled: float, at: float) -> None:
    """Keep what a team is asked."""
    values = {"team": team, "asked": asked, "sampled": sampled, "at": at}
    connection.run("save_asking", values)


def waiting(connection: Connection, queues: Sequence[str], priority: int) -> int:
    """How many questions of a priority or a higher one wait in some queues."""
    found = 0
    for queue in queues:
        values = {"queue": queue, "priority": priority}
        row = connection.run("waiting_in", values).fetchone()
        found += 0 if row is None else int(row["waiting"])
    return found


def lately(
    connection: Connection, queues: Sequence[str], steps: Sequence[str], since: float
) -> tuple[Lately, ...]:
    """What has come up since some time, in order.

    Args:
        connection: the database.
        queues: whose questions count.
        steps: whose outputs count that went on without a person.
        since: seconds since the epoch.
    """
    found: list[Lately] = []
    for queue in queues:
        for row in connection.run("asked_lately", {"queue": queue, "since": since}):
            # Reviews are counted with the outputs they are drawn from.
            if row["kind"] != "review":
                kind: Literal["must", "asked"] = "must" if row["must"] else "asked"
                score = _score(row["confidence"], row["amount_usd"])
                found.append(Lately(at=row["at"], kind=kind, asked=1.0, score=score))
    for step in steps:
        for row in connection.run("done_lately", {"step": step, "since": since}):
            score = _score(row["confidence"], row["amount_usd"])
            # It would have come as a question, and is counted as one.
            if row["spared"]:
                found.append(Lately(at=row["at"], kind="asked", asked=1.0, score=score))
            sampled = Lately(at=row["at"], kind="sampled", asked=row["full_chance"], score=score)
            found.append(sampled)
    return tuple(sorted(found, key=lambda one: one.at))


def _score(confidence: float | None, amount_usd: float | None) -> float:
    return (1.0 - (confidence or 0.0)) * (amount_usd or 0.0)

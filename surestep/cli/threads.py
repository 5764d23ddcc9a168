"""`surestep threads`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, get_args

import typer

from surestep.cli import options
from surestep.cli.sheet import dollars, seconds
from surestep.cli.tables import columns_there_are, table
from surestep.clock import wall_s
from surestep.errors import InputError
from surestep.storage import Store, ThreadRow, ThreadStatus
from surestep.storage.encode import columns, to_json
from surestep.values import Question

THREADS_EXAMPLES = """
`surestep threads --status escalated`
"""
HEAD = ("THREAD", "STATUS", "AGE", "COST", "MACHINE", "OPEN", "TARGET")


@dataclass(frozen=True, slots=True)
class Listed:
    """A thread with its open questions."""

    row: ThreadRow
    questions: tuple[Question, ...]


def threads(
    status: Annotated[
        str | None,
        typer.Option("--status", help=f"Only these: {', '.join(get_args(ThreadStatus))}."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many.")] = 50,
    database: options.Database = None,
    json: options.Json = False,
) -> None:
    """List threads, newest first: how each stands, what it took, which questions are open."""
    if status is not None and status not in get_args(ThreadStatus):
        raise InputError(
            f"No thread has status {status!r}.",
            remedy=f"Choose one of: {', '.join(get_args(ThreadStatus))}.",
        )
    found = asyncio.run(_listed(options.chosen_database(database), status, limit))
    if json:
        typer.echo(to_json([as_dict(one) for one in found]))
    else:
        typer.echo(shown(found, now=wall_s(), width=columns_there_are()))


async def _listed(database: str, status: str | None, limit: int) -> list[Listed]:
    store = options.existing_store(database)
    if store is None:
        return []
    rows = await store.threads(status=status, limit=limit)
    return [Listed(row, await _awaited(store, row.thread_id)) for row in rows]


async def _awaited(store: Store, thread_id: str) -> tuple[Question, ...]:
    """The open questions whose answers a thread waits for."""
    return tuple(one for one in await store.questions(thread_id) if one.awaited)


def as_dict(one: Listed) -> dict[str, object]:
    """A thread as plain values."""
    return {
        **columns(one.row),
        "questions": [
            {"question_id": asked.question_id, "step": asked.step, "reason": asked.reason}
            for asked in one.questions
        ],
    }


def shown(found: Sequence[Listed], *, now: float, width: int) -> str:
    """The table, and below it the open questions with the command that answers them."""
    if not found:
        return "No threads yet. Start one with `surestep run TARGET`."
    rows = [_cells(one.row, len(one.questions), now) for one in found]
    lines = [table(HEAD, rows, width=width)]
    asked = [question for one in found for question in one.questions]
    if asked:
        cells = [(one.question_id, one.step, one.reason) for one in asked]
        lines += ["", table(("QUESTION", "STEP", "WHY IT IS ASKED"), cells, width=width)]
        lines.append(f"Answer with: surestep resume {asked[0].thread_id}")
    return "\n".join(lines)


def _cells(row: ThreadRow, open_questions: int, now: float) -> tuple[str, ...]:
    return (
        row.thread_id,
        row.status,
        age(now - row.created_at),
        dollars(row.cost_usd),
        seconds(row.machine_s),
        str(open_questions or ""),
        row.target or "",
    )


def age(time_s: float) -> str:
    """How long ago, in the largest unit that fits."""
    for unit, length_s in (("d", 86400), ("h", 3600), ("min", 60)):
        if time_s >= length_s:
            return f"{time_s / length_s:.0f} {unit}"
    return f"{max(0.0, time_s):.0f} s"

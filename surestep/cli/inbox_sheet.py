"""Items of the inbox as a table, in full, and as plain values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from surestep.cli.asked import shown
from surestep.cli.tables import table
from surestep.cli.threads import age
from surestep.review.amounts import stake_usd
from surestep.storage import Item, Touch
from surestep.storage.encode import columns

HEAD = ("QUESTION", "QUEUE", "STEP", "PRIO", "AGE", "SLA LEFT", "AMOUNT", "HELD BY", "WHY")


def as_dict(item: Item, *, now: float) -> dict[str, object]:
    """An item as plain values, with its amount and what is left of its SLA."""
    places = {name: value for name, value in columns(item).items() if name != "question"}
    held = {"held_by": item.holder(now)}
    amount = {"amount_usd": stake_usd(item.question), "sla_left_s": item.left_s(now)}
    return {**columns(item.question), **places, **held, **amount}


def listing(items: Sequence[Item], *, now: float, width: int) -> str:
    """The items as a table, with the command that takes the first."""
    if not items:
        return "Nothing waits here."
    lines = [table(HEAD, [_cells(item, now) for item in items], width=width)]
    free = next((item for item in items if not item.holder(now)), None)
    if free is not None:
        lines.append(f"Take one with: surestep inbox claim {free.question.question_id}")
    return "\n".join(lines)


def page(item: Item, touches: Sequence[Touch], *, now: float, width: int) -> str:
    """One item as its holder sees it: the question, its place, and the notes that came with it."""
    lines = ["".join(text for text, _ in line) for line in shown(item.question, width=width)]
    return "\n".join([*lines, *_place(item, now), *_notes(touches)])


def _cells(item: Item, now: float) -> tuple[str, ...]:
    asked = item.question
    amount = stake_usd(asked)
    free_for = f"for {item.assigned_to}" if item.assigned_to else ""
    return (
        asked.question_id,
        asked.queue,
        asked.step,
        str(asked.priority or ""),
        age(now - asked.asked_at),
        _left(item, now),
        "" if amount is None else f"${amount:,.2f}",
        item.holder(now) or free_for,
        asked.reason,
    )


def _left(item: Item, now: float) -> str:
    left_s = item.left_s(now)
    if left_s is None:
        return ""
    return age(left_s) if left_s > 0.0 else f"over {age(-left_s)}"


def _place(item: Item, now: float) -> Iterator[str]:
    amount, left = stake_usd(item.question), _left(item, now)
    yield f"queue    {item.question.queue}" + (f", SLA left: {left}" if left else "")
    if amount is not None:
        yield f"amount   ${amount:,.2f}"
    if item.held_until is not None:
        yield f"held by  {item.held_by}, for another {age(item.held_until - now)}"


def _notes(touches: Sequence[Touch]) -> Iterator[str]:
    for touch in touches:
        if note := _text(touch.detail, "note"):
            yield f"note     {touch.who or 'surestep'}: {note}"
        elif touch.what == "approve":
            yield f"approved by {touch.who}"


def _text(detail: Mapping[str, object], key: str) -> str:
    return str(detail.get(key) or "")

"""`surestep inbox capacity`: how many reviewers a limit on waiting takes."""

from __future__ import annotations

import asyncio
import json as jsons
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from surestep.cli import options
from surestep.cli.sheet import seconds
from surestep.cli.tables import print_table
from surestep.errors import InputError
from surestep.storage import Touch
from surestep.storage.encode import columns, to_json

if TYPE_CHECKING:
    from surestep.review.capacity import Held, Staffing

CAPACITY_EXAMPLES = """
`surestep inbox capacity --queue refunds --sla-min 15`

`surestep inbox capacity --sla-min 15 --reviewers 3 --service-min 3`

`surestep inbox capacity --arrivals tickets.json --service-min 3 --sla-min 15 --json`
"""
_DECISIONS = ("approve", "edit", "reject", "respond")

Sla = Annotated[float, typer.Option("--sla-min", help="The wait items are to keep to, in minutes.")]
Quantile = Annotated[
    float, typer.Option("--quantile", help="The share of items it is for, such as 0.95.")
]
Reviewers = Annotated[
    int | None,
    typer.Option(
        "--reviewers",
        min=1,
        help="The present staff: what they hold is said as well.",
        show_default=False,
    ),
]
Arrivals = Annotated[
    Path | None,
    typer.Option(
        "--arrivals",
        metavar="FILE",
        help="A JSON list of arrival times in seconds; default: when the questions in the "
        "database were asked.",
        show_default=False,
    ),
]
Service = Annotated[
    list[float] | None,
    typer.Option(
        "--service-min",
        help="Minutes an item takes a reviewer; several times for several samples; default: from "
        "claim to decision, as the database has it.",
        show_default=False,
    ),
]
QueueName = Annotated[
    str | None,
    typer.Option("--queue", help="Only questions of this queue.", show_default=False),
]


@dataclass(frozen=True, slots=True)
class Observed:
    """What is known of a queue.

    Attributes:
        arrivals_s: when items arrived, in seconds.
        service_s: how long some took a reviewer, in seconds.
    """

    arrivals_s: Sequence[float]
    service_s: Sequence[float]


def capacity(
    *,
    sla_min: Sla = 15.0,
    quantile: Quantile = 0.95,
    reviewers: Reviewers = None,
    queue: QueueName = None,
    arrivals: Arrivals = None,
    service_min: Service = None,
    database: options.Database = None,
    json: options.Json = False,
) -> None:
    """Say how many reviewers a limit on waiting takes at the observed arrivals.

    Plays the arrivals as they came, in bursts and all, and says beside it what Erlang's formula
    would ask for, which takes them for independent. With `--reviewers`, also says how many items
    per hour the present staff holds in the same pattern.
    """
    # Imported here because numpy would slow down the start of every command.
    from surestep.review.capacity import staff_needed, what_present_staff_holds  # noqa: PLC0415

    seen = asyncio.run(_observed(options.chosen_database(database), queue))
    if arrivals is not None:
        seen = Observed(_times(arrivals), seen.service_s)
    if service_min:
        seen = Observed(seen.arrivals_s, [60.0 * one for one in service_min])
    _check(seen)
    sla_s = 60.0 * sla_min
    needed = staff_needed(seen.arrivals_s, seen.service_s, sla_s=sla_s, quantile=quantile)
    held = None
    if reviewers is not None:
        held = what_present_staff_holds(
            seen.arrivals_s, seen.service_s, reviewers=reviewers, sla_s=sla_s, quantile=quantile
        )
    if json:
        typer.echo(to_json(document(needed, held)))
    else:
        _print(needed, held, items=len(seen.arrivals_s))


def service_times(touches: Sequence[Touch]) -> tuple[float, ...]:
    """Seconds from claim to decision, as the audit of one question has them.

    A claim that was followed by anything but the same person's decision took nobody's time we
    know of.
    """
    found, claim = [], None
    for touch in touches:
        if touch.what in _DECISIONS and claim is not None and touch.who == claim.who:
            found.append(touch.at - claim.at)
        if touch.what != "renewed":
            claim = touch if touch.what == "claimed" else None
    return tuple(time for time in found if time > 0.0)


def document(needed: Staffing, held: Held | None) -> dict[str, object]:
    """Both answers as plain values."""
    found: dict[str, object] = {"needed": columns(needed)}
    if held is not None:
        found["present"] = columns(held.now) | {
            "holds": held.now.holds,
            "most_per_h": held.most_per_h,
        }
    return found


async def _observed(database: str, queue: str | None) -> Observed:
    store = options.existing_store(database)
    if store is None:
        return Observed((), ())
    asked = await store.questions(status=None, queue=queue)
    touches = [await store.touches(one.question_id) for one in asked if one.decision is not None]
    service = [time for each in touches for time in service_times(each)]
    return Observed([one.asked_at for one in asked], service)


def _times(path: Path) -> list[float]:
    remedy = "Give a file with a JSON list of seconds, such as [0.0, 12.5]."
    try:
        found = jsons.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}.", remedy=remedy) from error
    if not isinstance(found, list) or not all(
        isinstance(one, int | float) and not isinstance(one, bool) for one in found
    ):
        raise InputError(f"{path} holds no list of numbers.", remedy=remedy)
    return [float(one) for one in found]


def _check(seen: Observed) -> None:
    if len(seen.arrivals_s) < 2:
        raise InputError(
            f"{len(seen.arrivals_s)} arrivals are known.",
            remedy="Name the database with --db, another --queue, or a file with --arrivals.",
        )
    if not seen.service_s:
        raise InputError(
            "No item is known to have been claimed and decided.",
            remedy="Say with --service-min how many minutes one takes.",
        )


def _print(needed: Staffing, held: Held | None, *, items: int) -> None:
    rows = [("needed", *_cells(needed))]
    if held is not None:
        rows.append(("present", *_cells(held.now)))
    typer.echo(
        f"{items} arrivals, {needed.arrivals_per_h:.1f} an hour. "
        f"Limit: {needed.quantile:.0%} wait at most {seconds(needed.sla_s)}.\n"
    )
    print_table(
        ("STAFF", "REVIEWERS", f"WAIT {needed.quantile:.0%}", "MEAN", "BUSY", "KEEPS"), rows
    )
    typer.echo(f"\nErlang's formula, blind to bursts, asks for {needed.by_formula}.")
    if held is not None:
        typer.echo(
            f"The present {held.now.reviewers} hold {held.most_per_h:.1f} an hour in this pattern, "
            f"{held.room:.2f} times what arrives."
        )


def _cells(staff: Staffing) -> tuple[str, ...]:
    return (
        str(staff.reviewers),
        seconds(staff.wait_s),
        seconds(staff.mean_wait_s),
        f"{staff.busy:.0%}",
        "yes" if staff.holds else "no",
    )
